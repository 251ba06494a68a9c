"""Replicas for the selected clusters, by the strategy of the placement.

Comes in: the candidates and which of them were selected. Goes out: shares by cluster number.
`divide.py` does the sums; here is decided what is divided, by what, and tier by tier.
"""

from collections.abc import Sequence

from gitopsd.core.schedule.divide import Division, Unmet, dispense, divide, is_descending
from gitopsd.core.schedule.prepare import Strategy
from gitopsd.core.schedule.standing import Standing

_LISTED = 8


def assign(candidates: Standing, selected: Sequence[int]) -> dict[int, int]:
    """Replicas by cluster number for the selected clusters; raises `Unmet` for want of room.

    A cluster without a share is left out, unless empty workloads are to be propagated. What has no
    replicas, or several components, goes to every selected cluster as a whole.
    """
    need = candidates.attempt.need
    if (need.replicas == 0 and need.requirements is None) or len(need.components) > 1:
        return dict.fromkeys(selected, 0)
    divided = _divided(candidates, selected)
    shares = {n: replicas for n, replicas in divided.items() if replicas > 0}
    if candidates.options.propagates_empty:
        return {**dict.fromkeys(selected, 0), **shares}
    return shares


def _divided(candidates: Standing, selected: Sequence[int]) -> dict[int, int]:
    attempt, replicas = candidates.attempt, candidates.attempt.need.replicas
    descending = is_descending(attempt.request.uid)
    match attempt.prepared.strategy:
        case Strategy.DUPLICATED:
            return dict.fromkeys(selected, replicas)
        case Strategy.STATIC:
            return dispense(replicas, _weights(candidates, selected), descending=descending)
    if candidates.tiers is not None:
        return _by_tier(candidates, selected)
    return _poured(candidates, selected, replicas)


def _by_tier(candidates: Standing, selected: Sequence[int]) -> dict[int, int]:
    """Each tier takes what it can, in order, until nothing is left."""
    tiers = candidates.tiers or ()
    left = candidates.attempt.need.replicas
    shares: dict[int, int] = {}
    for tier in sorted({tiers[n] for n in selected}):
        members = [n for n in selected if tiers[n] == tier]
        taken = min(left, sum(map(candidates.available, members)))
        shares.update(_poured(candidates, members, taken))
        left -= taken
        if left == 0:
            return shares
    raise Unmet(
        "Unschedulable",
        f"{candidates.attempt.need.replicas} replicas are asked for, all tiers together have no "
        f"room for {left} of them{_listed(candidates, selected)}",
    )


def _poured(candidates: Standing, members: Sequence[int], replicas: int) -> dict[int, int]:
    attempt = candidates.attempt
    division = Division(
        replicas=replicas,
        strategy=attempt.prepared.strategy,
        candidates=members,
        room=candidates.room,
        held=candidates.held,
        fresh=attempt.request.fresh,
        descending=is_descending(attempt.request.uid),
        counts_in_int32=candidates.options.counts_in_int32,
    )
    try:
        return divide(division)
    except Unmet as error:
        raise Unmet(error.reason, error.message + _listed(candidates, members)) from None


def _weights(candidates: Standing, selected: Sequence[int]) -> list[tuple[int, int]]:
    """Static weights of the selected clusters; all 1 where no entry gives any of them a weight."""
    fleet, prepared = candidates.fleet, candidates.attempt.prepared
    weights = fleet.remember(
        ("weights", prepared.weights_key),
        lambda: [
            max(
                (weight for selector, weight in prepared.weights if selector.matches(each)),
                default=0,
            )
            for each in fleet.clusters
        ],
    )
    weighted = [(n, weights[n]) for n in selected if weights[n] > 0]
    return weighted or [(n, 1) for n in selected]


def _listed(candidates: Standing, members: Sequence[int]) -> str:
    """The room of the clusters in question, most first."""
    by_room = sorted(members, key=lambda n: (-candidates.room[n], n))
    said = [f"{candidates.fleet.names[n]} {candidates.room[n]}" for n in by_room[:_LISTED]]
    more = [f"{len(by_room) - _LISTED} others"] if len(by_room) > _LISTED else []
    return f" (room: {', '.join(said + more)})"
