"""What is written to a repository, the same over file, HTTP and ssh."""

import asyncio

import pytest

from gitopsd.model.errors import PublishError

STATUS = "gitopsd/status"


async def test_the_first_push_makes_a_branch_without_history(place, now) -> None:
    place.repository.push({"a": "1"})

    commit = await place.remote().push(STATUS, {"status.yaml": b"1"}, "Status\n\nK: v", now)

    assert place.repository.log(STATUS) == (commit,)
    assert place.repository.files(STATUS) == {"status.yaml": "1"}
    assert place.repository.message(commit) == "Status\n\nK: v"
    assert place.git("log", "-1", "--format=%an <%ae> %ct", STATUS).strip() == (
        "gitopsd <gitopsd@gitopsd.io> 1795521600"
    )


async def test_later_pushes_add_a_commit_with_what_changed(place, now) -> None:
    remote = place.remote()
    content = {"status.yaml": b"1", "clusters/eu.yaml": b"2", "clusters/us.yaml": b"3"}
    first = await remote.push(STATUS, content, "One", now)

    second = await remote.push(STATUS, {"status.yaml": b"4", "clusters/eu.yaml": b"2"}, "Two", now)

    assert place.repository.log(STATUS) == (second, first)
    assert place.repository.files(STATUS) == {"clusters/eu.yaml": "2", "status.yaml": "4"}
    assert place.git("fsck", "--full", "--strict", "--no-dangling") == ""


async def test_no_commit_is_made_when_nothing_changed(place, now) -> None:
    first = await place.remote().push(STATUS, {"a": b"1"}, "One", now)

    again = await place.remote(cache=place.cache / "new").push(STATUS, {"a": b"1"}, "Two", now)

    assert again == first
    assert place.repository.log(STATUS) == (first,)


async def test_a_branch_is_read_back_with_its_blobs(place, now) -> None:
    await place.remote().push(STATUS, {"memory/shop.json": b"{}"}, "One", now)
    remote = place.remote(cache=place.cache / "new")

    files = await remote.branch(STATUS)

    assert files == {"memory/shop.json": "9e26dfeeb6e641a33dae4961196235bdb965b21b"}
    assert remote.read(files["memory/shop.json"]) == b"{}"
    assert await remote.branch("gitopsd/none") == {}


async def test_a_push_that_somebody_was_faster_than_is_built_on_theirs(place, now) -> None:
    slow, fast = place.remote(), place.remote(cache=place.cache / "new")
    first = await slow.push(STATUS, {"a": b"1"}, "One", now)
    second = await fast.push(STATUS, {"a": b"2", "b": b"2"}, "Two", now)

    third = await slow.push(STATUS, {"a": b"3"}, "Three", now)

    assert place.repository.log(STATUS) == (third, second, first)
    assert place.repository.files(STATUS) == {"a": "3"}


async def test_two_writers_at_once_lose_no_commit(place, now) -> None:
    writers = [place.remote(cache=place.cache / name) for name in ("one", "two")]

    async def write(number: int) -> None:
        for turn in range(3):
            changes = {f"{number}/{turn}": b"x"}
            await writers[number].edit("log", changes, f"{number} {turn}", now)

    await asyncio.gather(write(0), write(1))

    assert len(place.repository.log("log")) == 6
    assert len(place.repository.files("log")) == 6


async def test_an_edit_leaves_what_others_wrote(place, now) -> None:
    place.repository.push({"apps/web.yaml": "1", "eu.yaml": "old"})

    await place.remote().edit("main", {"eu.yaml": b"new", "us.yaml": b"u"}, "Edit", now)

    assert place.repository.files("main") == {
        "apps/web.yaml": "1",
        "eu.yaml": "new",
        "us.yaml": "u",
    }


async def test_a_branch_that_was_deleted_is_made_again(place, now) -> None:
    remote = place.remote()
    await remote.push(STATUS, {"a": b"1"}, "One", now)
    place.repository.delete_branch(STATUS)

    commit = await remote.push(STATUS, {"a": b"2"}, "Two", now)

    assert place.repository.log(STATUS) == (commit,)


async def test_a_branch_that_was_rewritten_is_built_on(place, now) -> None:
    remote = place.remote()
    await remote.push(STATUS, {"a": b"1"}, "One", now)
    await remote.push(STATUS, {"a": b"2"}, "Two", now)
    place.git("update-ref", f"refs/heads/{STATUS}", f"{STATUS}~1")
    first = place.repository.head(STATUS)

    third = await remote.push(STATUS, {"a": b"3"}, "Three", now)

    assert place.repository.log(STATUS) == (third, first)


async def test_old_commits_that_have_other_names_do_not_matter(place, now) -> None:
    remote = place.remote()
    await remote.push(STATUS, {"a": b"1"}, "One", now)
    place.git("tag", "kept", STATUS)
    await remote.push(STATUS, {"a": b"2"}, "Two", now)

    await remote.push("gitopsd/rendered", {"x/y": b"1"}, "Other", now)
    await remote.push(STATUS, {"a": b"3"}, "Three", now)

    assert len(place.repository.log(STATUS)) == 3


async def test_a_branch_in_the_way_is_named(place, now) -> None:
    place.repository.push({"a": "1"})
    place.git("branch", "gitopsd", "main")

    with pytest.raises(PublishError, match="branch 'gitopsd' stands in the way"):
        await place.remote().push(STATUS, {"a": b"1"}, "One", now)


async def test_a_refusal_is_an_error_with_the_words_of_the_hook(served, now) -> None:
    served.refuse_pushes("not on Fridays")

    with pytest.raises(PublishError, match="pre-receive hook declined; not on Fridays"):
        await served.remote().push(STATUS, {"a": b"1"}, "One", now)


async def test_many_files_are_one_push(place, now) -> None:
    content = {f"m{n % 3}/d-{n}.yaml": b"kind: Deployment # %d\n" % n for n in range(1000)}

    await place.remote().push("gitopsd/rendered", content, "Rendered", now)

    assert place.git("ls-tree", "-r", "--name-only", "gitopsd/rendered").count("\n") == 1000
    assert place.git("fsck", "--full", "--strict") == ""
