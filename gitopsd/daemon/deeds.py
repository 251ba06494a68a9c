"""HOW ONE DEED IS DONE on a member: one request for most, and what its answer means.

Comes in: a step that may go. Goes out: requests, and what became of it written into the `Sight`.
A refusal of one object ends as its `Try`; what concerns the member as a whole is raised.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import msgspec

from gitopsd.core.definitions import CRD, refusal
from gitopsd.core.kinds import Misread
from gitopsd.core.plan import (
    CREATED_NAMESPACE,
    KEPT,
    PENDING,
    Deed,
    Live,
    Step,
    Try,
    entry_of,
    failed,
    found_of,
    is_ours,
    marks,
    patient,
    retained,
    retains,
    tracked,
)
from gitopsd.core.plan.ignored import is_read_first, spared
from gitopsd.core.plan.inventory import PART_OF
from gitopsd.core.plan.notes import put_back
from gitopsd.core.plan.observed import Accepted, Repair, Repairs
from gitopsd.core.plan.owners import Owned
from gitopsd.daemon import content, plainly
from gitopsd.daemon.asking import LONGEST_S
from gitopsd.daemon.breaker import Breaker
from gitopsd.daemon.contest import Contest
from gitopsd.daemon.hooking import Hooking
from gitopsd.daemon.recreating import Recreating
from gitopsd.daemon.sight import Sight, key_in
from gitopsd.edge import clock
from gitopsd.edge.lane import Lane, Overdue
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body, dig
from gitopsd.kube.wire import encode
from gitopsd.model.api import Applied, Form, Served
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import ActionKind, Entry
from gitopsd.model.errors import (
    AlreadyThere,
    ClusterError,
    FieldConflict,
    NotThere,
    ObjectError,
    Rejected,
    Throttled,
)
from gitopsd.model.resource import ResourceKey

FEW = 3
_REMEMBERED, _WARNINGS, _LONGEST_WARNING = 32, 3, 200
_MERGE_PATCH = "application/merge-patch+json"
_REPAIR_S, _LONGEST_REPAIR_S, _CALM_S = 5.0, 300.0, 600.0

_log = logging.getLogger(__name__)


class Deeds:
    """Does deeds on one member; `sight` is what is known of it, in `lane` scripts are asked."""

    def __init__(self, member: Member, sight: Sight, lane: Lane) -> None:
        self._member = member
        self._sight = sight
        self._lane = lane
        self._contest = Contest(member, sight)
        self._breaker = Breaker(sight)
        self._recreating = Recreating(member, sight)
        self._hooking = Hooking(member, sight)

    async def do(self, step: Step) -> None:
        """Does what the step says; raises Throttled and other ClusterErrors of the whole member."""
        digest = step.digest
        try:
            await self._do(step)
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
        served = self._served(steps[0].key)
        if served is None:
            for step in steps:
                error = NotThere(str(step.key), f"the member does not serve {step.key.group_kind}")
                self._failed(step, error, step.digest)
                self._sight.touched.add(step.key)
            return
        if len(steps) <= FEW:
            for step in steps:
                await self.do(step)
            return
        sought = {step.key for step in steps}

        def keep(body: Body) -> tuple[ResourceKey, Body] | None:
            key = key_in(served, body)
            return (key, body) if key in sought else None

        try:
            pairs, _ = await self._member.each(served.path(steps[0].key.namespace), keep)
        except ObjectError:
            for step in steps:
                await self.do(step)
            return
        found = dict(pairs)
        for step in steps:
            if self._is_hidden(found.get(step.key), step.key):
                await self.do(step)
            else:
                self._looked(step.key, found.get(step.key), served)

    async def look_at(self, key: ResourceKey) -> None:
        """Reads one of our objects again; nothing when it is not served or not there any more."""
        served = self._served(key)
        if served is None:
            return
        try:
            body = await self._member.get(served.path(key.namespace, key.name))
        except ObjectError:
            return
        if is_ours(body, self._sight.set_id):
            self._sight.see(body, served, is_news=True)

    async def _do(self, step: Step) -> None:
        match step.deed:
            case Deed.LOOK:
                await self._look(step.key)
            case Deed.CREATE | Deed.CHANGE | Deed.ADOPT:
                assert step.manifest is not None
                await self._apply(step, step.manifest)
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
                await self._compare(step.manifest)
            case Deed.RUN | Deed.END | Deed.SWEEP:
                await self._hooking.do(step, self._served(step.key))
            case Deed.FORGET:
                self._sight.forget(step.key)

    async def _compare(self, manifest: Manifest) -> None:
        served, key = self._served(manifest.key), manifest.key
        if served is None:
            raise NotThere(str(key), f"the member does not serve {key.group_kind}")
        _check_scope(key, served)
        path = served.path(key.namespace, key.name, manifest.version)
        await self._contest.compare(manifest, path)

    async def _check_definition(self, manifest: Manifest, path: str) -> None:
        """Refuses a definition that would take something from objects that are there."""
        try:
            before = await self._member.get(path)
            after = await self._member.apply(path, encode(manifest.body), force=True, dry_run=True)
        except NotThere:
            return
        if words := refusal(before, after.body):
            raise Rejected(str(manifest.key), words)

    async def _look(self, key: ResourceKey) -> None:
        served = self._served(key)
        if served is None:
            raise NotThere(str(key), f"the member does not serve {key.group_kind}")
        try:
            path = served.path(key.namespace, key.name)
            body = await self._member.get(path, Form.METADATA)
            if self._is_hidden(body, key):
                body = await self._member.get(path)
        except NotThere:
            body = None
        self._looked(key, body, served)

    def _is_hidden(self, body: Body | None, key: ResourceKey) -> bool:
        """Whether it is ours though no list showed it, and metadata alone tells too little."""
        sight = self._sight
        return body is not None and is_ours(body, sight.set_id) and sight.reads_whole(*key[:2])

    def _looked(self, key: ResourceKey, body: Body | None, served: Served) -> None:
        sight = self._sight
        if body is not None and is_ours(body, sight.set_id):
            sight.see(body, served)
        else:
            sight.looked[key] = None if body is None else found_of(body, sight.set_id)
        if body is not None and key.kind == "Namespace" and not key.group:
            sight.namespaces.add(key.name)
            sight.touched.update(each for each in sight.looked if each.namespace == key.name)
        sight.touched.add(key)

    async def _apply(self, step: Step, manifest: Manifest) -> None:
        sight, key = self._sight, step.key
        served = self._served(key)
        if served is None:
            raise NotThere(str(key), f"the member does not serve {key.group_kind}")
        _check_scope(key, served)
        path = served.path(key.namespace, key.name, manifest.version)
        if step.deed is not Deed.CREATE:
            manifest = await self._left_to_member(manifest, path)
        if step.deed is Deed.ADOPT:
            await self._contest.adopt(manifest, path)
        if step.deed is not Deed.CREATE and key[:2] == CRD:
            await self._check_definition(manifest, path)
        body = tracked(manifest, sight.set_id, self._meant(step))
        sight.ask(key)
        yielded: tuple[Owned, ...] = ()
        try:
            applied = await plainly.applied(self._member, path, body, served)
        except FieldConflict as error:
            if step.deed is Deed.CREATE:
                # Somebody was faster: whose it is must be looked up before anything is taken.
                sight.fresh.discard(key.namespace)
                sight.looked.pop(key, None)
                return
            applied, yielded = await self._contest.judged(manifest, path, body, error)
        except Rejected as error:
            if step.deed is not Deed.CHANGE:
                raise
            answer = await self._recreating.refused(step, body, served, error)
            if answer is None:
                return
            applied = answer
        if step.deed is Deed.CREATE and not applied.is_created and not self._is_own(applied.body):
            await self._give_back(path, manifest)
            sight.looked[key] = found_of(applied.body, sight.set_id)
            return
        live = sight.answered(key, applied.body, served)
        corrected = tuple(each for each in step.drift if each.place not in _places(yielded))
        self._applied(replace(step, drift=corrected), manifest, applied, live)

    async def _left_to_member(self, manifest: Manifest, path: str) -> Manifest:
        """The manifest with what of the live object is left to the member: by kind, or by rule."""
        sight, claims = self._sight, manifest.claims
        is_retained = retains(manifest, sight.kinds)
        observed = None
        if is_retained or is_read_first(manifest.body, claims, sight.live.get(manifest.key)):
            try:
                observed = await self._member.get(path)
            except NotThere:
                return manifest
        if is_retained and observed is not None:
            manifest = await self._retaining(manifest, observed)
        if not claims.ignored:
            return manifest
        return replace(manifest, body=spared(manifest.body, claims, observed, sight.manager))

    async def _retaining(self, manifest: Manifest, observed: Body) -> Manifest:
        kinds = self._sight.kinds
        ask = partial(retained, manifest, observed, kinds)
        try:
            body = await self._lane.run(ask, LONGEST_S) if kinds.scripted else ask()
        except Misread as error:
            raise ObjectError(str(manifest.key), str(error)) from None
        except Overdue:
            words = f"no script answered within {LONGEST_S:g} s"
            raise ObjectError(str(manifest.key), words, retry=True) from None
        return replace(manifest, body=body)

    def _meant(self, step: Step) -> str:
        """The uid of the object that was judged; empty where there is to be none yet."""
        live, found = self._sight.live.get(step.key), self._sight.looked.get(step.key)
        return live.uid if live else found.uid if found else ""

    def _applied(self, step: Step, manifest: Manifest, applied: Applied, live: Live) -> None:
        sight, key, now = self._sight, step.key, clock.now()
        before, tried = sight.entries.get(key), sight.tries.get(key)
        is_repair = (
            bool(step.drift)
            and before is not None
            and before.hash == manifest.hash
            and PENDING not in before.flags
        )
        sight.accepted[key] = Accepted(manifest.hash, manifest.claims, live.fields)
        entry = entry_of(manifest, live.uid, *marks(step, before))
        sight.record(msgspec.structs.replace(entry, warnings=_warnings(key, applied)))
        action = ActionKind.CREATE if applied.is_created else ActionKind.CONFIGURE
        if applied.is_created and tried is not None and tried.action is ActionKind.RECREATE:
            action = ActionKind.RECREATE
        sight.tally.deeds[action.value, "Drift" if is_repair else ""] += 1
        failures, again = 0, None
        if is_repair:
            is_calm = (
                tried is None or tried.at is None or (now - tried.at).total_seconds() > _CALM_S
            )
            failures = 1 if is_calm or tried is None else tried.failures + 1
            again = now + timedelta(seconds=min(_LONGEST_REPAIR_S, _REPAIR_S * 2 ** (failures - 1)))
            sight.tally.drift[key.group_kind] += 1
            self._repaired(key, manifest.hash, step.drift)
        said = put_back(step.drift) if is_repair else ""
        sight.tries[key] = Try(manifest.hash, action, "", said, failures, again, now)
        self._breaker.done(key)
        if key.kind == "Namespace" and not key.group:
            sight.namespaces.add(key.name)
            if applied.is_created:
                sight.fresh.add(key.name)
            self._touch_namespace(key.name)

    def _repaired(self, key: ResourceKey, digest: str, fields: tuple[Owned, ...]) -> None:
        """Remembers and tells what was put back, and who had changed it."""
        sight = self._sight
        before = sight.repairs.get(key)
        done = before.done if before is not None and before.hash == digest else ()
        news = tuple(Repair(clock.now(), field) for field in fields)
        sight.repairs[key] = Repairs(digest, (*done, *news)[-_REMEMBERED:])
        managers = sorted({manager for field in fields for manager in field.managers})
        _log.info(
            "cluster=%s object=%s drift=corrected manager=%s fields=%r",
            self._member.name,
            key,
            ",".join(managers) or "unknown",
            ", ".join(field.field for field in fields),
        )

    def _keep(self, key: ResourceKey, manifest: Manifest) -> None:
        """Records an object of ours as it is; one that is not written any more is never deleted."""
        sight = self._sight
        live, before = sight.live.get(key), sight.entries.get(key)
        if manifest.claims.is_written and live is not None:
            sight.record(entry_of(manifest, live.uid))
        elif before is not None:
            flags = tuple(sorted({*before.flags, KEPT}))
            sight.record(msgspec.structs.replace(before, hash="", flags=flags))

    def _is_own(self, body: Body) -> bool:
        """Whether nobody but us ever set a field: a daemon of ours that was killed made it."""
        managed = dig(body, "metadata", "managedFields", default=[])
        return all(
            isinstance(each, dict)
            and (each.get("manager") == self._sight.manager or each.get("subresource") == "status")
            for each in managed
        )

    async def _give_back(self, path: str, manifest: Manifest) -> None:
        """Takes our fields off an object that somebody else made in the same moment."""
        metadata = {
            name: value
            for name, value in (("name", manifest.key.name), ("namespace", manifest.key.namespace))
            if value
        }
        empty = {
            "apiVersion": manifest.body["apiVersion"],
            "kind": manifest.body["kind"],
            "metadata": metadata,
        }
        await self._member.apply(path, encode(empty))

    async def _make(self, key: ResourceKey) -> None:
        """A namespace by POST, so that one that was there meanwhile is told apart."""
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": key.name}}
        sight = self._sight
        try:
            made = await self._member.create("/api/v1/namespaces", encode(body))
        except AlreadyThere:
            sight.namespaces.add(key.name)
            self._touch_namespace(key.name)
            return
        uid = dig(made, "metadata", "uid", default="")
        sight.record(Entry(key, "v1", uid, flags=(CREATED_NAMESPACE,)))
        sight.namespaces.add(key.name)
        sight.fresh.add(key.name)
        sight.looked.pop(key, None)
        self._touch_namespace(key.name)

    def _touch_namespace(self, name: str) -> None:
        self._sight.touched.add(ResourceKey("", "Namespace", "", name))
        self._sight.has_new_namespace = True

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

    def _failed(self, step: Step, error: ClusterError, digest: str) -> None:
        if isinstance(error, Throttled):
            raise error
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


def _places(fields: Sequence[Owned]) -> frozenset[str]:
    return frozenset(field.place for field in fields)


def _warnings(key: ResourceKey, applied: Applied) -> tuple[str, ...]:
    """What a member warned of; of a Secret nothing, for it may quote it."""
    if key[:2] == ("", "Secret"):
        return ()
    return tuple(each[:_LONGEST_WARNING] for each in applied.warnings[:_WARNINGS])


def _check_scope(key: ResourceKey, served: Served) -> None:
    """Refuses what would be another object on this member than the one that is wanted."""
    kind = key.group_kind
    if served.is_namespaced and not key.namespace:
        raise Rejected(str(key), f"{kind} has namespaces here: metadata.namespace is missing")
    if key.namespace and not served.is_namespaced:
        raise Rejected(str(key), f"{kind} has no namespaces here: remove metadata.namespace")
