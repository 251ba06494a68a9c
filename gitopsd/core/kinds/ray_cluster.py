"""RayCluster: a head and groups of workers that run tasks of Ray."""

from collections.abc import Iterable
from typing import Any

from gitopsd.core.kinds.custom_workload import collected, list_of
from gitopsd.core.kinds.kind import Items, Kind, Status, integer, mappings
from gitopsd.core.kinds.ray_clusters import components_of
from gitopsd.core.kinds.statuses import with_status
from gitopsd.core.kinds.training import latest
from gitopsd.kube.body import Body, dig
from gitopsd.kube.quantity import canonical, nano
from gitopsd.model.decision import Component

_COUNTERS = (
    "readyWorkerReplicas",
    "availableWorkerReplicas",
    "maxWorkerReplicas",
    "minWorkerReplicas",
    "desiredWorkerReplicas",
)


def components(body: Body) -> tuple[Component, ...]:
    """The head and each group of workers."""
    return components_of(dig(body, "spec", default={}))


def is_healthy(body: Body) -> bool:
    """The head is ready, the cluster was provisioned, and no replica failed."""
    true = {
        each.get("type")
        for each in mappings(body, "status", "conditions")
        if each.get("status") == "True"
    }
    return {"HeadPodReady", "RayClusterProvisioned"} <= true and (
        "RayClusterReplicaFailure" not in true
    )


def aggregate(body: Body, items: Items, now: str) -> Body:
    """The status of the only member; of several the sums, and the first one's head."""
    if items is None:
        return body
    if len(items) == 1:
        return with_status(body, items[0].status or {})
    statuses = collected(items)
    stating = next((each for each in statuses if each.get("state") is not None), {})
    found: dict[str, Any] = {
        "conditions": list_of(statuses, "conditions"),
        **{name: sum(integer(each, name) for each in statuses) for name in _COUNTERS},
        "desiredCPU": _sum(each.get("desiredCPU") for each in statuses),
        "desiredMemory": _sum(each.get("desiredMemory") for each in statuses),
        "desiredGPU": _count(each.get("desiredGPU") for each in statuses),
        "desiredTPU": _count(each.get("desiredTPU") for each in statuses),
        "lastUpdateTime": latest(statuses, "lastUpdateTime"),
        "endpoints": _first(statuses, "endpoints"),
        "head": _first(statuses, "head"),
        "state": stating.get("state"),
        "stateTransitionTimes": stating.get("stateTransitionTimes"),
    }
    return with_status(body, {**(body.get("status") or {}), **found})


def _first(statuses: list[Status], name: str) -> Any:
    return next((each[name] for each in statuses if each.get(name) is not None), None)


def _sum(quantities: Iterable[Any]) -> str:
    """Quantities as one, in the notation of the first that is not zero, as Kubernetes adds."""
    written = [each for each in quantities if each not in (None, "")]
    total = sum(nano(each) for each in written)
    first = next((each for each in written if nano(each)), "0")
    binary = isinstance(first, str) and first.endswith("i")
    whole, rest = divmod(total, 10**9)
    if binary and not rest:
        return canonical(f"{whole // 1024}Ki") if whole % 1024 == 0 else str(whole)
    return canonical(f"{total}n")


def _count(numbers: Iterable[Any]) -> str:
    total = sum((float(each) for each in numbers if each not in (None, "")), 0.0)
    return str(int(total)) if total.is_integer() else str(total)


KIND = Kind(
    group="ray.io",
    version="v1",
    name="RayCluster",
    components=components,
    aggregate=aggregate,
    is_healthy=is_healthy,
)
