import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from gitopsd.daemon.source import Source, Status
from gitopsd.model.errors import CommitRefused, NoSuchRef, SourceError
from gitopsd.model.snapshot import Tree
from gitopsd.model.trust import Refusal, Seal
from servers.waiting import until


class Script:
    """A reader that answers what the test says: a commit, or an error."""

    url = "file:///fleet.git"

    def __init__(self, *answers: str | SourceError) -> None:
        self.answers = list(answers)
        self.commit = ""
        self.polls = 0
        self.asked: list[str] = []
        self.heard = asyncio.Event()

    async def poll(self) -> str:
        self.polls += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, SourceError):
            raise answer
        self.commit = answer
        return answer

    async def tree(self, previous: str = "") -> Tree:
        self.asked.append(previous)
        return Tree(self.url, "main", self.commit, {}, previous)

    def read(self, blob: str) -> bytes:
        return b""

    async def changes(self) -> AsyncIterator[None]:
        while True:
            await self.heard.wait()
            self.heard.clear()
            yield


GONE = SourceError("file:///fleet.git", "is gone")
FOR_EVER = 3600.0


async def following(source: Source) -> asyncio.Task[None]:
    return asyncio.create_task(source.run())


async def test_the_first_look_is_at_once() -> None:
    source = Source(Script("a"), FOR_EVER)
    task = await following(source)

    tree = await asyncio.wait_for(source.next(), 5)

    assert (tree.commit, tree.previous) == ("a", "")
    assert source.status == Status("a")
    task.cancel()


async def test_a_trigger_looks_before_the_interval_is_over() -> None:
    source = Source(Script("a", "b"), FOR_EVER)
    task = await following(source)
    await source.next()

    source.trigger()
    source.trigger()

    assert (await asyncio.wait_for(source.next(), 5)).commit == "b"
    task.cancel()


async def test_a_change_that_is_heard_is_a_trigger() -> None:
    script = Script("a", "b")
    source = Source(script, FOR_EVER)
    task = await following(source)
    await source.next()

    script.heard.set()

    assert (await asyncio.wait_for(source.next(), 5)).commit == "b"
    task.cancel()


async def test_the_newest_tree_tells_of_all_since_the_one_that_was_taken() -> None:
    script = Script("b", "c", "d")
    source = Source(script, 0.001, previous="a")
    task = await following(source)
    await until(lambda: source.status.commit == "d", 5)

    tree = await source.next()

    assert (tree.commit, tree.previous) == ("d", "a")
    assert script.asked == ["a", "a", "a"]
    task.cancel()


async def test_a_failure_keeps_the_last_commit_and_says_why() -> None:
    script = Script("a", GONE)
    source = Source(script, FOR_EVER)
    task = await following(source)
    await source.next()

    source.trigger()
    await until(lambda: not source.status.is_ready, 5)

    assert source.status == Status("a", "is gone", 1)
    assert not source._is_new.is_set()
    task.cancel()


async def test_what_fails_besides_the_repository_is_named() -> None:
    source = Source(Script(SourceError("--gpg-keys", "cannot read keys.asc: Is gone")), FOR_EVER)
    task = await following(source)

    status = await asyncio.wait_for(source.looked(), 5)

    assert status.reason == "--gpg-keys: cannot read keys.asc: Is gone"
    task.cancel()


async def test_a_source_that_answers_again_is_ready_without_a_new_tree() -> None:
    script = Script("a", GONE, "a")
    source = Source(script, 0.001)
    task = await following(source)
    await source.next()

    await until(lambda: script.polls >= 4, 5)

    assert source.status == Status("a")
    assert script.asked == [""]
    task.cancel()


async def test_who_listens_is_told_once_that_it_fails_and_once_that_it_answers() -> None:
    script = Script("a", GONE, GONE, GONE, "a")
    source = Source(script, 0.001)
    told = []
    source.news = lambda: told.append(source.unread)
    task = await following(source)

    await until(lambda: script.polls >= 7, 5)

    assert told == ["is gone", ""]
    task.cancel()


async def test_failures_make_looks_rarer_up_to_ten_minutes() -> None:
    source = Source(Script(GONE), 60.0)

    waits = []
    for failures in (0, 1, 2, 3, 4, 5, 50):
        source.status = Status(failures=failures)
        waits.append(source._wait_s())

    assert waits == [60, 120, 240, 480, 600, 600, 600]


async def test_a_branch_that_is_not_there_is_looked_for_at_every_interval() -> None:
    script = Script("a", NoSuchRef("file:///fleet.git", "has no branch 'main'"))
    source = Source(script, 0.001)
    task = await following(source)
    await source.next()

    await until(lambda: source.status.failures > 3, 5)

    assert source._wait_s() == 0.001
    assert source.unread == "has no branch 'main'"
    task.cancel()


