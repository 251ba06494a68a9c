"""Whether a template needs to be scheduled at all, given what it has.

Karmada's ladder, karmada-io/karmada pkg/scheduler/scheduler.go (doScheduleBinding).
"""

from datetime import datetime

from gitopsd.core.schedule.fleet import Fleet
from gitopsd.core.schedule.prepare import Strategy, strategy_of
from gitopsd.kube.wire import hash_of
from gitopsd.model.decision import Assignment, Need, Request, Verdict
from gitopsd.model.policy import Placement

SETTLED = "settled"


def settled(request: Request, fleet: Fleet, applied: str) -> bool:
    """Whether the previous shares still answer the request, whatever else changed meanwhile.

    Only a divided workload can be settled: while its shares add up to what it asks for, they stay
    through new clusters, other labels, new taints and other requests for resources. All else
    follows every change. `applied` is the `applied_hash` of the previous result, empty for unknown.
    """
    need, previous = request.need, request.previous
    if (
        not previous
        or request.fresh
        or applied != applied_on(fleet, request.placement, request.affinity)
    ):
        return False
    if not (need.is_workload or need.is_scalable) or _is_duplicated(request.placement):
        return False
    if request.failback and request.affinity != _first_group(request.placement):
        return False
    if not all(_may_stay(request, fleet, share.cluster) for share in previous):
        return False
    return len(need.components) > 1 or need.replicas == sum(share.replicas for share in previous)


def applied_hash(placement: Placement, affinity: str) -> str:
    """What of a placement a result depends on: of several affinity groups only the one in use."""
    groups = placement.cluster_affinities or ()
    return hash_of(
        (
            placement.cluster_affinity,
            placement.cluster_tolerations,
            placement.spread_constraints,
            placement.replica_scheduling,
            len(groups) > 0,
            [group for group in groups if group.affinity_name == affinity],
        )
    )


def applied_on(fleet: Fleet, placement: Placement, affinity: str) -> str:
    """`applied_hash`, found out once for all templates with equal placements."""
    key = ("applied", fleet.prepared(placement), affinity)
    return fleet.remember(key, lambda: applied_hash(placement, affinity))


def stay(request: Request, fleet: Fleet) -> Assignment:
    """What a settled request has, with the reason that it has it."""
    need, held = request.need, dict(request.previous)
    verdicts = tuple(
        Verdict(
            name, True, SETTLED, f"keeps {held[name]} of {need.replicas} replicas", 0, held[name]
        )
        if name in held
        else Verdict(name, False, SETTLED, "is not needed: the shares add up to what is asked for")
        for name in fleet.names
    )
    return Assignment(request.previous, affinity=request.affinity, verdicts=verdicts)


def is_divided(placement: Placement) -> bool:
    """Whether replicas are divided; else every cluster gets all of them."""
    return not _is_duplicated(placement)


def depends_on_room(need: Need, placement: Placement) -> bool:
    """Whether free capacity has a say in where a template goes."""
    if not (need.is_workload or need.is_scalable):
        return False
    strategy = strategy_of(placement.replica_scheduling)
    is_by_room = strategy in (Strategy.DYNAMIC, Strategy.AGGREGATED)
    return is_by_room or bool(placement.spread_constraints)


def is_reschedule_due(triggered_at: str | None, scheduled_at: str | None) -> bool:
    """Whether a fresh decision was asked for after the last one; both are RFC 3339 times."""
    if not triggered_at or not scheduled_at:
        return False
    return datetime.fromisoformat(triggered_at) > datetime.fromisoformat(scheduled_at)


def _may_stay(request: Request, fleet: Fleet, cluster: str) -> bool:
    number = fleet.number.get(cluster)
    if number is None or cluster in request.evicted:
        return False
    return not fleet.clusters[number].leaving


def _is_duplicated(placement: Placement) -> bool:
    return strategy_of(placement.replica_scheduling) == Strategy.DUPLICATED


def _first_group(placement: Placement) -> str:
    groups = placement.cluster_affinities or ()
    return groups[0].affinity_name if groups else ""
