"""A repository that is a folder: what others do to it, and what it costs."""

import os
import subprocess
import time

import pygit2
import pytest
from pygit2.enums import ConfigLevel

from gitopsd.edge.git import Remote, origin
from gitopsd.model.errors import PublishError, SourceError


async def test_a_folder_that_is_collected_all_the_time_stays_readable(local) -> None:
    first = local.repository.push({"a": "1", "b": "x"})
    remote = local.remote()
    tree = await remote.tree()

    for text in ("2", "3"):
        local.repository.push({"a": text})
        local.git("gc", "-q", "--prune=now")
        await remote.poll()
        tree = await remote.tree(first)

    assert remote.read(tree.entries["a"].blob) == b"3"
    assert remote.read(tree.entries["b"].blob) == b"x"


async def test_what_was_collected_is_an_error(local) -> None:
    local.repository.push({"a": "1"})
    remote = local.remote()
    tree = await remote.tree()
    local.repository.amend({"a": "2"})
    local.git("reflog", "expire", "--expire=now", "--all")
    local.git("gc", "-q", "--prune=now")

    with pytest.raises(SourceError, match="has no object"):
        remote.read(tree.entries["a"].blob)


async def test_a_working_copy_is_a_repository_too(local, now, tmp_path) -> None:
    commit = local.repository.push({"a": "1"})
    remote = Remote(f"file://{local.repository._clone}")

    assert await remote.poll() == commit
    assert await remote.push("gitopsd/status", {"s": b"1"}, "Status", now)
    with pytest.raises(PublishError, match="is checked out there"):
        await remote.push("main", {"s": b"1"}, "Status", now)


async def test_a_folder_may_lack_its_ending(local) -> None:
    commit = local.repository.push({"a": "1"})

    assert await Remote(local.url.removesuffix(".git")).poll() == commit


async def test_a_folder_that_is_no_repository_is_refused(tmp_path) -> None:
    with pytest.raises(SourceError, match="is no git repository"):
        await Remote(tmp_path.as_uri()).poll()


async def test_a_repository_with_longer_ids_is_refused(tmp_path) -> None:
    folder = tmp_path / "long.git"
    subprocess.run(["git", "init", "-q", "--bare", "--object-format=sha256", folder], check=True)

    with pytest.raises(SourceError, match="sha256"):
        await Remote(folder.as_uri()).poll()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
async def test_a_repository_of_another_user_needs_the_users_word(local, tmp_path) -> None:
    commit = local.repository.push({"a": "1"})
    subprocess.run(["chown", "-R", "65534", local.repository.path], check=True)
    levels = pygit2.settings.search_path
    before = levels[ConfigLevel.GLOBAL]
    levels[ConfigLevel.GLOBAL] = str(tmp_path)

    try:
        with pytest.raises(SourceError, match=r"safe\.directory"):
            await local.remote().poll()
        (tmp_path / ".gitconfig").write_text(f"[safe]\n\tdirectory = {local.repository.path}\n")
        assert await local.remote().poll() == commit
    finally:
        levels[ConfigLevel.GLOBAL] = before


async def test_the_default_branch_may_be_detached(local) -> None:
    commit = local.repository.push({"a": "1"})
    subprocess.run(["git", "checkout", "-q", "--detach"], cwd=local.repository._clone, check=True)

    assert await Remote(f"file://{local.repository._clone}").poll() == commit


async def test_a_poll_costs_next_to_nothing(local) -> None:
    local.repository.push({"a": "1"})
    remote = local.remote()
    await remote.tree()

    began = time.process_time()
    for _ in range(200):
        await remote.poll()

    assert (time.process_time() - began) / 200 < 0.002


def test_the_origin_of_a_clone_is_found_from_below_it(local) -> None:
    local.repository.push({"a/b": "1"})

    assert origin(local.repository._clone / "a") == local.url


def test_without_a_repository_there_is_no_origin(tmp_path) -> None:
    assert origin(tmp_path) == ""
