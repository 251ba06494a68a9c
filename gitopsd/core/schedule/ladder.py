"""Whether a template needs to be scheduled at all, given what it has.

Karmada's ladder, karmada-io/karmada pkg/scheduler/scheduler.go (doScheduleBinding).
"""

from datetime import datetime

from gitopsd.core.schedule.prepare import Strategy, strategy_of
from gitopsd.model.decision import Request


def settled(request: Request, placement_changed: bool, leaving: frozenset[str]) -> bool:
    """Whether the previous shares still answer the request, whatever else changed meanwhile.

    Only a divided workload can be settled: it keeps its shares, whose sum is what it asks for,
    through new clusters, other labels and new taints. All else follows every change. `leaving` are
    clusters that must be left.
    """
    need = request.need
    if placement_changed or request.fresh or not request.previous:
        return False
    if not (need.is_workload or need.is_scalable) or _is_duplicated(request):
        return False
    if request.failback and request.affinity not in ("", _first_group(request)):
        return False
    if any(
        share.cluster in leaving or share.cluster in request.evicted for share in request.previous
    ):
        return False
    return len(need.components) > 1 or _total(request) == need.replicas


def is_reschedule_due(triggered_at: str | None, scheduled_at: str | None) -> bool:
    """Whether a fresh decision was asked for after the last one; both are RFC 3339 times."""
    if not triggered_at or not scheduled_at:
        return False
    return datetime.fromisoformat(triggered_at) > datetime.fromisoformat(scheduled_at)


def _is_duplicated(request: Request) -> bool:
    return strategy_of(request.placement.replica_scheduling) == Strategy.DUPLICATED


def _first_group(request: Request) -> str:
    groups = request.placement.cluster_affinities or ()
    return groups[0].affinity_name if groups else ""


def _total(request: Request) -> int:
    return sum(share.replicas for share in request.previous)
