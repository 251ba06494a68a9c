"""Objects that git's library reads from memory instead of from disk.

A commit of ours is built here and packed straight onto the wire: nothing is left on disk.
"""

from collections.abc import Iterator

import pygit2
from pygit2.enums import ObjectType

from gitopsd.edge.git.exchange import Objects

# The priority of a backend that is asked before files are.
BEFORE_DISK = 1000


class Memory(pygit2.OdbBackend):
    """These objects and no others."""

    def __init__(self, *parts: Objects) -> None:
        super().__init__()
        self._objects: dict[bytes, tuple[ObjectType, bytes]] = {}
        for part in parts:
            for kind, objects in (
                (ObjectType.BLOB, part.blobs),
                (ObjectType.TREE, part.trees),
                (ObjectType.COMMIT, part.commits),
            ):
                self._objects.update({id: (kind, data) for id, data in objects.items()})

    def __len__(self) -> int:
        return len(self._objects)

    def ids(self) -> Iterator[bytes]:
        """All ids: files before folders before commits."""
        return iter(self._objects)

    def all(self) -> Iterator[tuple[ObjectType, bytes]]:
        """Kind and bytes of every object: files before folders before commits."""
        return iter(self._objects.values())

    def exists_cb(self, oid: pygit2.Oid) -> bool:
        return oid.raw in self._objects

    def read_cb(self, oid: pygit2.Oid) -> tuple[ObjectType, bytes]:
        return self._objects[oid.raw]

    def read_header_cb(self, oid: pygit2.Oid) -> tuple[ObjectType, int]:
        kind, data = self._objects[oid.raw]
        return kind, len(data)

    def exists_prefix_cb(self, oid: pygit2.Oid) -> pygit2.Oid:
        raise KeyError(oid)

    def read_prefix_cb(self, oid: pygit2.Oid) -> tuple[ObjectType, bytes, pygit2.Oid]:
        raise KeyError(oid)

    def refresh_cb(self) -> None:
        """Nothing changes behind its back."""
