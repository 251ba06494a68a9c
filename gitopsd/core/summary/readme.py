"""`README.md`: the status branch on one page, for people.

Comes in: what the other files say, already worked out. Goes out: Markdown. It stays readable for
large fleets: where there are many clusters or workloads it says how many more the folders hold.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gitopsd.core.summary import paths
from gitopsd.core.summary.problems import Trouble
from gitopsd.kube.body import Body
from gitopsd.model.memory import Landed
from gitopsd.model.resource import ResourceKey
from gitopsd.model.summary import Count, Phase, Standing

MOST_COLUMNS = 12
MOST_ROWS = 200
MOST_TROUBLES = 50

_SIGN = {Phase.SYNCED: "✅", Phase.PROGRESSING: "⏳", Phase.DEGRADED: "❌"}


@dataclass(frozen=True, slots=True)
class ClusterLine:
    """One row of the clusters' table."""

    name: str
    version: str
    is_reachable: bool
    is_known: bool
    region: str
    provider: str


@dataclass(frozen=True, slots=True)
class Workload:
    """One row of the workloads' table; `members` are the lines of its binding file."""

    key: ResourceKey
    members: tuple[Body, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """All that the page shows, in the order it shows it."""

    commit: str
    standing: Standing
    clusters: Sequence[ClusterLine]
    workloads: Sequence[Workload]
    troubles: Sequence[Trouble]
    history: Sequence[Landed]


def text(page: Page) -> str:
    """The whole page."""
    phase = page.standing.phase
    parts = [
        f"# {_SIGN[phase]} {phase.value}",
        "",
        sentence(page.standing, [line.is_reachable for line in page.clusters]),
        "",
        *_source(page),
        *_clusters(page),
        *_workloads(page),
        *_troubles(page.troubles),
        *_history(page.history),
        "Every file here is written by gitopsd; edits are lost.",
        "",
    ]
    return "\n".join(parts)


def sentence(standing: Standing, reachable: Sequence[bool]) -> str:
    """The verdict in one sentence: clusters, objects, what is missing."""
    total = total_of(standing.counts.values())
    said = [
        f"{sum(reachable)} of {len(reachable)} clusters reachable",
        f"{total.current} of {total.wanted} objects as wanted and healthy",
    ]
    for number, words in (
        (total.pending, "not applied yet"),
        (total.progressing, "on the way"),
        (total.unhealthy, "unhealthy"),
        (total.failed, "failed"),
        (total.skipped, "skipped"),
        (total.deleting, "to be deleted"),
        (total.held, "held back"),
    ):
        if number:
            said.append(f"{number} {words}")
    return ", ".join(said) + "."


def total_of(counts: Iterable[Count]) -> Count:
    """The sum over all members."""
    counts = tuple(counts)
    return Count(
        wanted=sum(each.wanted for each in counts),
        current=sum(each.current for each in counts),
        progressing=sum(each.progressing for each in counts),
        unhealthy=sum(each.unhealthy for each in counts),
        pending=sum(each.pending for each in counts),
        failed=sum(each.failed for each in counts),
        skipped=sum(each.skipped for each in counts),
        deleting=sum(each.deleting for each in counts),
        held=sum(each.held for each in counts),
    )


def cell(line: Body) -> str:
    """One workload on one member: `2/2`, `1/2 InProgress`, `Failed`."""
    measured = f"{line['ready']}/{line['wanted']}" if "wanted" in line else ""
    if line["state"] != "Applied":
        return f"{measured} {line['state']}".strip()
    health = line.get("health", "Unknown")
    if health == "Current":
        return measured or "✓"
    return f"{measured} {health}".strip()


def _source(page: Page) -> list[str]:
    latest = page.history[0] if page.history else Landed(page.commit)
    words = f"Commit `{page.commit[:12]}`"
    if latest.commit == page.commit and latest.title:
        by = f" by {_plain(latest.author)}" if latest.author else ""
        words += f" “{_plain(latest.title)}”{by}"
        words += f", {latest.time}" if latest.time else ""
    return [f"{words}.", ""]


def _clusters(page: Page) -> list[str]:
    if not page.clusters:
        return []
    rows = ["## Clusters", "", "| cluster | state | version | region | provider | objects |"]
    rows.append("|---|---|---|---|---|---|")
    for line in page.clusters[:MOST_ROWS]:
        count = page.standing.counts.get(line.name, Count())
        state = "reachable" if line.is_reachable else "**not reachable**"
        rows.append(
            f"| [{line.name}]({paths.of_cluster(line.name)}) "
            f"| {state if line.is_known else 'not known yet'} | {_plain(line.version)} "
            f"| {line.region} | {line.provider} | {figures(count)} |"
        )
    return [*rows, *_more(len(page.clusters), "clusters/"), ""]


def figures(count: Count) -> str:
    """`12/13, 1 on the way`: what is as wanted of one member's objects, and the rest in words."""
    said = [f"{count.current}/{count.wanted}"]
    for number, words in (
        (count.pending, "pending"),
        (count.progressing, "on the way"),
        (count.unhealthy, "unhealthy"),
        (count.failed, "failed"),
        (count.skipped, "skipped"),
        (count.held, "held"),
    ):
        if number:
            said.append(f"{number} {words}")
    return ", ".join(said)


def _workloads(page: Page) -> list[str]:
    if not page.workloads:
        return []
    names = [line.name for line in page.clusters]
    head = names if len(names) <= MOST_COLUMNS else ["clusters"]
    rows = ["## Workloads", "", f"| workload | {' | '.join(head)} |"]
    rows.append(f"|---|{'---|' * len(head)}")
    for workload in page.workloads[:MOST_ROWS]:
        shown = {line["cluster"]: cell(line) for line in workload.members}
        cells = (
            [shown.get(name, "") for name in names]
            if len(names) <= MOST_COLUMNS
            else [_condensed(workload.members)]
        )
        rows.append(
            f"| [{_plain(str(workload.key))}]({paths.of_binding(workload.key)}) "
            f"| {' | '.join(cells)} |"
        )
    return [*rows, *_more(len(page.workloads), "bindings/"), ""]


def _condensed(members: Sequence[Body]) -> str:
    fine = sum(_is_fine(line) for line in members)
    bad = [f"{line['cluster']} {cell(line)}" for line in members if not _is_fine(line)]
    tail = f": {', '.join(bad[:5])}{' …' if len(bad) > 5 else ''}" if bad else ""
    return f"{fine} of {len(members)} well{tail}"


def _is_fine(line: Mapping[str, object]) -> bool:
    return line["state"] == "Applied" and line.get("health") == "Current"


def _troubles(troubles: Sequence[Trouble]) -> list[str]:
    if not troubles:
        return []
    rows = ["## Problems", "", "| | where | what | clusters |", "|---|---|---|---|"]
    for each in troubles[:MOST_TROUBLES]:
        where = f"`{_plain(each.where)}`" if each.where else ""
        what = _plain(f"{each.pointer} {each.message}".strip())
        clusters = _plain(", ".join(each.clusters[:5])) + (" …" if len(each.clusters) > 5 else "")
        rows.append(f"| {each.severity.value} | {where} | {what} ({each.reason}) | {clusters} |")
    left = len(troubles) - MOST_TROUBLES
    more = [f"| | | {left} more in [problems.yaml]({paths.PROBLEMS}) | |"] if left > 0 else []
    return [*rows, *more, ""]


def _history(history: Sequence[Landed]) -> list[str]:
    if not history:
        return []
    rows = ["## Last changes", "", "| commit | what | who | when |", "|---|---|---|---|"]
    rows += [
        f"| `{each.commit[:12]}` | {_plain(each.title)} | {_plain(each.author)} | {each.time} |"
        for each in history
    ]
    return [*rows, ""]


def _more(number: int, folder: str) -> list[str]:
    left = number - MOST_ROWS
    return ["", f"{left} more in [{folder}]({folder})."] if left > 0 else []


def _plain(words: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    flat = " ".join(words.split())
    for sign, safe in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("`", "'")):
        flat = flat.replace(sign, safe)
    return flat
