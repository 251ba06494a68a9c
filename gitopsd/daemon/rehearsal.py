"""A REHEARSAL of a plan on the members themselves: every change as a dry run.

Comes in: the changes of a plan and the members that can be reached. Goes out: what each would say;
nothing is changed there.
What goes to a namespace that is not there yet is tried in `default` under a name that no object
has; what is of a kind that comes with the plan cannot be tried, and the plan says so.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gitopsd.core.plan import foreign, found_of, is_ours, probe
from gitopsd.core.plan.conflict import conflicting, judge
from gitopsd.core.plan.inventory import applyset_id
from gitopsd.core.plan.migration import removed
from gitopsd.core.review.rehearsed import Answer, Sort
from gitopsd.daemon.ledger import NAMESPACE
from gitopsd.daemon.preflight import preflight
from gitopsd.daemon.survey import reached
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body, dig, laid
from gitopsd.kube.wire import encode
from gitopsd.model.api import Discovery, Form, Served
from gitopsd.model.changes import Change
from gitopsd.model.config import Config
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import ActionKind
from gitopsd.model.errors import FieldConflict, Forbidden, GitopsdError, NotThere, ObjectError
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Loaded

_AT_ONCE = 8
_LONGEST_S = 120.0
_SCRATCH = "default"
_NO_DRY_RUN = "does not support dry run"

Own = Mapping[str, Sequence[Change]]


async def rehearse(
    changes: Iterable[Change], names: Iterable[str], loaded: Loaded, config: Config
) -> tuple[Answer, ...]:
    """What these members say of what would be made or changed on them, all asked at once.

    What could not be decrypted is not sent.
    """
    own: dict[str, list[Change]] = {name: [] for name in names if name in loaded.clusters}
    needed: dict[str, list[Change]] = {name: [] for name in own}
    unsent: list[Answer] = []
    for change in changes:
        if change.cluster not in own:
            continue
        if _is_sent(change) and change.key in loaded.sealed:
            words = "is encrypted, and there is no key: it was not tried"
            unsent.append(Answer(change.cluster, change.key, Sort.UNSURE, words))
            continue
        needed[change.cluster].append(change)
        if _is_sent(change):
            own[change.cluster].append(change)
    asked = [
        _of_member(name, loaded, config, (each, own[name])) for name, each in needed.items() if each
    ]
    answers = await asyncio.gather(*asked)
    return (*unsent, *(answer for some in answers for answer in some))


def _is_sent(change: Change) -> bool:
    manifest = change.after
    return manifest is not None and not manifest.suspended and manifest.claims.is_written


async def _of_member(
    name: str, loaded: Loaded, config: Config, changes: tuple[Sequence[Change], Sequence[Change]]
) -> Sequence[Answer]:
    """Whether all these changes are allowed, and what came of those that can be tried."""
    all_of_them, sent = changes
    way = reached(loaded.clusters[name], config, loaded.tokens.get(name))
    try:
        async with asyncio.timeout(_LONGEST_S), way as member:
            discovery = await member.discover()
            refused = await preflight(member, discovery, all_of_them)
            return [*refused, *await Rehearsal(member, discovery, config).all(sent)]
    except TimeoutError:
        words = f"did not answer to all dry runs within {_LONGEST_S:g} s"
    except GitopsdError as error:
        words = f"could not be asked for dry runs: {error.reason}"
    return [Answer(name, None, Sort.UNSURE, words)]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One member's answers; `discovery` is what it serves now."""

    member: Member
    discovery: Discovery
    config: Config

    async def all(self, changes: Sequence[Change]) -> Sequence[Answer]:
        """An answer for each change of which there is something to say."""
        arriving = {_defined(each.after.body) for each in changes if each.after}
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(change: Change) -> Sequence[Answer]:
            async with slots:
                return await self._one(change, arriving)

        return [each for found in await asyncio.gather(*map(one, changes)) for each in found]

    async def _one(self, change: Change, arriving: set[tuple[str, str]]) -> Sequence[Answer]:
        manifest = change.after
        assert manifest is not None
        key = change.key
        served = self.discovery.kinds.get(key[:2])
        if served is None:
            if key[:2] in arriving:
                words = "its kind comes with this plan, so only its schema could be checked"
                return [self._said(key, Sort.UNSURE, words)]
            words = f"the member does not serve {key.group_kind}"
            return [self._said(key, Sort.REFUSED, words)]
        try:
            if change.action is ActionKind.CREATE:
                found = await self._there(manifest, served)
                return await self._new(manifest, served) if found is None else found
            if change.action is ActionKind.RECREATE:
                return await self._probed(manifest, served, change.key.namespace)
            return await self._changed(manifest, served)
        except Forbidden:
            words = "dry runs are not allowed with these credentials"
            return [Answer(self.member.name, None, Sort.UNSURE, words)]
        except ObjectError as error:
            if _NO_DRY_RUN in error.reason:
                words = "a webhook does not support dry runs"
                return [self._said(key, Sort.UNSURE, words)]
            return [self._said(key, Sort.REFUSED, error.reason)]

    async def _there(self, manifest: Manifest, served: Served) -> Sequence[Answer] | None:
        """What is said of an object that is there already; None where there is none."""
        key = manifest.key
        path = served.path(key.namespace, key.name, manifest.version)
        try:
            body = await self.member.get(path, Form.METADATA)
        except NotThere:
            return None
        set_id = applyset_id(self.config.inventory_name, NAMESPACE)
        if is_ours(body, set_id):
            return await self._changed(manifest, served)
        outcome = foreign(key, manifest, found_of(body, set_id)).outcome
        if outcome is None:
            manager = self.config.field_manager
            whole = await self._made_whole(manifest, served)
            gone = removed(body, whole, manifest.claims, manager)
            words = "it is there already and would be adopted"
            words += f", which removes {', '.join(gone)}" if gone else ""
        else:
            words = f"{outcome.reason}: {outcome.message}"
        return [self._said(key, Sort.FOREIGN, words)]

    async def _made_whole(self, manifest: Manifest, served: Served) -> Body:
        """The body with what the server adds to it, which no adoption takes away."""
        key, body = manifest.key, probe(manifest.body)
        path = served.path(key.namespace, str(dig(body, "metadata", "name")), manifest.version)
        try:
            return (await self.member.apply(path, encode(body), dry_run=True)).body
        except ObjectError:
            return manifest.body

    async def _new(self, manifest: Manifest, served: Served) -> Sequence[Answer]:
        """Tried as it is; elsewhere where its namespace is missing."""
        key = manifest.key
        path = served.path(key.namespace, key.name, manifest.version)
        try:
            applied = await self.member.apply(path, encode(manifest.body), dry_run=True)
        except NotThere:
            if not key.namespace:
                raise
            return await self._probed(manifest, served, _SCRATCH)
        return self._warned(key, applied.warnings)

    async def _probed(self, manifest: Manifest, served: Served, namespace: str) -> Sequence[Answer]:
        """Tried under a name that no object has; what is said of it is said of its own name."""
        key, body = manifest.key, probe(manifest.body)
        if namespace:
            body = laid(body, namespace, "metadata", "namespace")
        name = str(dig(body, "metadata", "name"))
        path = served.path(namespace, name, manifest.version)
        try:
            applied = await self.member.apply(path, encode(body), dry_run=True)
        except ObjectError as error:
            words = error.reason.replace(name, key.name)
            raise type(error)(error.subject, words, retry=error.retry) from None
        return self._warned(key, applied.warnings)

    async def _changed(self, manifest: Manifest, served: Served) -> Sequence[Answer]:
        key = manifest.key
        path = served.path(key.namespace, key.name, manifest.version)
        try:
            applied = await self.member.apply(path, encode(manifest.body), dry_run=True)
        except FieldConflict as error:
            fields = conflicting(manifest.body, error.causes)
            ruling = judge(manifest.body, fields, manifest.claims)
            if ruling.refusal:
                return [self._said(key, Sort.REFUSED, ruling.refusal)]
            applied = await self.member.apply(path, encode(ruling.body), force=True, dry_run=True)
            yielded = [
                self._said(key, Sort.NOTED, f"left to others: {field}") for field in ruling.yielded
            ]
            taken = [
                self._said(key, Sort.NOTED, f"taken from others: {field}")
                for field in fields
                if field not in ruling.yielded
            ]
            return [*yielded, *taken, *self._warned(key, applied.warnings)]
        return self._warned(key, applied.warnings)

    def _warned(self, key: ResourceKey, warnings: Sequence[str]) -> Sequence[Answer]:
        """What the server warns of (deprecations); of a Secret nothing, for it may quote it."""
        if key[:2] == ("", "Secret"):
            return ()
        return [self._said(key, Sort.NOTED, warning) for warning in warnings]

    def _said(self, key: ResourceKey, sort: Sort, words: str) -> Answer:
        return Answer(self.member.name, key, sort, words)


def _defined(body: Body) -> tuple[str, str]:
    """Group and kind that a CustomResourceDefinition makes; empty for any other object."""
    return (
        str(dig(body, "spec", "group", default="")),
        str(dig(body, "spec", "names", "kind", default="")),
    )
