"""Folders of a commit as values, and the objects that git stores for them.

Comes in: a folder as it is and what changes in it. Goes out: the new folder; only folders on the
way to a change are new. Written by hand because git's own builders want every object on disk.
A tree object is `mode name NUL id` for each entry, sorted as if folders ended with a slash.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

FOLDER = 0o40000
FILE = 0o100644
MODULE = 0o160000


class Malformed(ValueError):
    """Bytes that are no tree object."""


@dataclass(frozen=True, slots=True)
class File:
    """A file, link or submodule: git's mode and the id of its content."""

    mode: int
    id: bytes


# What is to stand at a path: a blob by its id, a file with its mode, or nothing.
Change = bytes | File | None


@dataclass(frozen=True)
class Folder:
    """What stands in a folder, by name."""

    entries: Mapping[bytes, "File | Folder"] = field(default_factory=dict)

    @cached_property
    def data(self) -> bytes:
        """The folder as git stores it."""
        return b"".join(
            b"%o %s\0%s" % (mode_of(entry), name, entry.id)
            for name, entry in sorted(self.entries.items(), key=_rank)
        )

    @cached_property
    def id(self) -> bytes:
        """The id that git gives this folder."""
        return id_of(b"tree", self.data)


def id_of(kind: bytes, data: bytes) -> bytes:
    """The id git gives an object: `kind` is blob, tree or commit."""
    return hashlib.sha1(b"%s %d\0" % (kind, len(data)) + data, usedforsecurity=False).digest()


def mode_of(entry: File | Folder) -> int:
    """The mode that stands in the tree object."""
    return FOLDER if isinstance(entry, Folder) else entry.mode


def parsed(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Mode, name and id of each entry of a tree object."""
    at = 0
    while at < len(data):
        end = data.find(b"\0", at)
        mode, blank, name = data[at:end].partition(b" ")
        at = end + 21
        if end < 0 or not blank or not name or at > len(data):
            raise Malformed("is no tree object")
        try:
            yield int(mode, 8), name, data[end + 1 : at]
        except ValueError:
            raise Malformed("is no tree object") from None


def folder(id: bytes, read: Callable[[bytes], bytes]) -> Folder:
    """A folder with all below it; `read` gives the bytes of a tree object."""
    entries: dict[bytes, File | Folder] = {}
    for mode, name, found in parsed(read(id)):
        entries[name] = folder(found, read) if mode == FOLDER else File(mode, found)
    return Folder(entries)


def files(folder: Folder, above: str = "") -> Iterator[tuple[str, File]]:
    """Path and entry of every file below a folder, in git's order."""
    for name, entry in sorted(folder.entries.items(), key=_rank):
        path = above + text_of(name)
        if isinstance(entry, Folder):
            yield from files(entry, f"{path}/")
        else:
            yield path, entry


def changed(folder: Folder, changes: Mapping[str, Change]) -> Folder:
    """The folder with other content at these paths.

    A folder that nothing is left in is gone. With the id of a blob, a file that is there keeps its
    mode.
    """
    return _changed(folder, [(path.encode().split(b"/"), each) for path, each in changes.items()])


def new_objects(now: Folder, before: Folder | None) -> Iterator[tuple[bytes, bytes]]:
    """Id and bytes of the tree objects that are not part of the folder as it was."""
    if before is not None and now.id == before.id:
        return
    yield now.id, now.data
    for name, entry in now.entries.items():
        if isinstance(entry, Folder):
            was = before.entries.get(name) if before is not None else None
            yield from new_objects(entry, was if isinstance(was, Folder) else None)


def text_of(name: bytes) -> str:
    """A name as text; bytes that are no UTF-8 show as `\\xe9`, which no name of ours may hold."""
    return name.decode(errors="backslashreplace")


def _changed(folder: Folder, changes: list[tuple[list[bytes], Change]]) -> Folder:
    entries = dict(folder.entries)
    below: dict[bytes, list[tuple[list[bytes], Change]]] = {}
    for steps, change in changes:
        name, *rest = steps
        if rest:
            below.setdefault(name, []).append((rest, change))
        elif isinstance(change, File):
            entries[name] = change
        elif change is not None:
            was = entries.get(name)
            entries[name] = File(was.mode if isinstance(was, File) else FILE, change)
        elif isinstance(entries.get(name), File):
            del entries[name]
    for name, inner in below.items():
        was = entries.get(name)
        if isinstance(was, File) and all(change is None for _, change in inner):
            continue
        now = _changed(was if isinstance(was, Folder) else Folder(), inner)
        if now.entries:
            entries[name] = now
        else:
            entries.pop(name, None)
    return Folder(entries)


def _rank(item: tuple[bytes, File | Folder]) -> bytes:
    name, entry = item
    return name + b"/" if isinstance(entry, Folder) else name
