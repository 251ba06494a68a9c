"""HOW AN OBJECT IS APPLIED: what is left to the member, what is asked first, what was refused.

Comes in: a step with its manifest. Goes out: mostly one request, and what it means, noted. Stands
alone because it is the one deed that takes from others.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from gitopsd.core.definitions import CRD, refusal
from gitopsd.core.kinds import Misread
from gitopsd.core.plan import Deed, Step, found_of, retained, retains, tracked
from gitopsd.core.plan.ignored import is_read_first, spared
from gitopsd.core.plan.owners import Owned
from gitopsd.daemon import plainly
from gitopsd.daemon.asking import LONGEST_S
from gitopsd.daemon.contest import Contest
from gitopsd.daemon.noting import Noting
from gitopsd.daemon.recreating import Recreating
from gitopsd.daemon.sight import Sight
from gitopsd.edge.lane import Lane, Overdue
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body, dig
from gitopsd.kube.wire import encode
from gitopsd.model.api import Applied, Served
from gitopsd.model.decision import Manifest
from gitopsd.model.errors import FieldConflict, NotThere, ObjectError, Rejected


class Applying:
    """Applies objects of one member; in `lane` scripts are asked."""

    def __init__(self, member: Member, sight: Sight, lane: Lane) -> None:
        self._member = member
        self._sight = sight
        self._lane = lane
        self._contest = Contest(member, sight)
        self._recreating = Recreating(member, sight)
        self._noting = Noting(member.name, sight)

    async def do(self, step: Step, manifest: Manifest, served: Served) -> bool:
        """Applies it and notes what came of it; raises what the member answers.

        False where it is to be looked at again before it is applied: somebody else made the object
        in the same moment, whose fields are not taken, it is about to be made anew, or all is well.
        """
        sight, key = self._sight, step.key
        if await self._contest.is_autoscaled(step):
            self._noting.let_be(key, manifest)
            return False
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
        send = partial(self._sent, step, manifest, body, served)
        try:
            applied, yielded = await send()
        except FieldConflict:
            if step.deed is not Deed.CREATE:
                raise
            # Somebody was faster: whose it is must be looked up before anything is taken.
            sight.fresh.discard(key.namespace)
            sight.looked.pop(key, None)
            return False
        except Rejected as error:
            if step.deed is not Deed.CHANGE:
                raise
            if step.drift and (drift := await self._contest.reclaim(manifest, path)):
                step = replace(step, drift=drift)
                applied, yielded = await send()
            elif (answer := await self._recreating.refused(step, body, served, error)) is None:
                return False
            else:
                applied = answer
        if step.deed is Deed.CREATE and not applied.is_created and not self._is_own(applied.body):
            await self._give_back(path, manifest)
            sight.looked[key] = found_of(applied.body, sight.set_id)
            return False
        live = sight.answered(key, applied.body, served)
        corrected = tuple(each for each in step.drift if each.place not in _places(yielded))
        self._noting.applied(replace(step, drift=corrected), manifest, applied, live)
        return True

    async def _sent(
        self, step: Step, manifest: Manifest, body: Body, served: Served
    ) -> tuple[Applied, tuple[Owned, ...]]:
        """The answer to an apply, and the fields that were left to others because they own them."""
        path = served.path(step.key.namespace, step.key.name, manifest.version)
        try:
            return await plainly.applied(self._member, path, body, served), ()
        except FieldConflict as error:
            if step.deed is Deed.CREATE:
                raise
            return await self._contest.judged(manifest, path, body, error)

    async def compare(self, manifest: Manifest, served: Served) -> None:
        """Looks at an object that is never written."""
        key = manifest.key
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


def _places(fields: Sequence[Owned]) -> frozenset[str]:
    return frozenset(field.place for field in fields)
