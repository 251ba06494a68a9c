"""The scheduler's door: a request and a fleet become an assignment.

Filter, score, select by spread, divide, for one affinity group after the other until one will do.
The answer depends on the arguments alone; equal requests get the very same assignment.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import msgspec

from gitopsd.core.schedule.assign import assign
from gitopsd.core.schedule.capacity import request_of
from gitopsd.core.schedule.divide import Unmet, is_descending
from gitopsd.core.schedule.fleet import Fleet, bits_of
from gitopsd.core.schedule.options import GITOPSD, Options
from gitopsd.core.schedule.prepare import Attempt, Group, Prepared, Strategy
from gitopsd.core.schedule.spread import select
from gitopsd.core.schedule.standing import Standing
from gitopsd.core.schedule.verdicts import Outcome, Verdicts
from gitopsd.model.decision import Assignment, Need, Request, Share


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


def _decide(request: Request, prepared: Prepared, fleet: Fleet, options: Options) -> Assignment:
    failures: list[tuple[Unmet, Attempt]] = []
    held = dict(request.previous)
    for group in _groups(request, prepared, options):
        attempt = Attempt(request, prepared, group, held)
        try:
            shares, selected = _try(fleet, attempt, options)
        except Unmet as unmet:
            failures.append((unmet, attempt))
            continue
        outcome = Outcome(attempt, options, selected, shares)
        return Assignment(
            shares,
            affinity=group.name,
            verdicts=Verdicts(outcome, fleet),
            passed=_passed(failures),
        )
    error, attempt = _deciding(failures, options)
    return Assignment(
        shares=() if error.reason == "NoClusterFit" else request.previous,
        reason=error.reason,
        message=error.message,
        affinity=request.affinity,
        verdicts=Verdicts(Outcome(attempt, options), fleet),
        passed=_passed([each for each in failures if each[1] is not attempt]),
    )


def _passed(failures: Sequence[tuple[Unmet, Attempt]]) -> tuple[tuple[str, str], ...]:
    """The groups that would not do, and why, in the order in which they were tried."""
    return tuple((attempt.group.name, error.message) for error, attempt in failures)


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


_Placed: TypeAlias = tuple[tuple[Share, ...], int]


def _try(fleet: Fleet, attempt: Attempt, options: Options) -> _Placed:
    """The shares on one affinity group, and which clusters were selected; raises `Unmet`."""
    if options.keeps_zero and _is_asleep(attempt.need):
        return _try_asleep(fleet, attempt, options)
    candidates = Standing(fleet, attempt, options)
    if not candidates.members:
        raise Unmet("NoClusterFit", _no_fit(fleet, attempt))
    selected = select(candidates)
    if not selected:
        raise Unmet("SchedulerError", "the placement allows no cluster at all: maxGroups is 0")
    is_all = len(selected) == len(candidates.members)
    bits = candidates.bits if is_all else bits_of(selected)
    return _in_order(candidates, assign(candidates, selected)), bits


def _is_asleep(need: Need) -> bool:
    """Whether this is a workload that was scaled to nothing."""
    is_scalable = need.is_scalable or need.requirements is not None
    return need.replicas == 0 and is_scalable and not need.components


def _try_asleep(fleet: Fleet, attempt: Attempt, options: Options) -> _Placed:
    """No replicas on the clusters that hold the workload, else where one replica would go."""
    candidates = Standing(fleet, attempt, options)
    placed = [n for n in candidates.members if n in candidates.held]
    if not placed or attempt.prepared.strategy == Strategy.DUPLICATED:
        one = msgspec.structs.replace(attempt.need, replicas=1)
        awake = replace(attempt, request=replace(attempt.request, need=one), held={})
        shares, selected = _try(fleet, awake, options)
        return tuple(Share(share.cluster) for share in shares), selected
    return _in_order(candidates, dict.fromkeys(placed, 0)), bits_of(placed)


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
    objection = fleet.objections(attempt)
    for n in range(len(fleet.clusters)):
        if fleet.candidates >> n & 1:
            _, reason = objection(n)
            counts[reason] = counts.get(reason, 0) + 1
    said = sorted(f"{count} cluster(s) {reason}" for reason, count in counts.items())
    listed = ", ".join(said) or (
        "none takes anything new" if fleet.clusters else "no cluster exists"
    )
    return f"0/{len(fleet.clusters)} clusters are available: {listed}."
