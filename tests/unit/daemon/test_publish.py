import asyncio
from collections.abc import Mapping
from datetime import datetime

import pytest

from gitopsd.daemon.publish import Publication, Publisher
from gitopsd.model.errors import PublishError
from servers.waiting import until


class Branches:
    """A writer that keeps what it is given; it refuses as often as the test says."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.pushed: list[tuple[str, str]] = []
        self.standing: dict[str, str] = {}

    async def push(
        self, name: str, content: Mapping[str, bytes | None], message: str, now: datetime
    ) -> str:
        if self.refusals:
            self.refusals -= 1
            raise PublishError("file:///fleet.git", "not now")
        text = (content["a"] or b"").decode()
        if self.standing.get(name) != text:
            self.pushed.append((name, text))
            self.standing[name] = text
        return f"commit-{text}"


class Author:
    """Offers what it is told, and counts how often it was asked to write."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.asked = 0

    async def __call__(self) -> Publication | None:
        self.asked += 1
        text = self.texts[0] if len(self.texts) == 1 else self.texts.pop(0)
        return Publication({"status": {"a": text.encode()}}, text) if text else None


FOR_EVER = 3600.0


async def test_what_is_offered_is_pushed_at_once() -> None:
    branches = Branches()
    publisher = Publisher(branches, FOR_EVER)
    task = asyncio.create_task(publisher.run())

    publisher.offer(Author("one"))
    await publisher.finish(5)

    assert branches.pushed == [("status", "one")]
    assert publisher.commits == {"status": "commit-one"}
    task.cancel()


async def test_within_an_interval_only_the_newest_is_pushed() -> None:
    branches = Branches()
    publisher = Publisher(branches, 0.2)
    task = asyncio.create_task(publisher.run())
    publisher.offer(Author("one"))
    await until(lambda: branches.pushed, 5)

    skipped, newest = Author("two"), Author("three")
    publisher.offer(skipped)
    await asyncio.sleep(0.02)
    publisher.offer(newest)
    before = list(branches.pushed)
    await until(lambda: len(branches.pushed) == 2, 5)

    assert before == [("status", "one")]
    assert branches.pushed == [("status", "one"), ("status", "three")]
    assert (skipped.asked, newest.asked) == (0, 1)
    task.cancel()


async def test_what_changed_nothing_makes_nobody_wait_for_the_interval() -> None:
    branches = Branches()
    branches.standing["status"] = "one"
    publisher = Publisher(branches, FOR_EVER)
    publisher.commits = {"status": "commit-one"}
    task = asyncio.create_task(publisher.run())

    publisher.offer(Author("one"))
    await asyncio.sleep(0.01)
    publisher.offer(Author("two"))
    await until(lambda: branches.pushed, 5)

    assert branches.pushed == [("status", "two")]
    task.cancel()


async def test_to_finish_does_not_wait_for_the_interval() -> None:
    branches = Branches()
    publisher = Publisher(branches, FOR_EVER)
    task = asyncio.create_task(publisher.run())
    publisher.offer(Author("one"))
    await publisher.finish(5)

    publisher.offer(Author("two"))
    await publisher.finish(5)

    assert branches.pushed == [("status", "one"), ("status", "two")]
    task.cancel()


async def test_an_author_who_has_nothing_to_say_yet_is_no_failure() -> None:
    branches = Branches()
    publisher = Publisher(branches, FOR_EVER)
    task = asyncio.create_task(publisher.run())

    publisher.offer(Author(""))
    await publisher.finish(5)

    assert (branches.pushed, publisher.reason) == ([], "")
    task.cancel()


async def test_a_failure_is_said_and_tried_again() -> None:
    branches = Branches(refusals=1)
    publisher = Publisher(branches, 0.01)
    task = asyncio.create_task(publisher.run())

    publisher.offer(Author("one"))
    await until(lambda: publisher.reason, 5)
    said = publisher.reason
    await publisher.finish(5)

    assert said == "file:///fleet.git: not now"
    assert branches.pushed == [("status", "one")]
    assert publisher.reason == ""
    task.cancel()


async def test_to_finish_in_vain_raises_what_was_said() -> None:
    publisher = Publisher(Branches(refusals=99), 0.01)
    task = asyncio.create_task(publisher.run())
    publisher.offer(Author("one"))

    with pytest.raises(PublishError, match="not now"):
        await publisher.finish(0.1)
    task.cancel()


async def test_a_mistake_of_ours_does_not_end_publishing() -> None:
    branches = Branches()
    publisher = Publisher(branches, 0.01)
    task = asyncio.create_task(publisher.run())

    async def broken() -> Publication:
        raise KeyError("x")

    publisher.offer(broken)
    await until(lambda: publisher.reason, 5)
    publisher.offer(Author("one"))
    await publisher.finish(5)

    assert branches.pushed == [("status", "one")]
    task.cancel()
