"""What a branch said before, and how it is made to hold that again, over file, HTTP and ssh."""

import pytest

from gitopsd.edge.git import Restoration
from gitopsd.model.errors import PublishError, SourceError

STATUS = "gitopsd/status"


async def test_a_log_has_the_newest_first_with_the_file_asked_for(place, now) -> None:
    place.repository.push({"a": "1"})
    remote = place.remote()
    first = await remote.push(STATUS, {"status.yaml": b"1"}, "One", now)
    second = await remote.push(STATUS, {"status.yaml": b"2"}, "Two", now)

    log = await place.remote(cache=place.cache / "new").log(STATUS, "status.yaml")

    assert [(each.commit, each.message.strip()) for each in log] == [
        (second, "Two"),
        (first, "One"),
    ]
    assert len({each.blob for each in log}) == 2


async def test_a_branch_that_is_not_there_has_no_log(place) -> None:
    place.repository.push({"a": "1"})

    assert await place.remote().log(STATUS, "status.yaml") == ()
    assert await place.remote().traces(STATUS, "shop/web.yaml") == ()


async def test_traces_have_what_stands_at_one_path_in_every_folder(place, now) -> None:
    place.repository.push({"a": "1"})
    remote = place.remote()
    both = {"eu/shop/web.yaml": b"1", "us/shop/web.yaml": b"1", "us/other.yaml": b"2"}
    await remote.push(STATUS, {**both, "shop/web.yaml/no": b"3", "top.yaml": b"4"}, "One", now)
    await remote.push(STATUS, {"eu/shop/web.yaml": b"5"}, "Two", now)

    second, first = await place.remote(cache=place.cache / "new").traces(STATUS, "shop/web.yaml")

    assert (second.message.strip(), first.message.strip()) == ("Two", "One")
    assert sorted(first.blobs) == ["eu", "us"]
    assert first.blobs["eu"] == first.blobs["us"]
    assert sorted(second.blobs) == ["eu"]


async def test_a_commit_is_found_by_a_short_name_if_the_branch_builds_on_it(place) -> None:
    first = place.repository.push({"a": "1"}, "One")
    place.repository.push({"a": "2"})

    found = await place.remote().ancestor(first[:9])

    assert (found.commit, found.message.strip()) == (first, "One")


@pytest.mark.parametrize("name", ["0" * 40, "nothing", ""])
async def test_a_commit_of_another_history_is_refused(place, name) -> None:
    lost = place.repository.push({"a": "1"})
    place.repository.amend({"a": "2"})

    with pytest.raises(SourceError, match="is no commit that main builds on"):
        await place.remote().ancestor(name or lost)


async def test_all_is_as_it_was_by_one_commit_on_top(place, now) -> None:
    first = place.repository.push({"a": "1", "apps/b": "2", "apps/c": "3"})
    place.repository.push({"a": None, "apps/b": "9", "new/d": "4"})
    second = place.repository.push({"e": "5"})
    remote = place.remote()
    await remote.ancestor(first)

    commit = await remote.restore(Restoration(first, "Back\n\nWhy", now))

    assert place.repository.log()[:2] == (commit, second)
    assert place.repository.files("main") == {"a": "1", "apps/b": "2", "apps/c": "3"}
    assert place.repository.message(commit) == "Back\n\nWhy"
    assert place.git("fsck", "--full", "--strict", "--no-dangling") == ""


async def test_a_branch_for_a_pull_request_is_made_on_top_and_only_once(place, now) -> None:
    first = place.repository.push({"a": "1"})
    second = place.repository.push({"a": "2"})
    remote = place.remote()
    await remote.ancestor(first)

    commit = await remote.restore(Restoration(first, "Back", now, "back"))

    assert place.repository.log("back") == (commit, second, first)
    assert place.repository.head() == second
    with pytest.raises(PublishError, match="branch back is there already"):
        await remote.restore(Restoration(first, "Back", now, "back"))


async def test_what_holds_all_that_already_stays(place, now) -> None:
    first = place.repository.push({"a": "1"})
    remote = place.remote()
    await remote.ancestor(first)

    assert await remote.restore(Restoration(first, "Back", now)) == first


async def test_nothing_is_taken_back_from_another_commit_than_the_one_that_is_meant(
    place, now
) -> None:
    first = place.repository.push({"a": "1"})
    second = place.repository.push({"a": "2"})
    third = place.repository.push({"a": "3"})
    remote = place.remote()
    await remote.ancestor(first)

    with pytest.raises(PublishError, match=f"main moved on from {second[:12]} to {third[:12]}"):
        await remote.restore(Restoration(first, "Back", now, on=second))

    assert place.repository.head() == third
