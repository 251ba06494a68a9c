"""Which groups (regions, zones, …) a template is spread over: the best that satisfy the numbers.

Karmada's choice, karmada-io/karmada pkg/scheduler/core/spreadconstraint/select_groups.go, found
without looking at every combination: what can still be added depends only on how many groups and
clusters there are so far, so it is found out once for each such state.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias


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

    A combination is complete as soon as it will do, its groups taken from small to large: it gets
    no group more. Among equal scores the one with more clusters wins. If a beginning of the winner,
    in order of score, is a combination too, the shortest such beginning is taken.
    """
    ordered = sorted(candidates, key=lambda each: (each.clusters, -each.score, each.name))
    best = _best(ordered, demand)
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


def _best(ordered: Sequence[Candidate], demand: Demand) -> Sequence[int]:
    """The numbers of the best combination; among equals the one that comes first."""
    least = max(demand.least, 1)
    if demand.most < least or len(ordered) < least:
        return ()
    if demand.clusters <= least:
        by_worth = sorted(
            range(len(ordered)), key=lambda n: (-ordered[n].score, -ordered[n].clusters, n)
        )
        return by_worth[:least]
    return _path(ordered, Demand(least, min(demand.most, demand.clusters), demand.clusters))


_State: TypeAlias = tuple[int, int]
_Worth: TypeAlias = tuple[int, int]


def _path(ordered: Sequence[Candidate], demand: Demand) -> Sequence[int]:
    """As `_best`, where the number of clusters has a say: place by place, take or leave.

    A state is how many groups and (up to those demanded) how many clusters were taken before a
    place; its worth is the score and the clusters that the best continuation adds.
    """
    reached: list[set[_State]] = [{(0, 0)}]
    for each in ordered:
        open_states = [state for state in reached[-1] if not _is_done(state, demand)]
        taken = {_taken(state, each, demand) for state in open_states if state[0] < demand.most}
        reached.append(taken.union(open_states))
    worths: list[dict[_State, _Worth]] = [
        {state: (0, 0) for state in reached[-1] if _is_done(state, demand)}
    ]
    for each, states in zip(reversed(ordered), reversed(reached[:-1]), strict=True):
        later, here = worths[-1], dict[_State, _Worth]()
        for state in states:
            if _is_done(state, demand):
                here[state] = (0, 0)
                continue
            left, took = later.get(state), _with(each, later.get(_taken(state, each, demand)))
            if left is not None or took is not None:
                here[state] = max(each for each in (took, left) if each is not None)
        worths.append(here)
    worths.reverse()
    return _walk(ordered, demand, worths)


def _walk(
    ordered: Sequence[Candidate], demand: Demand, worths: Sequence[dict[_State, _Worth]]
) -> Sequence[int]:
    path: list[int] = []
    state = (0, 0)
    if state not in worths[0]:
        return ()
    for n, each in enumerate(ordered):
        if _is_done(state, demand):
            break
        after = _taken(state, each, demand)
        if _with(each, worths[n + 1].get(after)) == worths[n][state]:
            path.append(n)
            state = after
    return path


def _is_done(state: _State, demand: Demand) -> bool:
    return state[0] >= demand.least and state[1] >= demand.clusters


def _taken(state: _State, each: Candidate, demand: Demand) -> _State:
    return state[0] + 1, min(state[1] + each.clusters, demand.clusters)


def _with(each: Candidate, worth: _Worth | None) -> _Worth | None:
    return None if worth is None else (worth[0] + each.score, worth[1] + each.clusters)
