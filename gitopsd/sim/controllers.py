"""Controllers beside a memory store: what a cluster does by itself.

A change marks the objects that it concerns; a moment later each marked object is looked at once,
by the function of its kind. Nothing runs while nothing changes. All writes go straight to the
store, in the name of the controller that a cluster would have.
"""

import asyncio
import heapq
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from typing import Any

from gitopsd.apiserver.resources import Catalogue
from gitopsd.apiserver.store import ABSENT, Change, Key, Stored, VersionConflict
from gitopsd.apiserver.writing import now
from gitopsd.kube import merge
from gitopsd.kube.body import Body, dig
from gitopsd.kube.merge import Author
from gitopsd.sim.store import MemoryStore

Reconcile = Callable[["Controllers", Stored], None]
Watch = Callable[["Controllers", Change], None]

MANAGER = "kube-controller-manager"
_PAUSE_S = 0.01
_SLICE = 64


class Controllers:
    """Runs reconcilers over a store; `pods_ready_after_s` and `jobs_run_s` are their delays."""

    def __init__(
        self,
        store: MemoryStore,
        catalogue: Catalogue,
        pods_ready_after_s: float = 0.2,
        jobs_run_s: float = 0.5,
    ) -> None:
        self.store = store
        self.pods_ready_after_s = pods_ready_after_s
        self.jobs_run_s = jobs_run_s
        self.dependents: dict[str, set[Key]] = {}
        self.known: dict[str, Key] = {}
        self._catalogue = catalogue
        self._kinds: dict[tuple[str, str], Reconcile] = {}
        self._watches: list[Watch] = []
        self._marked: dict[Key, None] = {}
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._counter = count()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def add(self, group: str, resource: str, reconcile: Reconcile) -> None:
        """Looks at objects of a resource with this function when they are marked."""
        self._kinds[group, resource] = reconcile

    def add_watch(self, watch: Watch) -> None:
        """Calls this function at every change; it may only mark and plan."""
        self._watches.append(watch)

    def start(self) -> None:
        """Begins to follow the store."""
        self.store.listeners.append(self._changed)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends; nothing is left running."""
        self.store.listeners.remove(self._changed)
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    # What reconcilers use

    def mark(self, key: Key) -> None:
        """Looks at an object soon, once."""
        if (key.group, key.resource) in self._kinds:
            self._marked[key] = None
            self._wake.set()

    def later(self, delay_s: float, work: Callable[[], None]) -> None:
        """Does something after a while."""
        due = asyncio.get_running_loop().time() + delay_s
        heapq.heappush(self._later, (due, next(self._counter), work))
        self._wake.set()

    def owned(self, owner: Stored, group: str, resource: str) -> list[Stored]:
        """What an object controls, of one resource, sorted."""
        keys = self.dependents.get(owner.body["metadata"]["uid"], ())
        wanted = sorted(key for key in keys if (key.group, key.resource) == (group, resource))
        return [found for key in wanted if (found := self.store.read(key)) is not None]

    def create(self, key: Key, body: Body) -> Stored | None:
        """Makes an object; None where one of the name is there."""
        try:
            return self.store.write(key, ABSENT, body)
        except VersionConflict:
            return None

    def change(self, stored: Stored, body: Body) -> Stored:
        """Puts a body in place of what was just read; the old one where nothing changes."""
        return stored if body == stored.body else self.store.write(stored.key, stored.version, body)

    def set_status(self, stored: Stored, status: Body) -> Stored:
        """Puts a status in place, owned as a controller's writes are."""
        if stored.body.get("status") == status:
            return stored
        of = self._catalogue.find_any(stored.key.group, stored.key.resource)
        body: Body = {**stored.body, "status": status}
        if of is not None:
            author = Author(MANAGER, now(), "status")
            body = merge.updated(stored.body, body, author, of.shape)
        return self.store.write(stored.key, stored.version, body)

    def remove(self, key: Key) -> None:
        """Deletes in the background: waits for finalizers, and for nothing else."""
        stored = self.store.read(key)
        if stored is None:
            return
        metadata = stored.body["metadata"]
        if metadata.get("finalizers"):
            if not metadata.get("deletionTimestamp"):
                ending = {**metadata, "deletionTimestamp": now(), "deletionGracePeriodSeconds": 0}
                self.store.write(key, stored.version, {**stored.body, "metadata": ending})
            return
        self.store.write(key, stored.version, None)

    # Following

    def _changed(self, change: Change) -> None:
        key = change.last.key
        self._index(change)
        if change.kind != "DELETED":
            self.mark(key)
        for reference in _owners(change.last.body):
            self.mark(_owner_key(self._catalogue, reference, key.namespace))
        for watch in self._watches:
            watch(self, change)

    def _index(self, change: Change) -> None:
        key = change.last.key
        uid = change.last.body["metadata"].get("uid", "")
        if change.kind == "DELETED":
            self.known.pop(uid, None)
            for reference in _owners(change.last.body):
                keys = self.dependents.get(reference["uid"])
                if keys is not None:
                    keys.discard(key)
                    if not keys:
                        del self.dependents[reference["uid"]]
            return
        if change.before is not None:
            for reference in _owners(change.before.body):
                self.dependents.get(reference["uid"], set()).discard(key)
        self.known[uid] = key
        for reference in _owners(change.last.body):
            self.dependents.setdefault(reference["uid"], set()).add(key)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            timeout = max(self._later[0][0] - loop.time(), 0) if self._later else None
            if not self._marked:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), timeout)
            self._wake.clear()
            await asyncio.sleep(_PAUSE_S)
            while self._later and self._later[0][0] <= loop.time():
                heapq.heappop(self._later)[2]()
            await self._look()

    async def _look(self) -> None:
        """Looks at everything marked, and gives others a turn now and then."""
        marked, self._marked = self._marked, {}
        for index, key in enumerate(marked):
            stored = self.store.read(key)
            if stored is not None:
                with suppress(VersionConflict):
                    self._kinds[key.group, key.resource](self, stored)
            if index % _SLICE == _SLICE - 1:
                await asyncio.sleep(0)


