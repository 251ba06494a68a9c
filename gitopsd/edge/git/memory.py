"""Objects that git's library reads from memory instead of from disk.

A commit of ours is built here and packed straight onto the wire: nothing is left on disk.
"""

from collections.abc import Iterable, Mapping

import pygit2
from pygit2.enums import ObjectType


class Memory(pygit2.OdbBackend):
    """A read-only store of objects by id; `put` and `keep` are all that changes it."""

    def __init__(self) -> None:
        super().__init__()
        self._objects: dict[bytes, tuple[ObjectType, bytes]] = {}

    def put(self, kind: ObjectType, objects: Mapping[bytes, bytes]) -> None:
        """Adds objects of a kind, bytes by id."""
        self._objects.update({id: (kind, data) for id, data in objects.items()})

    def keep(self, ids: Iterable[bytes]) -> None:
        """Forgets all objects but these."""
        objects = self._objects
        self._objects = {id: objects[id] for id in ids if id in objects}

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
