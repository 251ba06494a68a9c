"""The scheduler's door: a request and a fleet become an assignment.

Filter, score, select by spread, divide, for one affinity group after the other until one will do.
The answer depends on the arguments alone; equal requests get the very same assignment.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec

from gitopsd.core.schedule.capacity import request_of
from gitopsd.core.schedule.divide import Division, Unmet, dispense, divide
from gitopsd.core.schedule.fleet import Fleet
from gitopsd.core.schedule.options import GITOPSD, Options
from gitopsd.core.schedule.prepare import Attempt, Group, Prepared, Strategy
from gitopsd.core.schedule.spread import select
from gitopsd.core.schedule.standing import Standing
from gitopsd.core.schedule.verdicts import Outcome, Verdicts
from gitopsd.model.decision import Assignment, Need, Request, Share

_LISTED = 8


def schedule(request: Request, fleet: Fleet, options: Options = GITOPSD) -> Assignment:
    """Where the template goes, with how many replicas, and what was said of every cluster.

    The shares add up to the replicas asked for, or the assignment says what is missing and holds
    the previous shares; only when no cluster may have the template are they given up.
    """
    need, prepared = request.need, fleet.prepared(request.placement)
    key = (
        "schedule",
        prepared,
        options,
        (request.api_version, request.key.kind, request.arriving),
        (need.replicas, request_of(need.requirements), len(need.components), need.is_scalable),
        request.previous,
        (request.affinity, request.evicted, request.fresh, request.failback),
        is_descending(request.uid),
    )
    return fleet.remember(key, lambda: _decide(request, prepared, fleet, options))


def is_descending(uid: str) -> bool:
    """Whether ties go to the end of the alphabet: the lowest bit of FNV-1a-32 over the uid."""
    return bool(uid) and sum(uid.encode()) % 2 == 0


def _decide(request: Request, prepared: Prepared, fleet: Fleet, options: Options) -> Assignment:
    failures: list[tuple[Unmet, Attempt]] = []
    held = dict(request.previous)
    for group in _groups(request, prepared, options):
        attempt = Attempt(request, prepared, group, held)
        try:
            shares, outcome = _try(fleet, attempt, options)
        except Unmet as unmet:
            failures.append((unmet, attempt))
            continue
        return Assignment(shares, affinity=group.name, verdicts=Verdicts(outcome))
    error, attempt = _deciding(failures, options)
    candidates = Standing(fleet, attempt, options)
    return Assignment(
        shares=() if error.reason == "NoClusterFit" else request.previous,
        reason=error.reason,
        message=error.message,
        affinity=request.affinity,
        verdicts=Verdicts(Outcome(candidates, None, {}, error.message)),
    )


def _groups(request: Request, prepared: Prepared, options: Options) -> Iterator[Group]:
    """The affinity groups in the order they are tried."""
    names = [group.name for group in prepared.groups]
    start = names.index(request.affinity) if request.affinity in names else 0
    if request.fresh or (options.turns_back and request.failback):
        start = 0
    yield from prepared.groups[start:]
    if options.turns_back:
        yield from prepared.groups[:start]


def _deciding(failures: Sequence[tuple[Unmet, Attempt]], options: Options) -> tuple[Unmet, Attempt]:
    """The failure that is reported: the first, or the first that is about more than fitting."""
    if not options.first_failure_decides:
        for failure in failures:
            if failure[0].reason != "NoClusterFit":
                return failure
    return failures[0]


def _try(fleet: Fleet, attempt: Attempt, options: Options) -> tuple[tuple[Share, ...], Outcome]:
    """The shares on one affinity group; raises `Unmet`."""
    if options.keeps_zero and _is_asleep(attempt.need):
        return _try_asleep(fleet, attempt, options)
    candidates = Standing(fleet, attempt, options)
    if not candidates.members:
        raise Unmet("NoClusterFit", _no_fit(fleet, attempt))
    selected = select(candidates)
    if not selected:
        raise Unmet("SchedulerError", "the placement allows no cluster at all: maxGroups is 0")
    shares = _shares(candidates, selected)
    return _in_order(candidates, shares), Outcome(candidates, selected, shares)


def _is_asleep(need: Need) -> bool:
    """Whether this is a workload that was scaled to nothing."""
    is_scalable = need.is_scalable or need.requirements is not None
    return need.replicas == 0 and is_scalable and not need.components


def _try_asleep(
    fleet: Fleet, attempt: Attempt, options: Options
) -> tuple[tuple[Share, ...], Outcome]:
    """No replicas on the clusters that hold the workload, else where one replica would go."""
    candidates = Standing(fleet, attempt, options)
    placed = [n for n in candidates.members if n in candidates.held]
    if not placed or attempt.prepared.strategy == Strategy.DUPLICATED:
        one = msgspec.structs.replace(attempt.need, replicas=1)
        awake = replace(attempt, request=replace(attempt.request, need=one), held={})
        _, outcome = _try(fleet, awake, options)
        outcome = replace(outcome, shares=dict.fromkeys(outcome.shares, 0))
    else:
        outcome = Outcome(candidates, placed, dict.fromkeys(placed, 0))
    return _in_order(candidates, outcome.shares), outcome


def _shares(candidates: Standing, selected: Sequence[int]) -> dict[int, int]:
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


def _in_order(candidates: Standing, shares: Mapping[int, int]) -> tuple[Share, ...]:
    """The shares by name; one tuple for all that go to all candidates with equal replicas."""
    names = candidates.fleet.names
    replicas = set(shares.values())
    if len(shares) == len(candidates.members) and len(replicas) == 1:
        (each,) = replicas
        return candidates.fleet.remember(
            ("shares", candidates.bits, each),
            lambda: tuple(Share(names[n], each) for n in candidates.members),
        )
    return tuple(Share(names[n], shares[n]) for n in sorted(shares))


def _no_fit(fleet: Fleet, attempt: Attempt) -> str:
    """How many clusters were refused for which reason, as Karmada counts them."""
    counts: dict[str, int] = {}
    for n in range(len(fleet.clusters)):
        if fleet.candidates >> n & 1:
            _, reason = fleet.refusal(attempt, n)
            counts[reason] = counts.get(reason, 0) + 1
    said = sorted(f"{count} cluster(s) {reason}" for reason, count in counts.items())
    listed = ", ".join(said) or "no cluster exists"
    return f"0/{len(fleet.clusters)} clusters are available: {listed}."


def _listed(candidates: Standing, members: Sequence[int]) -> str:
    """The room of the clusters in question, most first."""
    by_room = sorted(members, key=lambda n: (-candidates.room[n], n))
    said = [f"{candidates.fleet.names[n]} {candidates.room[n]}" for n in by_room[:_LISTED]]
    more = [f"{len(by_room) - _LISTED} others"] if len(by_room) > _LISTED else []
    return f" (room: {', '.join(said + more)})"
