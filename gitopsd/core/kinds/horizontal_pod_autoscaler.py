"""HorizontalPodAutoscaler: a member sets the replicas of a workload by its load."""

from gitopsd.core.kinds.kind import Items, Kind, integer
from gitopsd.core.kinds.statuses import reflect_fields, with_status
from gitopsd.kube.body import Body


def aggregate(body: Body, items: Items, now: str) -> Body:
    """The replicas of all members together."""
    statuses = [item.status for item in items or () if item.status is not None]
    current = sum(integer(status, "currentReplicas") for status in statuses)
    desired = sum(integer(status, "desiredReplicas") for status in statuses)
    status = {"desiredReplicas": desired, **({"currentReplicas": current} if current else {})}
    return with_status(body, status)


KIND = Kind(
    group="autoscaling",
    version="v2",
    name="HorizontalPodAutoscaler",
    reflect=reflect_fields("currentReplicas", "desiredReplicas", always=("desiredReplicas",)),
    aggregate=aggregate,
)
