"""Commits that are asked for by name or id, over every transport and in the clone one stands in."""

import os
import subprocess

import pytest

from gitopsd.edge.git import Clone, is_same, origin, top
from gitopsd.model.errors import SourceError


async def test_a_branch_a_tag_and_a_commit_are_read_beside_the_one_followed(place) -> None:
    first = place.repository.push({"a.yaml": "1"})
    place.git("branch", "old")
    place.git("tag", "-a", "-m", "x", "v1")
    second = place.repository.push({"a.yaml": "2"})
    third = place.repository.push({"a.yaml": "3"})
    remote = place.remote()
    await remote.poll()

    found = [await remote.at(name) for name in ("", "old", "v1", first, second)]
    followed = await remote.tree()

    assert [tree.commit for tree in found] == [third, first, first, first, second]
    texts = [remote.read(tree.entries["a.yaml"].blob) for tree in found]
    assert texts == [b"3", b"1", b"1", b"1", b"2"]
    assert (followed.commit, followed.branch, followed.anomaly) == (third, "main", "")


@pytest.mark.parametrize("name", ["nobody", "f" * 40, "a..b"])
async def test_what_is_not_there_is_said(place, name) -> None:
    place.repository.push({"a.yaml": "1"})
    remote = place.remote()

    with pytest.raises(SourceError, match=name.replace(".", r"\.")):
        await remote.at(name)


async def test_a_clone_knows_what_git_calls_a_commit(repository) -> None:
    first = repository.push({"a.yaml": "1"})
    second = repository.push({"a.yaml": "2"}, "Two\n\nGitopsd-Approve: abc")
    clone = Clone(repository._clone)

    found = [await clone.find(name) for name in ("HEAD", "HEAD~1", first[:10], "origin/main")]

    assert [tree.commit for tree in found if tree] == [second, first, first, second]
    assert clone.read(found[1].entries["a.yaml"].blob) == b"1"
    assert (await clone.find("HEAD", first)).approved == {"abc"}
    assert await clone.find("nobody") is None
    assert await clone.lacks(first, second) and not await clone.lacks(second, first)
    clone.close()


async def test_a_merge_is_known_without_making_it(place) -> None:
    """Over every transport; of a server, as much history is fetched as it takes."""
    lines = [str(number) for number in range(9)]
    base = place.repository.push({"a.yaml": "\n".join(lines), "gone.yaml": "1"})
    for number in range(3):
        place.repository.push({"other.yaml": str(number)})
    place.repository.push({"a.yaml": "\n".join(["x", *lines[1:]])})
    ours = place.repository.head()
    git(place.repository._clone, "switch", "-q", "--detach", base)
    place.repository._change({"a.yaml": "\n".join([*lines[:-1], "y"]), "gone.yaml": None})
    git(place.repository._clone, *WHO, "commit", "-q", "-m", "Theirs")
    git(place.repository._clone, "push", "-q", "origin", "HEAD:refs/heads/theirs")
    theirs = place.repository.head("theirs")
    remote = place.remote()
    await remote.poll()

    found = await remote.merge(ours, theirs)
    back = await remote.merge(ours, base)

    assert found is not None and back is not None
    assert set(found.entries) == {"a.yaml", "other.yaml"}
    merged = found.blobs[found.entries["a.yaml"].blob]
    assert merged == "\n".join(["x", *lines[1:-1], "y"]).encode()
    assert found.entries["a.yaml"].size == len(merged)
    assert back.entries == (await remote.at(ours)).entries
    assert await remote.merge(ours, "f" * 40) is None


async def test_a_merge_without_a_common_commit_is_refused(repository) -> None:
    repository.push({"a.yaml": "1"})
    git(repository._clone, "switch", "-q", "--orphan", "apart")
    git(repository._clone, *WHO, "commit", "-q", "--allow-empty", "-m", "Apart")
    clone = Clone(repository._clone)
    here, there = await clone.find("apart"), await clone.find("origin/main")

    assert here and there and here.entries == {}
    with pytest.raises(SourceError, match="no commit in common"):
        await clone.merge(here.commit, there.commit)
    clone.close()


async def test_a_merge_beyond_where_history_is_cut_says_how_to_get_it(repository, tmp_path) -> None:
    base = repository.push({"a.yaml": "1"})
    repository.push({"b.yaml": "1"})
    git(repository._clone, "switch", "-q", "--detach", base)
    git(repository._clone, *WHO, "commit", "-q", "--allow-empty", "-m", "Theirs")
    git(repository._clone, "push", "-q", "origin", "HEAD:refs/heads/theirs")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=1", "--no-single-branch", repository.url, str(shallow))
    clone = Clone(shallow)
    ours, theirs = await clone.find("origin/main"), await clone.find("origin/theirs")

    assert ours and theirs
    with pytest.raises(SourceError, match="history is cut off here; fetch all of it"):
        await clone.merge(ours.commit, theirs.commit)
    clone.close()


async def test_what_git_ignores_below_a_folder_is_told(repository) -> None:
    repository.push({"apps/.gitignore": "*.tmp.yaml", "apps/kept.tmp.yaml": "1"})
    git(repository._clone, "add", "-f", "apps/kept.tmp.yaml")
    folder = repository._clone / "apps"
    clone = Clone(folder)

    found = await clone.ignored(["kept.tmp.yaml", "new.tmp.yaml", "new.yaml"])

    assert found == {"new.tmp.yaml"}
    assert top(folder) == repository._clone
    clone.close()


async def test_a_folder_of_no_repository_is_none(tmp_path) -> None:
    clone = Clone(tmp_path)

    assert top(tmp_path) is None
    with pytest.raises(SourceError, match="is no git repository"):
        await clone.find("HEAD")
    clone.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_a_repository_of_somebody_else_is_said_to_be_one(repository) -> None:
    for path in (repository._clone, repository._clone / ".git"):
        os.chown(path, 65534, 65534)

    with pytest.raises(SourceError, match="belongs to another user"):
        origin(repository._clone)
    with pytest.raises(SourceError, match=r"safe\.directory"):
        top(repository._clone)


@pytest.mark.parametrize(
    ("url", "other", "same"),
    [
        ("https://host/a/b", "git@host:a/b.git", True),
        ("ssh://git@host:22/a/b.git", "https://host/a/b.git/", True),
        ("file:///srv/b.git", "file:///srv/b", True),
        ("https://host/a/b", "https://host/a/c", False),
        ("https://host/a/b", "https://elsewhere/a/b", False),
        ("", "", True),
    ],
)
def test_a_repository_is_known_by_host_and_path(url, other, same) -> None:
    assert is_same(url, other) is same


WHO = ("-c", "user.name=A", "-c", "user.email=a@b")


def git(folder, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True)
