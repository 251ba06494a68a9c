"""Which groups (regions, zones, …) a template is spread over: the best that satisfy the numbers.

Karmada's choice, karmada-io/karmada pkg/scheduler/core/spreadconstraint/select_groups.go, found
without looking at every combination: a branch that cannot become better than the best is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Candidate(NamedTuple):
    """A group with the number of its clusters and its score."""

    name: str
    clusters: int
    score: int


@dataclass(frozen=True, slots=True)
class Demand:
    """From `least` to `most` groups that have `clusters` clusters together at least."""

    least: int
    most: int
    clusters: int


def choose(candidates: Sequence[Candidate], demand: Demand) -> tuple[Candidate, ...]:
    """The combination with the highest score, best group first; empty when none will do.

    A combination is complete as soon as it will do: it gets no group more. Among equal scores the
    one with more clusters wins. If a beginning of the winner, in order of score, is a combination
    too, the shortest such beginning is taken.
    """
    ordered = sorted(candidates, key=lambda each: (each.clusters, -each.score, each.name))
    best = _Search(ordered, demand).best()
    by_score = sorted(best, key=lambda each: (-each.score, each.name))
    for length in range(1, len(by_score)):
        beginning = by_score[:length]
        if _is_combination(sorted(map(ordered.index, beginning)), ordered, demand):
            return tuple(beginning)
    return tuple(by_score)


def _is_combination(numbers: Sequence[int], ordered: Sequence[Candidate], demand: Demand) -> bool:
    """Whether these groups will do and did not do before the last of them."""
    return _will_do(numbers, ordered, demand) and not _will_do(numbers[:-1], ordered, demand)


def _will_do(numbers: Sequence[int], ordered: Sequence[Candidate], demand: Demand) -> bool:
    clusters = sum(ordered[n].clusters for n in numbers)
    return demand.least <= len(numbers) <= demand.most and clusters >= demand.clusters


class _Search:
    """Depth first over the combinations, in the order that decides among equals."""

    def __init__(self, ordered: Sequence[Candidate], demand: Demand) -> None:
        self._ordered = ordered
        self._demand = demand
        self._found: tuple[int, ...] = ()
        self._worth = (-1, -1)
        self._promise = [self._promises(start) for start in range(len(ordered) + 1)]

    def best(self) -> tuple[Candidate, ...]:
        if self._demand.most > 0:
            self._extend((), 0, 0)
        return tuple(self._ordered[n] for n in self._found)

    def _promises(self, start: int) -> list[tuple[int, int]]:
        """At most how much score and how many clusters the next k groups from here can add."""
        rest = self._ordered[start:]
        scores = sorted((each.score for each in rest), reverse=True)
        clusters = sorted((each.clusters for each in rest), reverse=True)
        sums = [(0, 0)]
        for score, count in zip(scores, clusters, strict=True):
            sums.append((sums[-1][0] + score, sums[-1][1] + count))
        return sums

    def _extend(self, path: tuple[int, ...], score: int, clusters: int) -> None:
        demand = self._demand
        if demand.least <= len(path) and clusters >= demand.clusters:
            if (score, clusters) > self._worth:
                self._found, self._worth = path, (score, clusters)
            return
        left = demand.most - len(path)
        for n in range(path[-1] + 1 if path else 0, len(self._ordered)):
            sums = self._promise[n]
            more = sums[min(left, len(sums) - 1)]
            if left <= 0 or clusters + more[1] < demand.clusters:
                return
            if len(path) + len(sums) - 1 < demand.least:
                return
            if (score + more[0], clusters + more[1]) <= self._worth:
                return
            each = self._ordered[n]
            self._extend((*path, n), score + each.score, clusters + each.clusters)
