"""Objects in memory: one counter of versions, a ring of changes for watches.

Everything happens in one event loop and nothing waits, so each write is whole. Controllers beside
the face use the plain methods (`read`, `write`, `each`), the face the asynchronous ones.
"""

import asyncio
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from gitopsd.apiserver.store import (
    ABSENT,
    Change,
    Key,
    Listing,
    Stored,
    VersionConflict,
    VersionGone,
)
from gitopsd.kube.body import Body

_RING = 4096
_FIRST_VERSION = 100

Place = tuple[str, str]


class _Resource:
    """All objects of one resource, their last changes and who watches."""

    __slots__ = ("changes", "feeds", "forgotten", "objects", "places")

    def __init__(self) -> None:
        self.objects: dict[Place, Stored] = {}
        self.places: list[Place] = []
        self.changes: deque[tuple[int, Change]] = deque(maxlen=_RING)
        self.feeds: set[_Feed] = set()
        self.forgotten = 0


class MemoryStore:
    """A Store for one event loop; `listeners` are called after every write, at once."""

    def __init__(self) -> None:
        self._resources: dict[tuple[str, str], _Resource] = {}
        self._version = _FIRST_VERSION
        self._forgotten = 0
        self.listeners: list[Callable[[Change], None]] = []

    # What the face uses

    async def get(self, key: Key) -> Stored | None:
        """The object as it is now; None for none."""
        return self.read(key)

    async def list(self, group: str, resource: str, namespace: str = "") -> Listing:
        """All objects of a resource, in one namespace or in all."""
        return Listing(list(self.each(group, resource, namespace)), str(self._version))

    def watch(self, group: str, resource: str, namespace: str, since: str) -> "_Feed":
        """Changes after a version, in order; raises VersionGone."""
        return _Feed(self, self._resource(group, resource), namespace, since)

    async def swap(self, key: Key, expected: str, body: Body | None) -> Stored:
        """Puts a body in place of the expected version; raises VersionConflict."""
        return self.write(key, expected, body)

    async def version(self) -> str:
        """The version of the newest change of anything."""
        return str(self._version)

    # What controllers use

    def read(self, key: Key) -> Stored | None:
        """The object as it is now; None for none."""
        found = self._resources.get((key.group, key.resource))
        return found.objects.get((key.namespace, key.name)) if found else None

    def each(self, group: str, resource: str, namespace: str = "") -> Iterator[Stored]:
        """All objects of a resource, sorted, in one namespace or in all."""
        found = self._resources.get((group, resource))
        if found is None:
            return
        places, at = found.places, 0
        if namespace:
            at = bisect_left(places, (namespace, ""))
        while at < len(places):
            if namespace and places[at][0] != namespace:
                return
            yield found.objects[places[at]]
            at += 1

    def inside(self, namespace: str) -> tuple[Key, ...]:
        """Keys of all objects in a namespace."""
        return tuple(
            stored.key
            for group, resource in sorted(self._resources)
            for stored in self.each(group, resource, namespace)
        )

    def count(self, group: str = "", resource: str = "") -> int:
        """How many objects there are, of one resource or of all."""
        if resource:
            return len(self._resource(group, resource).objects)
        return sum(len(each.objects) for each in self._resources.values())

    def write(self, key: Key, expected: str, body: Body | None) -> Stored:
        """Puts a body in place of the expected version, or removes it; raises VersionConflict."""
        resource = self._resource(key.group, key.resource)
        place = (key.namespace, key.name)
        before = resource.objects.get(place)
        if (before.version if before is not None else ABSENT) != expected:
            raise VersionConflict(key)
        self._version += 1
        version = str(self._version)
        source = body if body is not None else before.body if before is not None else {}
        metadata = {**source["metadata"], "resourceVersion": version}
        after = Stored(key, {**source, "metadata": metadata}, version)
        if body is None:
            del resource.objects[place]
            del resource.places[bisect_left(resource.places, place)]
            change = Change("DELETED", before, after)
        else:
            resource.objects[place] = after
            if before is None:
                insort(resource.places, place)
            change = Change("ADDED" if before is None else "MODIFIED", before, after)
        self._tell(resource, change)
        return after

    def forget(self) -> None:
        """Forgets all past changes: watches from older versions are refused with 410."""
        self._forgotten = self._version
        for each in self._resources.values():
            each.changes.clear()

    def _tell(self, resource: _Resource, change: Change) -> None:
        if len(resource.changes) == _RING:
            resource.forgotten = resource.changes[0][0]
        resource.changes.append((self._version, change))
        for feed in resource.feeds:
            feed.put(change)
        for listener in self.listeners:
            listener(change)

    def _resource(self, group: str, resource: str) -> _Resource:
        found = self._resources.get((group, resource))
        if found is None:
            found = self._resources[group, resource] = _Resource()
        return found


class _Feed:
    """Changes for one watch; an asynchronous iterator of batches."""

    def __init__(self, store: MemoryStore, resource: _Resource, namespace: str, since: str) -> None:
        self._resource = resource
        self._namespace = namespace
        self._waiting: list[Change] = []
        self._ready = asyncio.Event()
        self._gone = ""
        start = int(since) if since.isdigit() else -1
        oldest = max(resource.forgotten, store._forgotten)
        if start < oldest:
            self._gone = str(oldest)
        else:
            for version, change in resource.changes:
                if version > start:
                    self.put(change)
        resource.feeds.add(self)

    def put(self, change: Change) -> None:
        """One more change for this watch."""
        if not self._namespace or change.last.key.namespace == self._namespace:
            self._waiting.append(change)
            self._ready.set()

    def __aiter__(self) -> "_Feed":
        return self

    async def __anext__(self) -> Sequence[Change]:
        if self._gone:
            raise VersionGone(self._gone)
        await self._ready.wait()
        self._ready.clear()
        found, self._waiting = self._waiting, []
        return found

    async def aclose(self) -> None:
        """Ends the watch."""
        self._resource.feeds.discard(self)
