"""A folder as a source: what git would say of it, and what happens while people edit."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from gitopsd.daemon.source import Source
from gitopsd.edge import files
from gitopsd.edge.files import WorkTree
from gitopsd.model.errors import SourceError
from gitopsd.model.snapshot import TreeEntry


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
    return done.stdout.decode().strip()


def write(folder: Path, **contents: str) -> None:
    for name, text in contents.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".yaml").write_text(text)


async def test_files_have_the_ids_that_git_gives_them(tmp_path) -> None:
    write(tmp_path, apps__web="a: 1\n", top="b")
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "run.sh").chmod(0o755)
    (tmp_path / "link.yaml").symlink_to("top.yaml")
    tree = WorkTree(tmp_path)

    commit = await tree.poll()
    found = await tree.tree()

    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    assert commit == found.commit == git(tmp_path, "write-tree")
    listed = [line.split() for line in git(tmp_path, "ls-files", "-s").splitlines()]
    assert {path: (each.mode, each.blob) for path, each in found.entries.items()} == {
        path: (int(mode, 8), blob) for mode, blob, _, path in listed
    }
    assert tree.read(found.entries["apps/web.yaml"].blob) == b"a: 1\n"
    assert tree.read(found.entries["link.yaml"].blob) == b"top.yaml"


async def test_dot_folders_are_left_out_and_dot_files_are_not(tmp_path) -> None:
    write(tmp_path, a="1")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("x")
    (tmp_path / ".venv" / "lib").mkdir(parents=True)
    (tmp_path / ".venv" / "lib" / "x.yaml").write_text("x")
    (tmp_path / ".gitopsdignore").write_text("b")

    assert list((await WorkTree(tmp_path).tree()).entries) == [".gitopsdignore", "a.yaml"]


async def test_links_are_never_followed(tmp_path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    write(outside, secret="s3cr3t")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "folder").symlink_to(outside)
    (inside / "file.yaml").symlink_to(outside / "secret.yaml")
    tree = WorkTree(inside)

    entries = (await tree.tree()).entries

    assert {path: oct(each.mode) for path, each in entries.items()} == {
        "file.yaml": "0o120000",
        "folder": "0o120000",
    }
    assert tree.read(entries["file.yaml"].blob) == os.fsencode(outside / "secret.yaml")


async def test_a_change_is_a_new_commit_and_the_rest_stays(tmp_path) -> None:
    write(tmp_path, a="1", b="2")
    tree = WorkTree(tmp_path)
    before = await tree.tree()

    write(tmp_path, a="3")
    commit = await tree.poll()
    after = await tree.tree(before.commit)

    assert commit != before.commit
    assert after.previous == before.commit
    assert after.entries["b.yaml"] is before.entries["b.yaml"]


async def test_nothing_new_is_the_same_commit(tmp_path) -> None:
    write(tmp_path, a="1")
    tree = WorkTree(tmp_path)
    first = await tree.poll()

    (tmp_path / "a.yaml").touch()

    assert await tree.poll() == first


async def test_a_file_that_is_saved_by_removing_it_first_was_never_gone(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(files, "_GONE_S", 0.3)
    write(tmp_path, a="1", b="2")
    tree = WorkTree(tmp_path)
    await tree.poll()

    (tmp_path / "a.yaml").unlink()
    poll = asyncio.create_task(tree.poll())
    await asyncio.sleep(0.05)
    write(tmp_path, a="3")
    await poll

    assert list((await tree.tree()).entries) == ["a.yaml", "b.yaml"]


async def test_a_file_that_stays_away_is_gone(tmp_path) -> None:
    write(tmp_path, a="1", b="2")
    tree = WorkTree(tmp_path)
    await tree.poll()

    (tmp_path / "a.yaml").unlink()
    await tree.poll()

    assert list((await tree.tree()).entries) == ["b.yaml"]


async def test_while_git_changes_files_nothing_is_read(tmp_path) -> None:
    write(tmp_path, a="1")
    git(tmp_path, "init", "-q")
    (tmp_path / ".git" / "index.lock").write_text("")

    with pytest.raises(SourceError, match="git is changing files there"):
        await WorkTree(tmp_path).poll()


async def test_a_folder_that_is_gone_is_an_error_and_not_empty(tmp_path) -> None:
    folder = tmp_path / "fleet"
    folder.mkdir()
    write(folder, a="1")
    tree = WorkTree(folder)
    await tree.poll()

    folder.rename(tmp_path / "elsewhere")

    with pytest.raises(SourceError):
        await tree.poll()


async def test_a_file_that_changed_since_the_poll_is_not_read_as_what_it_was(tmp_path) -> None:
    write(tmp_path, a="1")
    tree = WorkTree(tmp_path)
    entries = (await tree.tree()).entries

    write(tmp_path, a="2")

    with pytest.raises(SourceError, match="changed while it was read"):
        tree.read(entries["a.yaml"].blob)


async def test_a_huge_file_is_not_read(tmp_path) -> None:
    with (tmp_path / "huge.bin").open("wb") as file:
        file.truncate(1 << 40)

    entries = (await WorkTree(tmp_path).tree()).entries

    assert entries["huge.bin"].size == 1 << 40


async def test_pipes_and_names_that_are_no_text_do_no_harm(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / os.fsdecode(b"caf\xe9.yaml")).write_text("1")

    entries = (await WorkTree(tmp_path).tree()).entries

    assert entries == {
        r"caf\xe9.yaml": TreeEntry(0o100644, "56a6051ca2b02b04ef92d5150c9ef600403cb1de", 1)
    }


async def test_an_edit_is_seen_without_waiting_for_the_interval(tmp_path) -> None:
    write(tmp_path, a="1")
    source = Source(WorkTree(tmp_path), 3600)
    task = asyncio.create_task(source.run())
    await source.next()
    await asyncio.sleep(0.2)

    write(tmp_path, new__b="2")
    tree = await asyncio.wait_for(source.next(), 5)

    assert list(tree.entries) == ["a.yaml", "new/b.yaml"]
    task.cancel()
