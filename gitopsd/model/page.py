"""What people are shown of the whole: one value, behind README.md and the status page alike.

Comes in: nothing; core fills it. Goes out: the rows, and their words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from gitopsd.kube.body import Body
from gitopsd.model.memory import Landed
from gitopsd.model.problem import Severity
from gitopsd.model.resource import ResourceKey
from gitopsd.model.rollout import StageLine
from gitopsd.model.standing import Count, Standing
from gitopsd.model.trust import Refusal


class Trouble(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """A Problem, and the clusters that have it."""

    severity: Severity
    reason: str
    message: str
    file: str = ""
    line: int = 0
    pointer: str = ""
    object: str = ""
    clusters: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """`web.yaml:41`, or the object where no file is at fault."""
        if self.file:
            return f"{self.file}:{self.line}" if self.line else self.file
        return self.object or ", ".join(self.clusters)


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
    """All that is shown, in the order it is shown; `refused` is a commit that is not acted on,
    `stages` those of a change that is not everywhere yet."""

    commit: str
    standing: Standing
    clusters: Sequence[ClusterLine]
    workloads: Sequence[Workload]
    troubles: Sequence[Trouble]
    history: Sequence[Landed]
    refused: Refusal | None = None
    stages: Sequence[StageLine] = ()

    @property
    def sentence(self) -> str:
        """The verdict in one sentence: clusters, objects, what is missing."""
        total = total_of(self.standing.counts.values())
        reachable = sum(line.is_reachable for line in self.clusters)
        said = [
            f"{reachable} of {len(self.clusters)} clusters reachable",
            f"{total.current} of {total.wanted} objects as wanted and healthy",
        ]
        for number, words in (
            (total.pending, "not applied yet"),
            (total.progressing, "on the way"),
            (total.unhealthy, "unhealthy"),
            (total.unknown, "applied and not heard of"),
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
        unknown=sum(each.unknown for each in counts),
        pending=sum(each.pending for each in counts),
        failed=sum(each.failed for each in counts),
        skipped=sum(each.skipped for each in counts),
        deleting=sum(each.deleting for each in counts),
        held=sum(each.held for each in counts),
    )


def figures(count: Count) -> str:
    """`12/13, 1 on the way`: what is as wanted of one member's objects, and the rest in words."""
    said = [f"{count.current}/{count.wanted}"]
    for number, words in (
        (count.pending, "pending"),
        (count.progressing, "on the way"),
        (count.unhealthy, "unhealthy"),
        (count.unknown, "not heard of"),
        (count.failed, "failed"),
        (count.skipped, "skipped"),
        (count.held, "held"),
    ):
        if number:
            said.append(f"{number} {words}")
    return ", ".join(said)


def cell(line: Body) -> str:
    """One workload on one member: `2/2`, `1/2 InProgress`, `Failed`."""
    measured = f"{line['ready']}/{line['wanted']}" if "wanted" in line else ""
    if line["state"] != "Applied":
        return f"{measured} {line['state']}".strip()
    health = line.get("health", "Unknown")
    if health == "Current":
        return measured or "✓"
    return f"{measured} {health}".strip()


def is_fine(line: Body) -> bool:
    """Whether a workload is on one member as wanted, and healthy."""
    return line["state"] == "Applied" and line.get("health") == "Current"