def _owners(body: Body) -> Iterable[Body]:
    found: Iterable[Body] = body["metadata"].get("ownerReferences") or ()
    return found


def _owner_key(catalogue: Catalogue, reference: Body, namespace: str) -> Key:
    group = str(reference.get("apiVersion", "")).rpartition("/")[0]
    of = catalogue.of_kind(group, str(reference.get("kind", "")))
    if of is None:
        return Key(group, "", namespace, str(reference.get("name", "")))
    place = namespace if of.is_namespaced else ""
    return Key(group, of.plural, place, str(reference.get("name", "")))


def controller_of(body: Body) -> Body | None:
    """The reference to the controller of an object; None for none."""
    return next((each for each in _owners(body) if each.get("controller")), None)


def reference_to(owner: Stored) -> dict[str, Any]:
    """The reference by which an object says who controls it."""
    return {
        "apiVersion": owner.body["apiVersion"],
        "kind": owner.body["kind"],
        "name": owner.key.name,
        "uid": owner.body["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def condition(
    status: Body, kind: str, is_true: bool, reason: str, message: str = ""
) -> dict[str, Any]:
    """A condition that keeps its times while it says the same."""
    said = "True" if is_true else "False"
    before = next(
        (each for each in dig(status, "conditions", default=()) if each["type"] == kind), None
    )
    moment = now()
    if before is not None and before["status"] == said:
        since = before["lastTransitionTime"]
        if before.get("reason") == reason and before.get("message", "") == message:
            return dict(before)
    else:
        since = moment
    return {
        "type": kind,
        "status": said,
        "lastUpdateTime": moment,
        "lastTransitionTime": since,
        "reason": reason,
        "message": message,
    }
