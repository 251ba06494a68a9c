"""A PLAN: the turn that would be taken, with nothing handed over and nothing published.

Comes in: where commits are read, and what is asked. Goes out: a `Preview`. Facts and what is
applied are those of the status branch, or, asked live, those of the members themselves; of a
cluster of which nothing is known the best is assumed, and the plan says so. The commit before is
decided first and on the same facts: it is what diffs are shown against, and what holds while
something of the new one cannot be read.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace

import msgspec

from gitopsd.core.changes import Applied, applied, changes, is_prunable, moves
from gitopsd.core.decide import GITOPSD, Cache, Options, decide
from gitopsd.core.gate import Gated, gate
from gitopsd.daemon.places import Place, Places
from gitopsd.daemon.prepare import Preparation
from gitopsd.daemon.survey import Terms, survey
from gitopsd.daemon.turn import divides_by_capacity
from gitopsd.edge import clock
from gitopsd.model.changes import Change, Changes, Preview
from gitopsd.model.cluster import Cluster, Facts
from gitopsd.model.config import Config
from gitopsd.model.decision import Decision, Manifest, Share
from gitopsd.model.delivery import Entry, Report
from gitopsd.model.errors import SourceError
from gitopsd.model.memory import Memory
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known, Snapshot

APPLIED = "what is applied"
Shares = Mapping[ResourceKey, tuple[Share, ...]]
_ASSUMED = Facts(assumed=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks: refs, empty for what is applied and for what one works on; live or not.

    `live` asks the members what they hold instead of the status branch.
    """

    base: str = ""
    head: str = ""
    live: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """All that a plan follows from. `before` is None where the commit before cannot be had.

    `is_from_commit` says that `before` itself is the base, whatever is applied. `options` say how
    is decided, and what runs scripts.
    """

    before: Snapshot | None
    after: Snapshot
    known: Known
    is_from_commit: bool
    options: Options = GITOPSD


async def previewed(
    places: Places, config: Config, asked: Asked, options: Options = GITOPSD
) -> Preview:
    """What would change, from the base to the head; nothing is touched."""
    memory, warnings = await _remembered(places, config, asked)
    landed = memory.history[0].commit if memory.history else ""
    head = await (places.named(asked.head, landed) if asked.head else places.head(landed))
    base = await places.named(asked.base, "") if asked.base else None
    former = base.tree if base else None
    if former is None and landed and landed != head.tree.commit:
        former = await places.perhaps(landed)
    with closing(Preparation(places.read, places.unseal)) as preparation:
        before = await preparation.snapshot(former) if former else None
        after = await preparation.snapshot(head.tree)
    warnings += await _behind(places, head, base.tree.commit if base else landed)
    clusters = {**(before.loaded.clusters if before else {}), **after.loaded.clusters}
    reports, failures = await _reports(clusters, memory, (places, config, asked, after))
    memory, guesses = _assuming(memory, clusters, reports)
    known = Known(reports, memory, clock.now())
    compared = Compared(before, after, known, base is not None, options)
    found = await asyncio.to_thread(compare, compared)
    return replace(
        found,
        base=base.words if base else APPLIED,
        head=head.words,
        warnings=(*warnings, *failures, *guesses),
    )


def compare(asked: Compared) -> Preview:
    """The plan itself: decided, compared and held against the guards."""
    known, cache = asked.known, Cache()
    was = None
    if asked.before is not None:
        was, cache = decide(asked.before, known, cache, asked.options)
    now, _ = decide(asked.after, known, cache, asked.options)
    if was is not None and asked.is_from_commit:
        base: Applied = {
            cluster: {key: each.hash for key, each in own.items()}
            for cluster, own in was.manifests.items()
        }
        shares: Shares = {key: each.assignment.shares for key, each in was.bindings.items()}
        known = replace(known, reports=_as_reports(base))
    else:
        base = applied(known)
        shares = _shares(known, now)
        known = replace(known, reports={**_as_reports(base), **known.reports})
    found = changes(base, now, moves(shares, now))
    gated = gate(asked.after, now, known, None)
    return Preview(
        replace(
            found,
            changes=tuple(_held(each, gated) for each in found.changes),
            before=_diffable(found, was, base),
        ),
        guards=_guards(gated),
    )


