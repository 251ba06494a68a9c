"""DOOR 4: what a turn decided and what the members report, as the files of both branches.

Comes in: a snapshot, its decision, what the members were asked, what is known, and what the last
call left. Goes out: a `Summary`, and what the next call may reuse. Cost follows change: a binding
whose decision and outcomes are the same objects keeps its bytes, a manifest that clusters share is
written out once. Nothing ticks: there is *since when*, never *for how long*.

One file here per file of the branch: `readme`, `status`, `clusters`, `bindings` (and `templates`,
which keeps them), `problems`, `memory` (and `remembering`), `rendered`. `reading` takes them back,
`renewing` is what the process itself remembers, `standing` the verdict, `paths` the names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gitopsd import __version__
from gitopsd.core.kinds import NATIVE, Interpreter
from gitopsd.core.summary import (
    approvals,
    clusters,
    memory,
    paths,
    problems,
    readme,
    remembering,
    rendered,
    status,
    templates,
)
from gitopsd.core.summary.clusters import ClusterFile
from gitopsd.core.summary.reading import (
    read_bindings,
    read_clusters,
    read_facts,
    read_memory,
    read_problems,
    read_status,
)
from gitopsd.core.summary.remembering import Remembering
from gitopsd.core.summary.rendered import Folder
from gitopsd.core.summary.renewing import renewed
from gitopsd.core.summary.standing import Member, lacking, members, overall, standing
from gitopsd.core.summary.standing import problems as mistakes
from gitopsd.core.summary.templates import Template
from gitopsd.kube import yaml
from gitopsd.model.decision import Decision, Wanted
from gitopsd.model.delivery import Report
from gitopsd.model.gating import Gating
from gitopsd.model.memory import Landed, Memory
from gitopsd.model.page import ClusterLine, Page, Workload, figures
from gitopsd.model.resource import ResourceKey
from gitopsd.model.rollout import StageLine
from gitopsd.model.snapshot import Known, Snapshot, Tree
from gitopsd.model.summary import Summary

__all__ = [
    "Cache",
    "lacking",
    "message",
    "read_bindings",
    "read_clusters",
    "read_facts",
    "read_memory",
    "read_problems",
    "read_status",
    "renewed",
    "standing",
    "summarise",
]

HISTORY = 10


@dataclass(frozen=True, slots=True, eq=False)
class Cache:
    """What one call leaves to the next; with an empty one all is made anew, to the same bytes."""

    reports: Mapping[str, Report] = field(default_factory=dict)
    members: Mapping[str, Member] = field(default_factory=dict)
    clusters: Mapping[str, ClusterFile] = field(default_factory=dict)
    templates: Mapping[ResourceKey, Template] = field(default_factory=dict)
    remembering: Remembering = field(default_factory=Remembering)
    rendered: Mapping[str, Folder] = field(default_factory=dict)
    history: tuple[Landed, ...] = ()


def summarise(
    snapshot: Snapshot,
    decision: Decision,
    wanted: Mapping[str, Wanted],
    known: Known,
    cache: Cache,
    kinds: Interpreter = NATIVE,
) -> tuple[Summary, Cache]:
    """The files of both branches as this turn leaves them, sorted and the same for the same input.

    `kinds` knows how statuses are summed, with the commit's scripts. Without news since the last
    call the files are the very same bytes objects.
    """
    last = templates.Before(cache.templates, cache.reports, cache.remembering.applied)
    own = templates.files(decision, known, last, kinds)
    remembered = remembering.files(
        {key: each.remembered for key, each in own.items()},
        tuple(sorted(decision.clusters)),
        known,
        cache.remembering,
    )
    now = Cache(
        reports=known.reports,
        members=members(wanted, known.reports, remembered.applied, cache.members),
        clusters=clusters.files(decision, known, cache.clusters),
        templates=own,
        remembering=remembered,
        rendered=rendered.folders(wanted, cache.rendered),
        history=_history(snapshot.tree, cache.history or known.memory.history),
    )
    page = _page(snapshot, decision, now, known.memory.gating.rolling.stages)
    files = {
        paths.README: readme.text(page).encode(),
        paths.STATUS: _dump(status.body_of(page, snapshot.tree.branch, len(own))),
        paths.PROBLEMS: _dump(problems.file(page.troubles)),
        **{paths.of_cluster(name): each.data for name, each in now.clusters.items()},
        **{each.path: each.data for each in own.values()},
        **{paths.of_memory(space): data for space, data in now.remembering.files.items()},
        **_gating(known.memory.gating),
        **approvals.files(known.memory.approvals),
    }
    title = now.history[0].title if now.history else ""
    summary = Summary(
        page=page,
        status=dict(sorted(files.items())),
        rendered={
            path: data for each in now.rendered.values() for path, data in each.files.items()
        },
        memory=_memory(now, known),
        title=f"{page.standing.phase.value}: {decision.commit[:12]} {title}".rstrip(),
        clusters=tuple(_lines(page)),
    )
    return summary, now


def message(summary: Summary, commit: str) -> str:
    """The message of a commit on either branch: a title, a line per cluster, our trailers."""
    return (
        f"{summary.title}\n\n"
        + "".join(f"{line}\n" for line in summary.clusters)
        + f"\nSource-Commit: {commit}\nGitopsd-Version: {__version__}\n"
    )


def _page(
    snapshot: Snapshot, decision: Decision, now: Cache, stages: tuple[StageLine, ...]
) -> Page:
    found = mistakes(snapshot, decision)
    over = problems.held_over(snapshot, decision)
    told = [
        problem
        for member in now.members.values()
        for problem in (
            *problems.of_member(member.wanted, member.report),
            *problems.held(member.wanted, member.report, over),
        )
    ]
    return Page(
        commit=decision.commit,
        standing=overall(found, now.members, is_rendered=not snapshot.loaded.rendering),
        clusters=[_row(each, now.reports.get(name)) for name, each in now.clusters.items()],
        workloads=[
            Workload(key, each.members)
            for key, each in now.templates.items()
            if each.binding.need.is_workload
        ],
        troubles=problems.grouped([*found, *told]),
        history=now.history,
        refused=snapshot.tree.refused,
        stages=stages,
    )


def _row(file: ClusterFile, report: Report | None) -> ClusterLine:
    return ClusterLine(
        name=file.cluster.name,
        version=file.facts.kubernetes_version if file.facts else "",
        is_reachable=report is not None and report.reachable,
        is_known=report is not None,
        region=file.cluster.region,
        provider=file.cluster.provider,
    )


def _gating(gating: Gating) -> Mapping[str, bytes]:
    return {paths.GATING: memory.gating_file(gating)} if gating != Gating() else {}


def _memory(now: Cache, known: Known) -> Memory:
    return Memory(
        clusters={name: each.shown for name, each in now.clusters.items()},
        templates={
            key: line.remembered
            for key, line in now.remembering.lines.items()
            if line.remembered is not None
        },
        applied=now.remembering.applied,
        history=now.history,
        gating=known.memory.gating,
        approvals=known.memory.approvals,
    )


def _history(tree: Tree, before: tuple[Landed, ...]) -> tuple[Landed, ...]:
    """The commits acted on, newest first; a work tree has none."""
    if not tree.commit:
        return before
    landed = Landed(
        commit=tree.commit,
        title=tree.message.strip().partition("\n")[0][:100],
        author=tree.author,
        time=tree.time.isoformat(timespec="seconds") if tree.time else "",
        signer=tree.seal.signer if tree.seal else "",
        key=tree.seal.key if tree.seal else "",
    )
    if before and before[0] == landed:
        return before
    older = before[1:] if before and before[0].commit == tree.commit else before
    return (landed, *older)[:HISTORY]


def _lines(page: Page) -> Iterable[str]:
    for row in page.clusters:
        count = page.standing.counts.get(row.name)
        if count is not None:
            away = "" if row.is_reachable else ", not reachable"
            yield f"{row.name}: {figures(count)}{away}"


def _dump(body: object) -> bytes:
    return yaml.dump(body).encode()
