"""A PLAN: the turn that would be taken, with nothing handed over and nothing published.

Comes in: where commits are read, and what is asked. Goes out: a `Preview`. A proposal is planned as
it would be merged into its base. Facts and what is applied are those of the status branch, or,
asked live, those of the members themselves; of a cluster of which nothing is known the best is
assumed, and the plan says so. What all that comes to is `core/review`. What talks to members is
loaded where they are asked.
"""

import asyncio
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace

import msgspec

from gitopsd.core.decide import Options
from gitopsd.core.review.compare import Compared, compare
from gitopsd.core.review.findings import NOTHING, unmergeable
from gitopsd.core.review.rehearsed import rehearsed
from gitopsd.core.review.whatif import Supposed, chosen, suppose
from gitopsd.core.schedule.capacity import divides_by_capacity
from gitopsd.daemon.places import Place, Places
from gitopsd.daemon.prepare import Preparation
from gitopsd.edge import clock
from gitopsd.model.changes import Preview
from gitopsd.model.cluster import Cluster, Facts
from gitopsd.model.config import Config
from gitopsd.model.delivery import Report
from gitopsd.model.errors import SourceError, UsageError
from gitopsd.model.memory import Memory
from gitopsd.model.snapshot import Known, Snapshot

APPLIED = "what is applied"
_ASSUMED = Facts(assumed=True)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a person asks: refs, empty for what is applied and for what one works on; live or not.

    `live` asks the members what they hold instead of the status branch, and, where `measures` or a
    policy asks for it, how much room they have. `added` is a Cluster that the head has not: the
    plan is then what it alone would change.
    """

    base: str = ""
    head: str = ""
    live: bool = False
    measures: bool = False
    added: Cluster | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """All that was read. `said` is a Preview of nothing yet, with the words around it.

    `compared` is None where there is nothing to compare: then `said` has the Problems.
    """

    said: Preview
    compared: Compared | None = None


async def previewed(places: Places, config: Config, asked: Asked, options: Options) -> Preview:
    """What would change, from the base to the head; nothing is touched."""
    found = await gathered(places, config, asked, options)
    if found.compared is None:
        return found.said
    seen, said = await asyncio.to_thread(compare, found.compared), found.said
    if asked.live:
        from gitopsd.daemon.rehearsal import rehearse

        reports, loaded = found.compared.known.reports, found.compared.after.loaded
        seen = rehearsed(seen, await rehearse(seen.changes.changes, reports, loaded, config))
    return replace(seen, base=said.base, head=said.head, warnings=(*said.warnings, *seen.warnings))


async def supposed(
    places: Places, about: tuple[Config, Asked], down: str, options: Options
) -> Supposed:
    """What would become of the head's workloads if these clusters failed.

    Raises UsageError for words that mean no cluster, SourceError for a head that cannot be had.
    """
    found = await gathered(places, *about, options)
    compared = found.compared
    if compared is None:
        raise SourceError(found.said.head, "conflicts with the base; merge or rebase first")
    try:
        names = chosen(down, compared.after.loaded.clusters)
    except ValueError as error:
        raise UsageError("--what-if", str(error)) from None
    return await asyncio.to_thread(suppose, compared, names)


async def gathered(places: Places, config: Config, asked: Asked, options: Options) -> Gathered:
    """Commits, facts and what is applied, as a plan needs them."""
    memory, warnings = await _remembered(places, config, asked)
    landed = memory.history[0].commit if memory.history else ""
    head = await (places.named(asked.head, landed) if asked.head else places.head(landed))
    base = await places.named(asked.base, "") if asked.base else None
    if base and asked.head:
        head = await places.merged(base, head)
    said = Preview(NOTHING, base.words if base else APPLIED, head.words, at=clock.now())
    if head.conflicts:
        return Gathered(replace(said, changes=unmergeable(head.conflicts)))
    former = base.tree if base else None
    if former is None and landed and landed != head.tree.commit:
        former = await places.perhaps(landed)
    preparing = Preparation(places.read, places.unseal, instance=config.instance)
    with closing(preparing) as preparation:
        before = await preparation.snapshot(former) if former else None
        after = await preparation.snapshot(head.tree)
    warnings += await _behind(places, head, base.tree.commit if base else landed)
    if asked.added is not None:
        before, after = after, _with(after, asked.added)
        words = f"the same with Cluster {asked.added.name}"
        said = replace(said, base=head.words, head=words)
    clusters = {**(before.loaded.clusters if before else {}), **after.loaded.clusters}
    reports, failures = await _reports(clusters, memory, (places, config, asked, after))
    memory, guesses = _assuming(memory, clusters, reports)
    known = Known(reports, memory, clock.now())
    is_from_commit = base is not None or asked.added is not None
    return Gathered(
        replace(said, warnings=(*warnings, *failures, *guesses)),
        Compared(before, after, known, is_from_commit, options),
    )


def _with(snapshot: Snapshot, cluster: Cluster) -> Snapshot:
    clusters = dict(sorted({**snapshot.loaded.clusters, cluster.name: cluster}.items()))
    return replace(snapshot, loaded=replace(snapshot.loaded, clusters=clusters))


async def _remembered(
    places: Places, config: Config, asked: Asked
) -> tuple[Memory, tuple[str, ...]]:
    """What the status branch says, and what is to be said where it says nothing."""
    branch = config.status_branch
    try:
        memory, words = await places.memory(branch)
    except SourceError as error:
        if places.is_local:
            return Memory(), (f"branch {branch} could not be read: {error}",)
        raise
    if memory is None and not (asked.live or asked.base):
        return Memory(), (f"there is no branch {branch}: nothing is known to be applied",)
    return memory or Memory(), ((words,) if words else ())


async def _behind(places: Places, head: Place, commit: str) -> tuple[str, ...]:
    if head.is_part:
        return (f"all of {head.words} is part of the base already: there is nothing to merge",)
    if head.is_merged or not await places.lacks(head, commit):
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
    from gitopsd.daemon.survey import Terms, survey

    known = {name: each.facts for name, each in memory.clusters.items() if each.facts}
    measures = asked.measures or divides_by_capacity(after.loaded.policies)
    terms = Terms(config, places.urls, known, measures, after.loaded.tokens)
    found = await survey(clusters, terms)
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
