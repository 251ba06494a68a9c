"""HOW ONE DEED IS DONE on a member: one request for most, and what its answer means.

Comes in: a step that may go. Goes out: requests, and what became of it written into the `Sight`.
A refusal of one object ends as its `Try`; what concerns the member as a whole is raised.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from gitopsd.core.plan import (
    CREATED_NAMESPACE,
    KEPT,
    Deed,
    Step,
    entry_of,
    failed,
    patient,
)
from gitopsd.core.plan.inventory import PART_OF
from gitopsd.daemon import content
from gitopsd.daemon.applying import Applying
from gitopsd.daemon.breaker import Breaker
from gitopsd.daemon.hooking import Hooking
from gitopsd.daemon.looks import Looks
from gitopsd.daemon.sight import Sight
from gitopsd.edge import clock
from gitopsd.edge.lane import Lane
from gitopsd.edge.member import Member
from gitopsd.kube.body import dig
from gitopsd.kube.wire import encode
from gitopsd.model.api import Served
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import ActionKind, Entry
from gitopsd.model.errors import (
    AlreadyThere,
    ClusterError,
    Conflict,
    NotThere,
    ObjectError,
    Rejected,
)
from gitopsd.model.resource import ResourceKey

_MERGE_PATCH = "application/merge-patch+json"

_log = logging.getLogger(__name__)


class Deeds:
    """Does deeds on one member; `sight` is what is known of it, in `lane` scripts are asked."""

    def __init__(self, member: Member, sight: Sight, lane: Lane) -> None:
        self._member = member
        self._sight = sight
        self._looks = Looks(member, sight)
        self._applying = Applying(member, sight, lane)
        self._breaker = Breaker(sight)
        self._hooking = Hooking(member, sight)

    async def do(self, step: Step) -> None:
        """Does what the step says; raises Throttled and other ClusterErrors of the whole member."""
        digest = step.digest
        try:
            await self._do(step)
        except Conflict as error:
            self._failed(step, error, digest)
            # It is not the object that we believe to see, whatever the watch says.
            await self._member.recognise()
            await self._looks.again(step.key)
        except ObjectError as error:
            self._failed(step, error, digest)
        except ClusterError:
            raise
        except Exception as error:
            reason = f"internal error: {type(error).__name__}"
            _log.exception("cluster=%s object=%s", self._member.name, step.key)
            self._failed(step, ObjectError(str(step.key), reason), digest)
        finally:
            self._sight.unanswered(step.key)
        self._sight.touched.add(step.key)

    def refuse(self, step: Step, error: ObjectError) -> None:
        """Notes why a step was not even begun."""
        self._failed(step, error, step.digest)
        self._sight.touched.add(step.key)

    async def look(self, steps: Sequence[Step]) -> None:
        """Looks up objects of one kind and namespace: each by itself, or many by one list."""
        served = self._sight.served(steps[0].key[:2])
        left = steps if served is None else await self._looks.many(steps, served)
        for step in left:
            await self.do(step)

    async def look_at(self, key: ResourceKey) -> None:
        """Reads one of our objects again; nothing when its kind is not served any more."""
        await self._looks.again(key)

    async def _do(self, step: Step) -> None:
        match step.deed:
            case Deed.LOOK:
                await self._looks.one(step.key, self._needed(step.key))
            case Deed.CREATE | Deed.CHANGE | Deed.ADOPT:
                assert step.manifest is not None
                served = await self._fitting(step.key)
                if await self._applying.do(step, step.manifest, served):
                    self._breaker.done(step.key)
            case Deed.MAKE:
                await self._make(step.key)
            case Deed.DELETE:
                await self._delete(step)
            case Deed.RELEASE:
                await self._release(step.key)
            case Deed.KEEP:
                assert step.manifest is not None
                self._keep(step.key, step.manifest)
            case Deed.COMPARE:
                assert step.manifest is not None
                served = await self._fitting(step.key)
                await self._applying.compare(step.manifest, served)
            case Deed.RUN | Deed.END | Deed.SWEEP:
                await self._hooking.do(step, self._served(step.key))
            case Deed.FORGET:
                self._sight.forget(step.key)

    def _keep(self, key: ResourceKey, manifest: Manifest) -> None:
        """Records an object of ours as it is; one that is not written any more is never deleted."""
        sight = self._sight
        live, before = sight.live.get(key), sight.entries.get(key)
        if manifest.claims.is_written and live is not None:
            sight.record(entry_of(manifest, live.uid))
        elif before is not None:
            flags = tuple(sorted({*before.flags, KEPT}))
            sight.record(msgspec.structs.replace(before, hash="", flags=flags))

    async def _make(self, key: ResourceKey) -> None:
        """A namespace by POST, so that one that was there meanwhile is told apart."""
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": key.name}}
        sight = self._sight
        try:
            made = await self._member.create("/api/v1/namespaces", encode(body))
        except AlreadyThere:
            sight.has_namespace(key.name)
            return
        uid = dig(made, "metadata", "uid", default="")
        sight.record(Entry(key, "v1", uid, flags=(CREATED_NAMESPACE,)))
        sight.fresh.add(key.name)
        sight.looked.pop(key, None)
        sight.has_namespace(key.name)

    async def _delete(self, step: Step) -> None:
        key = step.key
        served, live = self._served(key), self._sight.live.get(key)
        if served is None or live is None:
            return
        if not step.may_lose:
            await content.check(self._member, self._sight, key)
        path = served.path(key.namespace, key.name)
        how = live.propagation
        try:
            await self._member.delete(path, uid=live.uid, version=live.version, propagation=how)
        except NotThere:
            self._sight.live.pop(key, None)
            self._sight.forget(key)
            return
        self._sight.tally.deeds[ActionKind.PRUNE.value, ""] += 1
        self._sight.tally.prunes["ok"] += 1
        self._sight.deleting(key)

    async def _release(self, key: ResourceKey) -> None:
        """Takes our label off an object that stays."""
        served, live = self._served(key), self._sight.live.get(key)
        if served is not None and live is not None:
            patch = {"metadata": {"uid": live.uid, "labels": {PART_OF: None}}}
            path = served.path(key.namespace, key.name)
            with suppress(NotThere):
                await self._member.patch(path, encode(patch), _MERGE_PATCH)
        self._sight.live.pop(key, None)
        self._sight.forget(key)
        # Not all that its namespace holds is ours any more, even where we made it.
        self._sight.fresh.discard(key.namespace)

    def _failed(self, step: Step, error: ObjectError, digest: str) -> None:
        sight, key = self._sight, step.key
        before = sight.tries.get(key)
        tried = failed(error, digest, before, clock.now())
        tried = sight.tries[key] = patient(tried, error, sight.webhooks)
        self._breaker.failed(key, tried)
        sight.tally.deeds[tried.action.value, tried.reason] += 1
        if step.deed is Deed.DELETE:
            sight.tally.prunes["failed"] += 1
        sight.looked.pop(key, None)
        if isinstance(error, NotThere) and key.namespace and self._served(key) is not None:
            # The namespace went away, or never was what we took it for.
            sight.namespaces.discard(key.namespace)
            sight.fresh.discard(key.namespace)
            namespace = ResourceKey("", "Namespace", "", key.namespace)
            sight.looked.pop(namespace, None)
            sight.touched.add(namespace)
        if before is None or before.message != error.reason:
            _log.warning(
                "cluster=%s object=%s deed=%s reason=%r",
                self._member.name,
                key,
                step.deed,
                error.reason,
            )

    def _served(self, key: ResourceKey) -> Served | None:
        return self._sight.served((key.group, key.kind))

    def _needed(self, key: ResourceKey) -> Served:
        served = self._served(key)
        if served is None:
            raise NotThere(str(key), f"the member does not serve {key.group_kind}")
        return served

    async def _fitting(self, key: ResourceKey) -> Served:
        """How the member serves a kind; asked again before an object is told to be of no such."""
        served = self._needed(key)
        if served.is_namespaced is not bool(key.namespace):
            self._sight.discovery = await self._member.discover(anew=True)
            served = self._needed(key)
            _check_scope(key, served)
        return served


def _check_scope(key: ResourceKey, served: Served) -> None:
    """Refuses what would be another object on this member than the one that is wanted."""
    kind = key.group_kind
    if served.is_namespaced and not key.namespace:
        raise Rejected(str(key), f"{kind} has namespaces here: metadata.namespace is missing")
    if key.namespace and not served.is_namespaced:
        raise Rejected(str(key), f"{kind} has no namespaces here: remove metadata.namespace")