async def test_looked_tells_of_the_first_failure_too() -> None:
    source = Source(Script(GONE), FOR_EVER)
    task = await following(source)

    status = await asyncio.wait_for(source.looked(), 5)

    assert status == Status("", "is gone", 1)
    task.cancel()


class Doorkeeper:
    """Lets in all but those that the test names; `former` gives `before` where there is one."""

    def __init__(self, *refused: str, before: str = "") -> None:
        self.refused = set(refused)
        self.before = before

    async def admitted(self, tree: Tree) -> Tree:
        if tree.commit in self.refused:
            raise CommitRefused(tree.url, refusal(tree.commit))
        return replace(tree, seal=SEAL)

    async def former(self, commit: str) -> Tree | None:
        return Tree("", "main", commit, {}, seal=SEAL) if commit == self.before else None


SEAL = Seal("Ada", "ABC")


def refusal(commit: str) -> Refusal:
    return Refusal(commit, "Unsigned", "it is not signed")


async def test_what_is_let_in_bears_its_seal() -> None:
    source = Source(Script("a"), FOR_EVER, gate=Doorkeeper())
    task = await following(source)

    assert (await asyncio.wait_for(source.next(), 5)).seal == SEAL
    task.cancel()


async def test_a_refused_commit_leaves_the_one_before_in_force_and_is_told_with_it() -> None:
    source = Source(Script("a", "b"), FOR_EVER, gate=Doorkeeper("b"))
    task = await following(source)
    await source.next()

    source.trigger()
    tree = await asyncio.wait_for(source.next(), 5)

    assert (tree.commit, tree.refused) == ("a", refusal("b"))
    assert source.status == Status("a", "commit b is refused: it is not signed", 0, refusal("b"))
    assert source.polls == {"ok": 1, "refused": 1}
    task.cancel()


async def test_a_refusal_after_failures_is_news_because_it_could_be_read() -> None:
    source = Source(Script("a", GONE, "b"), FOR_EVER, gate=Doorkeeper("b"))
    heard: list[str] = []
    source.news = lambda: heard.append(source.unread)
    task = await following(source)
    await source.next()

    source.trigger()
    await until(lambda: heard == ["is gone"], 5)
    source.trigger()

    await until(lambda: heard == ["is gone", ""], 5)
    task.cancel()


async def test_a_refusal_makes_looks_no_rarer_and_is_told_once() -> None:
    script = Script("a", "b")
    source = Source(script, 0.001, gate=Doorkeeper("b"))
    task = await following(source)
    await until(lambda: source.status.refused is not None, 5)
    await source.next()

    await until(lambda: source.polls["refused"] > 3, 5)

    assert source._wait_s() == 0.001
    assert not source._is_new.is_set()
    task.cancel()


async def test_a_good_commit_after_a_refused_one_is_told_as_ever() -> None:
    source = Source(Script("a", "b", "c"), FOR_EVER, gate=Doorkeeper("b"))
    task = await following(source)
    for _ in range(2):
        await asyncio.wait_for(source.next(), 5)
        source.trigger()

    tree = await asyncio.wait_for(source.next(), 5)

    assert (tree.commit, tree.previous, tree.refused) == ("c", "a", None)
    assert source.status == Status("c")
    task.cancel()


async def test_a_refused_commit_that_was_taken_back_is_told_to_be_gone() -> None:
    source = Source(Script("a", "b", "a"), FOR_EVER, gate=Doorkeeper("b"))
    task = await following(source)
    for _ in range(2):
        await asyncio.wait_for(source.next(), 5)
        source.trigger()

    tree = await asyncio.wait_for(source.next(), 5)

    assert (tree.commit, tree.refused) == ("a", None)
    assert source.status == Status("a")
    task.cancel()


async def test_a_new_process_follows_what_was_acted_on_while_the_head_is_refused() -> None:
    source = Source(Script("b"), FOR_EVER, "a", Doorkeeper("b", before="a"))
    task = await following(source)

    tree = await asyncio.wait_for(source.next(), 5)

    assert (tree.commit, tree.refused) == ("a", refusal("b"))
    task.cancel()


async def test_a_first_commit_that_is_refused_is_nothing_at_all() -> None:
    source = Source(Script("b"), FOR_EVER, "a", Doorkeeper("b"))
    task = await following(source)

    status = await asyncio.wait_for(source.looked(), 5)

    assert not status.is_ready
    assert (status.commit, status.refused) == ("", refusal("b"))
    assert not source._is_new.is_set()
    task.cancel()
