"""Replicas over clusters: who gets how many.

Comes in: how many replicas, and what speaks for each cluster (a weight, free room, what it has
already). Goes out: shares by cluster number that add up exactly, or `Unmet`.
Karmada's division: karmada-io/karmada pkg/scheduler/core, pkg/util/helper/webstermethod.go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace

from gitopsd.core.schedule.prepare import Strategy


class Unmet(Exception):
    """What was asked for cannot be had; `reason` is that of the condition `Scheduled`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


def is_descending(uid: str) -> bool:
    """Whether ties go to the end of the alphabet: the lowest bit of FNV-1a-32 over the uid."""
    return bool(uid) and sum(uid.encode()) % 2 == 0


@dataclass(frozen=True, slots=True)
class Division:
    """One division to be made.

    `candidates` are in order of preference. `room` says by number how many more each can take,
    `held` what it has, in the order of the previous result. `fresh` forgets what is held.
    `descending` turns ties around.
    """

    replicas: int
    strategy: Strategy
    candidates: Sequence[int]
    room: Sequence[int]
    held: Mapping[int, int]
    fresh: bool
    descending: bool
    counts_in_int32: bool


def divide(division: Division) -> dict[int, int]:
    """Shares by free room (dynamic weights) or on as few clusters as will do (aggregated).

    What a cluster holds stays while the sum grows, and shrinks in proportion while it falls; an
    unchanged sum changes nothing. Raises `Unmet` when there is not room for all.
    """
    candidates = frozenset(division.candidates)
    held = {n: replicas for n, replicas in division.held.items() if n in candidates}
    if division.fresh:
        pool = {n: division.room[n] + held.get(n, 0) for n in division.candidates}
        return _pour(division, division.replicas, pool, {})
    total = sum(held.values())
    if total > division.replicas:
        return _pour(division, division.replicas, held, {})
    if total < division.replicas:
        pool = {n: division.room[n] for n in division.candidates}
        return _pour(division, division.replicas - total, pool, held)
    return held


def dispense(
    replicas: int, weights: Sequence[tuple[int, int]], *, descending: bool = False
) -> dict[int, int]:
    """Shares that follow the weights (Webster) and add up to `replicas` exactly.

    One more replica never takes one away. Equal claims go to the smaller share, then to the smaller
    number, or to the larger one if `descending`. No positive weight: no shares.
    """
    claims = [(n, weight) for n, weight in weights if weight > 0]
    if not claims or replicas <= 0:
        return {}
    sign = -1 if descending else 1
    shares = _sure_shares(replicas, claims)
    queue = [
        (-weight / (2 * share + 1), share, sign * n, weight)
        for (n, weight), share in zip(claims, shares, strict=True)
    ]
    heapify(queue)
    for _ in range(replicas - sum(shares)):
        _, share, tie, weight = queue[0]
        heapreplace(queue, (-weight / (2 * share + 3), share + 1, tie, weight))
    return {sign * tie: share for _, share, tie, _ in queue if share}


def _sure_shares(replicas: int, claims: Sequence[tuple[int, int]]) -> list[int]:
    """Shares that nobody disputes, so that only the rest is dealt out one by one.

    A replica is sure where the claim to it is well above the last claim that can succeed.
    """
    spare = 2 * replicas - len(claims)
    if spare <= len(claims):
        return [0] * len(claims)
    threshold = sum(weight for _, weight in claims) / spare
    return [max(int((weight / threshold + 1) / 2) - 1, 0) for _, weight in claims]


def _pour(
    division: Division, replicas: int, pool: Mapping[int, int], base: Mapping[int, int]
) -> dict[int, int]:
    """`replicas` more over the pool, on top of the base."""
    total = sum(pool.values())
    if division.counts_in_int32:
        total = _as_int32(total)
    if total < replicas:
        raise Unmet("Unschedulable", f"room for {total} of {replicas} more replicas")
    if division.strategy == Strategy.AGGREGATED:
        pool = _fewest(replicas, pool, base)
    added = dispense(replicas, list(pool.items()), descending=division.descending)
    return {n: base.get(n, 0) + added.get(n, 0) for n in {**base, **added}}


def _fewest(replicas: int, pool: Mapping[int, int], base: Mapping[int, int]) -> dict[int, int]:
    """The shortest beginning of the pool with room for all: most room first, after what is used."""
    by_room = sorted(pool.items(), key=lambda each: -each[1])
    used = [each for each in by_room if base.get(each[0], 0) > 0]
    unused = [each for each in by_room if base.get(each[0], 0) <= 0]
    chosen: dict[int, int] = {}
    total = 0
    for n, room in used + unused:
        chosen[n] = room
        total += room
        if total >= replicas:
            break
    return chosen


def _as_int32(number: int) -> int:
    return (number + 2**31) % 2**32 - 2**31
