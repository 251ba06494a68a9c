"""HOW OTHERS' FIELDS ARE MET: conflicts that are judged, objects that are adopted or only compared.

Comes in: a manifest, the path of its object and what a member refused. Goes out: requests, and
which fields were let be. Stands alone because most applies never come here.
"""

from dataclasses import replace

from gitopsd.core.plan import Step
from gitopsd.core.plan.conflict import REPLICAS, conflicting, is_taken, judge
from gitopsd.core.plan.differing import differing
from gitopsd.core.plan.drifting import giving_up
from gitopsd.core.plan.migration import migration
from gitopsd.core.plan.observed import Compared, state_of
from gitopsd.core.plan.owners import Owned
from gitopsd.core.plan.reclaiming import reclaiming
from gitopsd.core.plan.scaling import AUTOSCALER, targets
from gitopsd.daemon.sight import Sight
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body, dig, laid
from gitopsd.kube.wire import encode
from gitopsd.model.api import Applied, Form
from gitopsd.model.claims import Claims, Mode
from gitopsd.model.decision import Manifest
from gitopsd.model.errors import FieldConflict, NotThere, ObjectError, Rejected
from gitopsd.model.resource import ResourceKey

_JSON_PATCH = "application/json-patch+json"
_NO_DRY_RUN = "does not support dry run"
_FEW = 5


class Contest:
    """Meets what others own on one member; `sight` is what is known of it."""

    def __init__(self, member: Member, sight: Sight) -> None:
        self._member = member
        self._sight = sight

    async def judged(
        self, manifest: Manifest, path: str, body: Body, error: FieldConflict
    ) -> tuple[Applied, tuple[Owned, ...]]:
        """The apply again, by force, without the fields that others may keep, and these fields.

        The version that was read to judge it goes along, so a race is a Conflict.
        """
        live = await self._member.get(path, Form.METADATA)
        fields = conflicting(body, error.causes)
        claims = await self._claims(manifest, fields)
        ruling = judge(body, fields, claims)
        if ruling.refusal:
            raise FieldConflict(error.subject, ruling.refusal, causes=error.causes, status=409)
        version = dig(live, "metadata", "resourceVersion", default="")
        forced = laid(ruling.body, version, "metadata", "resourceVersion")
        applied = await self._member.apply(path, encode(forced), force=True)
        return applied, ruling.yielded

    async def adopt(self, manifest: Manifest, path: str) -> None:
        """Makes fields ours that people wrote by hand, before the object is applied."""
        live = await self._member.get(path, Form.METADATA)
        patch = migration(live, manifest.body, manifest.claims, self._sight.manager)
        if patch:
            await self._member.patch(path, encode(patch), _JSON_PATCH)

    async def reclaim(self, manifest: Manifest, path: str) -> tuple[Owned, ...]:
        """Makes ours what was put by hand where the manifest's is to be put back, and names both.

        Empty where there is nothing of the kind. Asked for where a member refuses both together.
        """
        live = await self._member.get(path, Form.METADATA)
        patch, drift = reclaiming(live, manifest, self._sight.manager)
        if patch:
            await self._member.patch(path, encode(patch), _JSON_PATCH)
        return drift

    async def compare(self, manifest: Manifest, path: str) -> None:
        """Looks at an object that is never written."""
        sight, key = self._sight, manifest.key
        state = state_of(sight.live.get(key))
        words = await self._found(manifest, path)
        sight.compared[key] = Compared(manifest.hash, state, words)
        sight.touched.add(key)

    async def _claims(self, manifest: Manifest, fields: tuple[Owned, ...]) -> Claims:
        """What is claimed, without fights that were given up and without what is autoscaled."""
        repairs = self._sight.repairs.get(manifest.key)
        done = repairs.done if repairs and repairs.hash == manifest.hash else ()
        claims = giving_up(manifest.claims, done)
        asks = any(each.place == REPLICAS and is_taken(each, claims) for each in fields)
        if asks and REPLICAS not in claims.forced and await self._is_scaled(manifest.key):
            return replace(claims, yielded=(*claims.yielded, REPLICAS))
        return claims

    async def is_autoscaled(self, step: Step) -> bool:
        """Whether all that drifted is a number that an autoscaler of the member is there for.

        Its own writes tell of it; what a person set beside it does not, to a new process.
        """
        if {each.place for each in step.drift} != {REPLICAS} or step.manifest is None:
            return False
        return REPLICAS not in step.manifest.claims.forced and await self._is_scaled(step.key)

    async def _is_scaled(self, key: ResourceKey) -> bool:
        """Whether a HorizontalPodAutoscaler of the member sets the replicas of this workload."""
        if key in self._sight.scaled:
            return True
        served = self._sight.served(AUTOSCALER)
        if served is None:
            return False
        try:
            listing = await self._member.list(served.path(key.namespace), form=Form.FULL)
        except ObjectError:
            return False
        return key in targets(listing.items)

    async def _found(self, manifest: Manifest, path: str) -> str:
        is_compared = manifest.claims.mode is Mode.OBSERVE
        try:
            live = await self._member.get(path)
        except NotThere:
            return "it is not there; it would be created" if is_compared else "it is not there"
        if not is_compared:
            return "it is there"
        try:
            data = encode(manifest.body)
            applied = await self._member.apply(path, data, force=True, dry_run=True)
        except Rejected as error:
            if _NO_DRY_RUN in error.reason:
                return "it is there; a webhook does not support the dry run that would compare it"
            raise
        places = differing(live, applied.body)
        if not places:
            return "it is as declared"
        more = f" and {len(places) - _FEW} more" if len(places) > _FEW else ""
        return f"it would change at {', '.join(places[:_FEW])}{more}"
