"""PodDisruptionBudget: how many pods may be away at once."""

from typing import Any

from gitopsd.core.kinds.kind import Items, Kind, Misread, integer
from gitopsd.core.kinds.statuses import reflect_fields, with_status
from gitopsd.kube.body import Body, dig

_COUNTERS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")


def is_healthy(body: Body) -> bool:
    """No fewer pods are healthy than should be."""
    return integer(body, "status", "currentHealthy") >= integer(body, "status", "desiredHealthy")


def aggregate(body: Body, items: Items, now: str) -> Body:
    """Sums; pods that are being moved are told as `cluster/pod`."""
    statuses = [(item.cluster, item.status) for item in items or () if item.status is not None]
    status: dict[str, Any] = {
        name: sum(integer(status, name) for _, status in statuses) for name in _COUNTERS
    }
    disrupted = {
        f"{cluster}/{pod}": time
        for cluster, each in statuses
        for pod, time in _disrupted(each).items()
    }
    return with_status(body, {**status, **({"disruptedPods": disrupted} if disrupted else {})})


def _disrupted(status: Any) -> dict[str, Any]:
    found = dig(status, "disruptedPods", default={})
    if not isinstance(found, dict):
        raise Misread("disruptedPods is no mapping")
    return found


KIND = Kind(
    group="policy",
    version="v1",
    name="PodDisruptionBudget",
    reflect=reflect_fields(*_COUNTERS, "disruptedPods", always=_COUNTERS),
    aggregate=aggregate,
    is_healthy=is_healthy,
)
