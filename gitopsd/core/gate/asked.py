"""What one member is asked to do: its scope without all that is held back, and why it is.

Comes in: the scope, the commit, and the `Brakes`. Goes out: its `Wanted`, the very same as before
where nothing of it is another.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gitopsd.core.gate.canary import Canary
from gitopsd.core.gate.guards import Tripped
from gitopsd.core.gate.moving import Moving
from gitopsd.core.gate.scope import Scope
from gitopsd.core.gate.stages import Held
from gitopsd.core.held import is_silent
from gitopsd.core.keepers import keeper
from gitopsd.core.kinds.volumes import allows_loss
from gitopsd.core.same import is_unchanged
from gitopsd.model.decision import CANARY, Decision, Manifest, Wanted
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Loaded, Snapshot

_NO_HOOKS: Mapping[ResourceKey, Manifest] = {}
_BY_IDENTITY = frozenset({"manifests", "hooks"})


@dataclass(frozen=True, slots=True, eq=False)
class Brakes:
    """What holds members back: guards, copies that must be elsewhere first, the canary, stages.

    `guarded` and `held` are by cluster. `alone` are the deletions that were each approved by
    itself.
    """

    guarded: Mapping[str, Tripped]
    waits: Moving
    canary: Canary
    held: Mapping[str, Held]
    alone: frozenset[str] = frozenset()


def asked(
    scope: Scope, of: tuple[Snapshot, Decision], brakes: Brakes, before: Wanted | None
) -> Wanted:
    """What a member is to do now; `before` itself where that is the same."""
    snapshot, decision = of
    now = _staged(_wanted(scope, decision, brakes), brakes.held.get(scope.cluster))
    now = _allowing(_as_told(now, snapshot), scope, brakes.alone)
    now = _while_rendering(now, scope, snapshot.loaded)
    return before if before is not None and is_unchanged(before, now, _BY_IDENTITY) else now


def _wanted(scope: Scope, decision: Decision, brakes: Brakes) -> Wanted:
    """What a member is to do, with what holds each deletion that may not happen, and why."""
    name, waits, canary = scope.cluster, brakes.waits, brakes.canary
    trip = brakes.guarded.get(name)
    now = canary.open.get(name, frozenset())
    moves = waits.waiting.get(name, {})
    reasons: dict[str, str] = {}
    if trip is not None:
        guarded = dict.fromkeys(sorted(scope.deletions), trip.guard)
        reasons[trip.guard] = trip.reason
    else:
        late = sorted(scope.deletions - now)
        guarded = {key: waits.why if key in moves else CANARY for key in late}
        if moves:
            reasons[waits.why] = next(iter(moves.values()))
        if CANARY in guarded.values():
            first = canary.round.cluster
            reasons[CANARY] = (
                f"{first} deletes first; the others follow when it is done and as well as before"
                if first
                else "no member that deletes the same is reachable, so none can go first"
            )
    return Wanted(
        cluster=name,
        commit=decision.commit,
        manifests=scope.wanted,
        deletions=now & scope.prunes,
        recreations=now & scope.recreated,
        releases=scope.releases,
        guarded=guarded,
        reasons=reasons,
        kept=scope.held,
        hooks=decision.hooks.get(name, _NO_HOOKS),
        is_last=decision.clusters[name].leaving and scope.is_empty,
    )


def _staged(wanted: Wanted, held: Held | None) -> Wanted:
    """The same without what is held: neither made, changed nor deleted, and no hook runs."""
    if held is None:
        return wanted
    return replace(
        wanted,
        guarded={**wanted.guarded, **dict.fromkeys(sorted(held.keys), held.word)},
        reasons={**wanted.reasons, held.word: held.reason},
        hooks=_NO_HOOKS,
    )


def _while_rendering(wanted: Wanted, scope: Scope, loaded: Loaded) -> Wanted:
    """The same, where something is being rendered with nothing let go for being absent."""
    if not loaded.rendering:
        return wanted
    why = dict.fromkeys(scope.runs, f"{min(loaded.rendering)} is being rendered")
    return replace(wanted, releases=frozenset(), kept={**why, **wanted.kept})


def _allowing(wanted: Wanted, scope: Scope, alone: frozenset[str]) -> Wanted:
    """The same, and what was approved by itself may be made anew."""
    keys = frozenset(key for key in scope.refused if f"{scope.cluster}/{key.id}" in alone)
    return replace(wanted, recreations=wanted.recreations | keys) if keys else wanted


def _as_told(wanted: Wanted, snapshot: Snapshot) -> Wanted:
    """The same with what the repository says besides: whose sets come first, and of deletions whose
    template it still holds. Where nothing is wanted any more no set comes first.
    """
    if not wanted.is_nothing:
        after = snapshot.loaded.configuration.after
        wanted = replace(wanted, after=None if is_silent(snapshot.loaded) else after)
    templates = snapshot.loaded.templates
    bodies = {key: templates[key].body for key in wanted.deletions if key in templates}
    if not bodies:
        return wanted
    return replace(
        wanted,
        expendable=frozenset(key for key, body in bodies.items() if allows_loss(body)),
        protected={key: word for key, body in bodies.items() if (word := keeper(body))},
    )
