"""How far the members are, in figures and one word: the verdict for programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """How the whole stands: all as wanted, on the way, or something needs a person."""

    SYNCED = "Synced"
    PROGRESSING = "Progressing"
    DEGRADED = "Degraded"


@dataclass(frozen=True, slots=True)
class Count:
    """The objects of one member by what came of them; they add up to `wanted`.

    Of `unknown` ones nobody knows by now how they do: they were applied, and their member is away.
    `deleting` and `held` are objects that nobody wants any more: on their way, or held back.
    """

    wanted: int = 0
    current: int = 0
    progressing: int = 0
    unhealthy: int = 0
    unknown: int = 0
    pending: int = 0
    failed: int = 0
    skipped: int = 0
    deleting: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """How far the members are with one commit, and what stands in the way.

    `is_finished`: every reachable member has done what it can for now. `failures` are sentences,
    sorted: what makes `sync` exit 1; `awaited` are those of them that end when a person approves.
    `is_healthy`: everything wanted is Current as well.
    """

    is_finished: bool
    is_healthy: bool
    failures: tuple[str, ...]
    counts: Mapping[str, Count]
    awaited: frozenset[str] = frozenset()

    @property
    def awaits_approval(self) -> bool:
        """Whether nothing is wrong but that a person has not approved yet."""
        is_well = not any(count.unhealthy for count in self.counts.values())
        return bool(self.failures) and self.awaited.issuperset(self.failures) and is_well

    @property
    def is_applied(self) -> bool:
        """Whether all that was wanted is applied; says nothing of health."""
        return self.is_finished and not self.failures

    @property
    def phase(self) -> Phase:
        if self.failures or any(count.unhealthy for count in self.counts.values()):
            return Phase.DEGRADED
        return Phase.SYNCED if self.is_finished and self.is_healthy else Phase.PROGRESSING
