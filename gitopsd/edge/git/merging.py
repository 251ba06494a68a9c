"""What a merge of two commits would hold, without making it: nothing is written anywhere.

Comes in: a repository and two commits. Goes out: the files of the result, the bytes of those that
both sides changed, and the paths on which git would leave the choice to a person.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import pygit2
from pygit2.enums import FileMode, ObjectType

from gitopsd.edge.git.memory import BEFORE_DISK, Memory
from gitopsd.edge.git.trees import text_of
from gitopsd.model.errors import SourceError
from gitopsd.model.snapshot import TreeEntry


@dataclass(frozen=True, slots=True, eq=False)
class Merge:
    """The files of a merge by path; `blobs` has the bytes of new ones by id.

    With `conflicts` there is no result.
    """

    entries: Mapping[str, TreeEntry]
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()


class _Written(Memory):
    """Takes what the library would write to disk."""

    def __init__(self) -> None:
        super().__init__()
        self.blobs: dict[str, bytes] = {}

    def write_cb(self, oid: pygit2.Oid, data: bytes, kind: int) -> None:
        self._objects[oid.raw] = (ObjectType(kind), bytes(data))
        if kind == ObjectType.BLOB:
            self.blobs[str(oid)] = bytes(data)


def merged(folder: str, ours: str, theirs: str) -> Merge | None:
    """What merging `theirs` into `ours` gives; None where one of them is not here.

    Raises SourceError where they have no commit in common, or it lies beyond where history is cut.
    """
    repository = pygit2.Repository(folder)  # of its own, for what is added to it
    if not all(isinstance(repository.get(each), pygit2.Commit) for each in (ours, theirs)):
        return None
    if repository.merge_base(ours, theirs) is None:
        raise SourceError(f"{ours[:12]} and {theirs[:12]}", _apart(repository), retry=False)
    written = _Written()
    repository.odb.add_backend(written, BEFORE_DISK)
    index = repository.merge_commits(ours, theirs)
    if index.conflicts is not None:
        return Merge({}, conflicts=_conflicts(index))
    found = {
        _path(entry): TreeEntry(int(entry.mode), str(entry.id), _size(repository, entry, written))
        for entry in index
    }
    return Merge(found, written.blobs)


def _apart(repository: pygit2.Repository) -> str:
    if repository.is_shallow:
        return "cannot be merged: history is cut off here; fetch all of it (git fetch --unshallow)"
    return "have no commit in common, so neither can be merged into the other"


def _conflicts(index: pygit2.Index) -> tuple[str, ...]:
    assert index.conflicts is not None
    sides = [side for sides in index.conflicts for side in sides if side is not None]
    return tuple(sorted({_path(side) for side in sides}))


def _path(entry: pygit2.IndexEntry) -> str:
    return text_of(os.fsencode(entry.path))


def _size(repository: pygit2.Repository, entry: pygit2.IndexEntry, written: _Written) -> int:
    if str(entry.id) in written.blobs:
        return len(written.blobs[str(entry.id)])
    if entry.mode == FileMode.COMMIT:
        return 0
    return int(repository.odb.read_header(entry.id)[1])
