"""What a proposal would do, from two commits and what is known: the plan itself, as a value.

Comes in: the snapshot before and the one after, facts, what is applied. Goes out: a `Preview`. Both
are decided on the same facts; the one before is what differences are shown against, and what holds
while something of the new one cannot be read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from gitopsd.core.changes import Applied, applied, changes, entry_in, is_prunable, word_of
from gitopsd.core.changes.moves import Shares, Turning, moves
from gitopsd.core.changes.spaces import new_namespaces
from gitopsd.core.decide import GITOPSD, Cache, Options, decide
from gitopsd.core.gate import Gated, gate
from gitopsd.core.gate.forecast import forecast
from gitopsd.core.review.hooked import hooked
from gitopsd.core.review.losses import losses as losses_of
from gitopsd.core.review.narrowed import narrowed
from gitopsd.core.review.remarks import (
    awaited,
    fixed,
    kept,
    left_alone,
    moving,
    refused,
    released,
    suspended,
    taken_over,
)
from gitopsd.model.changes import Change, Changes, Preview
from gitopsd.model.cluster import Cluster
from gitopsd.model.decision import REFUSED, Decision, Manifest, Share
from gitopsd.model.delivery import Report
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import ResourceKey
from gitopsd.model.rollout import NO_ROLLING, Rolling
from gitopsd.model.snapshot import Known, Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """All that a plan follows from. `before` is None where the commit before cannot be had.

    `is_from_commit` says that `before` itself is the base, whatever is applied. `options` say how
    is decided, and what runs scripts. `cache` is what a decision left, as for `decide`: that of
    `before` saves the most.
    """

    before: Snapshot | None
    after: Snapshot
    known: Known
    is_from_commit: bool
    options: Options = GITOPSD
    cache: Cache = field(default_factory=Cache)


def compare(asked: Compared) -> Preview:
    """The plan: decided, compared and held against the guards."""
    known, cache = asked.known, asked.cache
    was = None
    if asked.before is not None:
        was, cache = decide(asked.before, known, cache, asked.options)
    # The cache lives on: verdicts are put into words by what is in it.
    now, cache = decide(asked.after, known, cache, asked.options)
    if was is not None and asked.is_from_commit:
        base: Applied = {
            cluster: {key: word_of(each) for key, each in own.items()}
            for cluster, own in was.manifests.items()
        }
        shares: Shares = {key: each.assignment.shares for key, each in was.bindings.items()}
        known = replace(known, reports=_as_reports(base))
    else:
        base = applied(known)
        shares = _shares(known, now)
        unheard = {name: own for name, own in base.items() if name not in known.reports}
        known = replace(known, reports={**_as_reports(unheard), **known.reports})
    found = changes(base, now, moves(shares, Turning(was, now, asked.after.loaded)))
    gated = gate(asked.after, now, known, None)
    losses = tuple(losses_of(found, was, asked.after))
    return Preview(
        replace(
            found,
            changes=tuple(_held(each, gated) for each in found.changes),
            before=_diffable(found, was),
        ),
        guards=_guards(gated),
        warnings=(
            *losses,
            *narrowed(found, was),
            *refused(gated),
            *awaited(found, gated),
            *moving(gated),
            *kept(now),
            *suspended(base, now),
            *released(base, now),
            *fixed(found),
            *taken_over(found),
            *left_alone(base, now, _clusters(asked)),
        ),
        losses=losses,
        hooks=hooked(found, was, now),
        brings_trouble=_brings_trouble(asked, (was, now), gated, known),
        namespaces=new_namespaces(_there(known), now),
        at=known.now,
        stages=forecast(asked.after, now, known, _rolling(asked)),
    )


def _rolling(asked: Compared) -> Rolling:
    """How far the change that is delivered now is; nothing of it counts between two commits."""
    return NO_ROLLING if asked.is_from_commit else asked.known.memory.gating.rolling


def _clusters(asked: Compared) -> Mapping[str, Cluster]:
    """Every Cluster that was there before, as far as it is known."""
    former = asked.before.loaded.clusters if asked.before else {}
    return {**asked.known.memory.clusters, **former}


def _as_reports(base: Applied) -> Mapping[str, Report]:
    """Members that hold just this, for the guards."""
    return {
        cluster: Report(
            cluster, True, inventory={key: entry_in(key, word) for key, word in own.items()}
        )
        for cluster, own in base.items()
    }


def _there(known: Known) -> Mapping[str, Iterable[ResourceKey]]:
    """What members hold of ours, namespaces made for others among it."""
    return {name: each.inventory or {} for name, each in known.reports.items()}


def _shares(known: Known, now: Decision) -> Shares:
    """What templates have: by memory, corrected by what members say of their share.

    Of what only a member knows the replicas are taken to be as decided now.
    """
    remembered = known.memory.templates
    found = {key: dict(each.shares) for key, each in remembered.items()}
    decided: dict[ResourceKey, Mapping[str, int | None]] = {}
    for cluster, report in known.reports.items():
        for key, entry in (report.inventory or {}).items():
            if not is_prunable(entry):
                continue
            if entry.share is not None:
                found.setdefault(key, {})[cluster] = entry.share
            elif key not in remembered:
                if key not in decided:
                    decided[key] = _decided(now, key)
                if (share := decided[key].get(cluster, 0)) is not None:
                    found.setdefault(key, {})[cluster] = share
    return {
        key: tuple(Share(*each) for each in sorted(shares.items())) for key, shares in found.items()
    }


def _decided(now: Decision, key: ResourceKey) -> Mapping[str, int | None]:
    """Clusters that get an object now, with the replicas; None where it is drawn along."""
    binding = now.bindings.get(key)
    if binding is None:
        return {}
    return {**dict.fromkeys(binding.manifests), **dict(binding.assignment.shares)}


def _held(change: Change, gated: Gated) -> Change:
    wanted = gated.wanted.get(change.cluster)
    if wanted is not None and wanted.guarded.get(change.key) == REFUSED:
        return replace(change, held=REFUSED)
    trips = {trip.cluster: trip for trip in gated.tripped}
    trip = trips.get(change.cluster)
    if trip is None or change.key not in trip.deletions:
        return change
    return replace(change, held=trip.guard)


def _guards(gated: Gated) -> tuple[str, ...]:
    """A sentence for each guard and reason, with all its clusters."""
    clusters: dict[tuple[str, str], list[str]] = {}
    for trip in gated.tripped:
        clusters.setdefault((trip.guard, trip.reason), []).append(trip.cluster)
    return tuple(
        f"{guard} on {', '.join(names)}: {reason}" for (guard, reason), names in clusters.items()
    )


def _brings_trouble(
    asked: Compared, decisions: tuple[Decision | None, Decision], gated: Gated, known: Known
) -> bool:
    """Whether something is wrong, or held by a guard, that was not so before."""
    was, now = decisions
    if asked.before is None or was is None:
        return True
    if not _errors(now) <= _errors(was):
        return True
    if not gated.tripped:
        return False
    held = {each.cluster: each.deletions for each in gate(asked.before, was, known, None).tripped}
    return any(not each.deletions <= held.get(each.cluster, frozenset()) for each in gated.tripped)


def _errors(decision: Decision) -> frozenset[Problem]:
    """The errors of a commit, wherever in their files they stand."""
    return frozenset(
        msgspec.structs.replace(each, line=0)
        for each in decision.problems
        if each.severity is Severity.ERROR
    )


def _diffable(found: Changes, was: Decision | None) -> Mapping[str, Mapping[ResourceKey, Manifest]]:
    """The manifests before of what changes, where they are known to be what is there."""
    if was is None:
        return {}
    before: dict[str, dict[ResourceKey, Manifest]] = {}
    for change in found.changes:
        if not change.before or change.after is None:
            continue
        manifest = was.manifests.get(change.cluster, {}).get(change.key)
        if manifest is not None and manifest.hash == change.before:
            before.setdefault(change.cluster, {})[change.key] = manifest
    return before
