"""Which groups (regions, zones, …) a template is spread over: the best that satisfy the numbers.

Karmada's choice, karmada-io/karmada pkg/scheduler/core/spreadconstraint/select_groups.go, found
without looking at every combination: a branch that cannot become better than the best is left.
"""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
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
    by_score = sorted(best, key=lambda n: (-ordered[n].score, ordered[n].name))
    for length in range(max(demand.least, 1), len(by_score)):
        if _is_combination(sorted(by_score[:length]), ordered, demand):
            by_score = by_score[:length]
            break
    return tuple(ordered[n] for n in by_score)


def _is_combination(numbers: Sequence[int], ordered: Sequence[Candidate], demand: Demand) -> bool:
    """Whether these groups will do and did not do before the last of them."""
    return _will_do(numbers, ordered, demand) and not _will_do(numbers[:-1], ordered, demand)


def _will_do(numbers: Sequence[int], ordered: Sequence[Candidate], demand: Demand) -> bool:
    clusters = sum(ordered[n].clusters for n in numbers)
    return demand.least <= len(numbers) <= demand.most and clusters >= demand.clusters


def _promises(ordered: Sequence[Candidate], most: int) -> list[list[tuple[int, int]]]:
    """For every place how much score and how many clusters 0, 1, … groups from it on can add.

    Groups are ordered by their clusters, so the last ones have most of these.
    """
    promises = []
    scores: list[int] = []
    clusters = [each.clusters for each in ordered]
    for start in range(len(ordered) - 1, -1, -1):
        insort(scores, -ordered[start].score)
        longest = min(most, len(scores))
        promises.append(
            list(
                zip(
                    accumulate((-each for each in scores[:longest]), initial=0),
                    accumulate(reversed(clusters[len(clusters) - longest :]), initial=0),
                    strict=True,
                )
            )
        )
    return promises[::-1]


class _Search:
    """Depth first over the combinations, in the order that decides among equals."""

    def __init__(self, ordered: Sequence[Candidate], demand: Demand) -> None:
        self._ordered = ordered
        self._demand = demand
        self._found: tuple[int, ...] = ()
        self._worth = (-1, -1)
        self._promise = _promises(ordered, demand.most)

    def best(self) -> tuple[int, ...]:
        if self._demand.most > 0:
            self._extend((), 0, 0)
        return self._found

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
            if len(path) + len(self._ordered) - n < demand.least:
                return
            if (score + more[0], clusters + more[1]) <= self._worth:
                return
            each = self._ordered[n]
            self._extend((*path, n), score + each.score, clusters + each.clusters)
