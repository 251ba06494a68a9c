"""What is read from a repository, the same over file, HTTP and ssh."""

import pytest

from gitopsd.model.errors import SourceError
from gitopsd.model.snapshot import TreeEntry


async def test_a_commit_is_read_as_a_tree(place) -> None:
    commit = place.repository.push({"apps/web.yaml": "a: 1\n", "top.yaml": "b\n"}, "Two files")
    remote = place.remote()

    found = await remote.poll()
    tree = await remote.tree()

    assert found == tree.commit == commit
    assert (tree.branch, tree.anomaly, tree.previous) == ("main", "", "")
    assert (tree.message, tree.author) == ("Two files\n", "Ada <ada@example.com>")
    assert tree.entries == {
        "apps/web.yaml": TreeEntry(0o100644, "a8926a52d8dcba5c4386945476ab6a2ad008afd4", 5),
        "top.yaml": TreeEntry(0o100644, "61780798228d17af2d34fce4cfbdf35556832472", 2),
    }
    assert remote.read(tree.entries["apps/web.yaml"].blob) == b"a: 1\n"


async def test_the_next_commit_shares_what_did_not_change(place) -> None:
    first = place.repository.push({"apps/web.yaml": "a: 1", "top.yaml": "b"})
    remote = place.remote()
    before = await remote.tree()

    place.repository.push({"top.yaml": "c"})
    await remote.poll()
    after = await remote.tree(first)

    assert after.previous == first
    assert after.anomaly == ""
    assert after.entries["apps/web.yaml"] is before.entries["apps/web.yaml"]
    assert remote.read(after.entries["top.yaml"].blob) == b"c"


async def test_approvals_are_read_from_all_commits_since_the_last_one(place) -> None:
    first = place.repository.push({"a": "1"}, "One\n\nGitopsd-Approve: old")
    remote = place.remote()
    await remote.tree()

    place.repository.push({"a": "2"}, "Two\n\nReviewed-by: Bob\nGitopsd-Approve: first")
    place.repository.push({"a": "3"}, "Three\n\ngitopsd-approve: second")
    place.repository.push({"a": "4"}, "Gitopsd-Approve: no-trailer\n\nbut a paragraph")
    await remote.poll()
    tree = await remote.tree(first)

    assert tree.approved == {"first", "second"}


async def test_without_a_previous_commit_only_the_newest_approves(place) -> None:
    place.repository.push({"a": "1"}, "One\n\nGitopsd-Approve: old")
    place.repository.push({"a": "2"}, "Two\n\nGitopsd-Approve: new")

    assert (await place.remote().tree()).approved == {"new"}


async def test_history_that_was_rewritten_is_told(place) -> None:
    place.repository.push({"a": "1"}, "One\n\nGitopsd-Approve: old")
    second = place.repository.push({"a": "2"})
    remote = place.remote()
    await remote.tree()

    place.repository.amend({"a": "3"})
    await remote.poll()
    tree = await remote.tree(second)

    assert tree.anomaly == "ForcePush"
    assert tree.approved == frozenset()
    assert remote.read(tree.entries["a"].blob) == b"3"


async def test_going_back_to_an_older_commit_is_told(place) -> None:
    first = place.repository.push({"a": "1"})
    second = place.repository.push({"a": "2"})
    remote = place.remote()
    await remote.tree()

    place.git("update-ref", "refs/heads/main", first)
    await remote.poll()
    tree = await remote.tree(second)

    assert (tree.commit, tree.anomaly) == (first, "ForcePush")


async def test_a_previous_commit_that_nobody_knows_is_no_anomaly(place) -> None:
    place.repository.push({"a": "1"})

    assert (await place.remote().tree("1" * 40)).anomaly == ""


async def test_an_empty_repository_is_not_ready(place) -> None:
    with pytest.raises(SourceError, match=r"no commit on its default branch .*yet; push one"):
        await place.remote().poll()


async def test_a_branch_that_is_gone_is_an_error_and_not_empty(place) -> None:
    place.repository.push({"a": "1"})
    remote = place.remote("main")
    tree = await remote.tree()

    place.repository.delete_branch("main")

    with pytest.raises(SourceError, match="no branch or tag 'main'"):
        await remote.poll()
    assert remote.read(tree.entries["a"].blob) == b"1"


async def test_a_repository_that_is_gone_is_an_error(place) -> None:
    place.repository.push({"a": "1"})
    remote = place.remote()
    await remote.tree()

    place.repository.path.rename(place.repository.path.with_name("elsewhere"))

    with pytest.raises(SourceError):
        await remote.poll()


async def test_the_default_branch_is_where_head_points(place) -> None:
    place.repository.push({"a": "1"})
    place.git("branch", "live", "main")
    place.git("symbolic-ref", "HEAD", "refs/heads/live")
    live = place.remote()
    main = place.remote("main", cache=place.cache / "other")

    place.repository.push({"a": "2"})

    assert await live.poll() != await main.poll()
    assert (await live.tree()).branch == "live"


async def test_a_tag_is_followed_and_its_move_is_told(place) -> None:
    first = place.repository.push({"a": "1"})
    second = place.repository.push({"a": "2"})
    place.git("tag", "stable", first)
    remote = place.remote("stable")
    before = await remote.tree()

    tagger = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    place.git(*tagger, "tag", "-f", "-a", "-m", "An annotated one", "stable", second)
    commit = await remote.poll()
    after = await remote.tree(first)

    assert (before.commit, before.anomaly) == (first, "")
    assert (commit, after.commit, after.anomaly) == (second, second, "TagMoved")


async def test_links_submodules_and_modes_are_told_as_git_has_them(place) -> None:
    place.repository.push({"a.yaml": "1"})
    clone = place.repository._clone
    (clone / "link.yaml").symlink_to("a.yaml")
    (clone / "run.sh").write_text("#!/bin/sh\n")
    (clone / "run.sh").chmod(0o755)
    (clone / "module").mkdir()
    place.repository._git(
        clone, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module"
    )
    place.repository.push({})

    entries = (await place.remote().tree()).entries

    assert {path: (oct(each.mode), each.size) for path, each in entries.items()} == {
        "a.yaml": ("0o100644", 1),
        "link.yaml": ("0o120000", 6),
        "module": ("0o160000", 0),
        "run.sh": ("0o100755", 10),
    }


async def test_a_huge_file_is_listed_with_its_size(place) -> None:
    place.repository.push({"huge.bin": bytes(20 << 20), "small.yaml": "1"})

    entries = (await place.remote().tree()).entries

    assert entries["huge.bin"].size == 20 << 20