async def _remembered(
    places: Places, config: Config, asked: Asked
) -> tuple[Memory, tuple[str, ...]]:
    """What the status branch says, and what is to be said where it says nothing."""
    branch = config.status_branch
    try:
        memory = await places.memory(branch)
    except SourceError as error:
        if places.is_local:
            return Memory(), (f"branch {branch} could not be read: {error}",)
        raise
    if memory is None and not (asked.live or asked.base):
        return Memory(), (f"there is no branch {branch}: nothing is known to be applied",)
    return memory or Memory(), ()


async def _behind(places: Places, head: Place, commit: str) -> tuple[str, ...]:
    if not await places.lacks(head, commit):
        return ()
    return (
        f"{head.words} does not build on commit {commit[:12]}: what came in between is shown as "
        "taken back; merge or rebase first",
    )


async def _reports(
    clusters: Mapping[str, Cluster],
    memory: Memory,
    about: tuple[Places, Config, Asked, Snapshot],
) -> tuple[Mapping[str, Report], tuple[str, ...]]:
    """Reports of the members that answered, and words on the others."""
    places, config, asked, after = about
    if not asked.live:
        return {}, ()
    known = {name: each.facts for name, each in memory.clusters.items() if each.facts}
    measures = divides_by_capacity(after.loaded)
    found = await survey(clusters, Terms(config, places.urls, known, measures))
    return (
        {name: report for name, report in found.items() if report.reachable},
        tuple(
            f"{name}: {report.message}; "
            + ("what is remembered of it counts" if name in known else "nothing is known of it")
            for name, report in sorted(found.items())
            if not report.reachable
        ),
    )


def _assuming(
    memory: Memory, clusters: Mapping[str, Cluster], reports: Mapping[str, Report]
) -> tuple[Memory, tuple[str, ...]]:
    """Memory with the best assumed of every cluster without facts, and a word on these."""
    unknown = {
        name: replace(memory.clusters.get(name, cluster), facts=_ASSUMED)
        for name, cluster in sorted(clusters.items())
        if name not in reports
        and cluster.facts is None
        and (name not in memory.clusters or memory.clusters[name].facts is None)
    }
    if not unknown:
        return memory, ()
    words = f"assumed to be ready, with every API and room for all: {', '.join(unknown)}"
    known = {**memory.clusters, **unknown}
    return msgspec.structs.replace(memory, clusters=known), (words,)


def _as_reports(base: Applied) -> Mapping[str, Report]:
    """Members that hold just this, for the guards."""
    return {
        cluster: Report(
            cluster, True, inventory={key: Entry(key, "", hash=each) for key, each in own.items()}
        )
        for cluster, own in base.items()
    }


def _shares(known: Known, now: Decision) -> Shares:
    """What templates have: by memory, corrected by what members say of their share.

    Of what only a member knows the replicas are taken to be as decided now.
    """
    remembered = known.memory.templates
    found = {key: dict(each.shares) for key, each in remembered.items()}
    for cluster, report in known.reports.items():
        for key, entry in (report.inventory or {}).items():
            if not is_prunable(entry):
                continue
            if entry.share is not None:
                found.setdefault(key, {})[cluster] = entry.share
            elif key not in remembered and (share := _decided(now, key, cluster)) is not None:
                found.setdefault(key, {})[cluster] = share
    kept = {key for held in now.held.values() for key in held}
    return {
        key: tuple(Share(*each) for each in sorted(shares.items()))
        for key, shares in found.items()
        if key not in kept
    }


def _decided(now: Decision, key: ResourceKey, cluster: str) -> int | None:
    """A cluster's replicas as decided, 0 where it has none now; None for what is drawn along."""
    binding = now.bindings.get(key)
    if binding is None:
        return 0
    shares = dict(binding.assignment.shares)
    if cluster in binding.manifests and cluster not in shares:
        return None
    return shares.get(cluster, 0)


def _held(change: Change, gated: Gated) -> Change:
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


def _diffable(
    found: Changes, was: Decision | None, base: Applied
) -> Mapping[str, Mapping[ResourceKey, Manifest]]:
    """The manifests before of what changes, where they are known to be what is there."""
    if was is None:
        return {}
    before: dict[str, dict[ResourceKey, Manifest]] = {}
    for change in _changed(found.changes):
        manifest = was.manifests.get(change.cluster, {}).get(change.key)
        if manifest is not None and manifest.hash == base[change.cluster][change.key]:
            before.setdefault(change.cluster, {})[change.key] = manifest
    return before


def _changed(found: Iterable[Change]) -> Iterable[Change]:
    return (each for each in found if each.before and each.after is not None)
