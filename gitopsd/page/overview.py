"""`/`: the verdict, the clusters, the matrix of workloads and clusters, problems, last commits.

Comes in: the same `Page` that README.md of the status branch is written from. Goes out: HTML. A
small fleet is a matrix; of a large one each workload says where it is not well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from gitopsd.kube.body import Body
from gitopsd.model.page import ClusterLine, Page, Workload, cell, figures, is_fine
from gitopsd.model.resource import ResourceKey
from gitopsd.model.standing import Count
from gitopsd.model.web import Answer
from gitopsd.page.frame import shown
from gitopsd.page.rows import cut, link

MOST_COLUMNS = 16
MOST_NAMES = 8
CLUSTER_SCOPE = "_cluster"
_ONLY = ("show", "unwell")
_LOOKS = {"error": "bad", "warning": "busy", "notice": ""}


@dataclass(frozen=True, slots=True)
class Cell:
    """A word, and the colour that goes with it: `well`, `busy`, `bad` or none."""

    words: str
    look: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: what it is about, where that leads, and the cells."""

    name: str
    link: str
    cells: Sequence[Cell]


def overview(page: Page, warnings: Sequence[str], query: Mapping[str, str]) -> Answer:
    """The whole screen; `warnings` are sentences on what keeps the page from being up to date."""
    names = [line.name for line in page.clusters]
    is_matrix = len(names) <= MOST_COLUMNS
    unwell = [each for each in page.workloads if not _is_well(each)]
    is_filtered = query.get(_ONLY[0]) == _ONLY[1]
    workloads = cut(unwell if is_filtered else page.workloads, "workloads", query)
    clusters = cut(page.clusters, "clusters", query)
    values = {
        "page": page,
        "phase": page.standing.phase.value,
        "warnings": warnings,
        "clusters": clusters,
        "cluster_rows": [_cluster(line, page.standing.counts) for line in clusters.shown],
        "columns": names if is_matrix else ["clusters"],
        "workloads": workloads,
        "workload_rows": [
            Row(str(each.key), address(each.key), _cells(each, names, is_matrix=is_matrix))
            for each in workloads.shown
        ],
        "all_workloads": len(page.workloads),
        "unwell": len(unwell),
        "is_filtered": is_filtered,
        "show_unwell": link({**query, "workloads": "1"}, *_ONLY),
        "show_all": link(query, "show", ""),
        "troubles": cut(page.troubles, "problems", query),
        "looks": _LOOKS,
        "most_names": MOST_NAMES,
        "query": query,
    }
    return shown("overview.html", values)


def address(key: ResourceKey) -> str:
    """Where the screen of one workload is."""
    parts = (key.namespace or CLUSTER_SCOPE, key.group_kind, key.name)
    return "/workloads/" + "/".join(quote(part, safe="") for part in parts)


def look(line: Body) -> str:
    """The colour of one workload on one member."""
    if is_fine(line):
        return "well"
    is_bad = line["state"] in ("Failed", "Skipped") or line.get("health") == "Failed"
    return "bad" if is_bad else "busy"


def _is_well(workload: Workload) -> bool:
    return bool(workload.members) and all(is_fine(line) for line in workload.members)


def _cells(workload: Workload, names: Sequence[str], *, is_matrix: bool) -> Sequence[Cell]:
    if not workload.members:
        return [Cell("nowhere", "bad"), *(Cell("") for _ in names[1:] if is_matrix)]
    if not is_matrix:
        return [_condensed(workload.members)]
    lines = {line["cluster"]: line for line in workload.members}
    return [
        Cell(cell(lines[name]), look(lines[name])) if name in lines else Cell("") for name in names
    ]


def _condensed(lines: Sequence[Body]) -> Cell:
    unwell = [line for line in lines if not is_fine(line)]
    words = f"{len(lines) - len(unwell)} of {len(lines)} well"
    if not unwell:
        return Cell(words, "well")
    named = ", ".join(f"{line['cluster']} {cell(line)}" for line in unwell[:MOST_NAMES])
    more = " …" if len(unwell) > MOST_NAMES else ""
    is_bad = any(look(line) == "bad" for line in unwell)
    return Cell(f"{words}: {named}{more}", "bad" if is_bad else "busy")


def _cluster(line: ClusterLine, counts: Mapping[str, Count]) -> Row:
    count = counts.get(line.name, Count())
    state = Cell("reachable", "well") if line.is_reachable else Cell("not reachable", "bad")
    objects = Cell(figures(count), _look(count) if line.is_reachable else "")
    return Row(
        line.name,
        "",
        (
            state if line.is_known else Cell("not known yet", "busy"),
            Cell(line.version),
            Cell(line.region),
            Cell(line.provider),
            objects,
        ),
    )


def _look(count: Count) -> str:
    if count.failed or count.unhealthy or count.skipped:
        return "bad"
    return "well" if count.current == count.wanted else "busy"
