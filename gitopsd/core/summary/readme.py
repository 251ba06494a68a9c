"""`README.md`: the status branch on one page, for people.

Comes in: what the other files say, already worked out. Goes out: Markdown. It stays readable for
large fleets: where there are many clusters or workloads it says how many more the folders hold.
"""

from collections.abc import Sequence

from gitopsd.core.summary import paths
from gitopsd.kube.body import Body
from gitopsd.model.memory import Landed
from gitopsd.model.page import Page, Trouble, cell, figures, is_fine
from gitopsd.model.standing import Count, Phase

MOST_COLUMNS = 12
MOST_ROWS = 200
MOST_TROUBLES = 50

_SIGN = {Phase.SYNCED: "✅", Phase.PROGRESSING: "⏳", Phase.DEGRADED: "❌"}


def text(page: Page) -> str:
    """The whole page."""
    phase = page.standing.phase
    parts = [
        f"# {_SIGN[phase]} {phase.value}",
        "",
        page.sentence,
        "",
        *_source(page),
        *_stages(page),
        *_clusters(page),
        *_workloads(page),
        *_troubles(page.troubles),
        *_history(page.history),
        "Every file here is written by gitopsd; edits are lost.",
        "",
    ]
    return "\n".join(parts)


def _source(page: Page) -> list[str]:
    latest = page.history[0] if page.history else Landed(page.commit)
    words = f"Commit `{page.commit[:12]}`"
    if latest.commit == page.commit and latest.title:
        by = f" by {_plain(latest.author)}" if latest.author else ""
        words += f" “{_plain(latest.title)}”{by}"
        words += f", {latest.time}" if latest.time else ""
        words += f", signed by {_plain(latest.signer)} (`{latest.key}`)" if latest.key else ""
    return [f"{words}.", ""]


def _stages(page: Page) -> list[str]:
    if not page.stages:
        return []
    rows = ["## Stages", "", "| stage | state | clusters | |", "|---|---|---|---|"]
    rows += [
        f"| {_plain(each.name)} | {each.state.value} | {each.passed}/{each.clusters} "
        f"| {_plain(each.message)} |"
        for each in page.stages
    ]
    return [*rows, ""]


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
    fine = sum(is_fine(line) for line in members)
    bad = [f"{line['cluster']} {cell(line)}" for line in members if not is_fine(line)]
    tail = f": {', '.join(bad[:5])}{' …' if len(bad) > 5 else ''}" if bad else ""
    return f"{fine} of {len(members)} well{tail}"


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
