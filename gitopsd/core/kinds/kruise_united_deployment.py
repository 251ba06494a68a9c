"""UnitedDeployment of OpenKruise: one workload in several parts of a cluster."""

from gitopsd.core.kinds.custom_workload import (
    aggregate_of,
    collected,
    dependencies_of,
    is_rolled_out,
    list_of,
    need_of,
    reflect_of,
    revise_of,
)
from gitopsd.core.kinds.kind import Items, Kind
from gitopsd.core.kinds.statuses import with_status
from gitopsd.core.kinds.workload import one_of
from gitopsd.kube.body import Body, dig

_COUNT = ("spec", "replicas")
_TEMPLATE = ("spec", "template")
_COUNTERS = (
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
)
_sums = aggregate_of(_COUNTERS, {})


def is_healthy(body: Body) -> bool:
    """All wanted replicas are of the newest template and available; not without a status."""
    return dig(body, "status") is not None and "spec" in body and is_rolled_out(body)


def aggregate(body: Body, items: Items, now: str) -> Body:
    """Sums, and of each type of condition the last."""
    summed = _sums(body, items, now)
    conditions = {each.get("type"): each for each in list_of(collected(items), "conditions")}
    if not conditions:
        return summed
    return with_status(summed, {**summed["status"], "conditions": list(conditions.values())})


KIND = Kind(
    group="apps.kruise.io",
    version="v1alpha1",
    name="UnitedDeployment",
    count=_COUNT,
    defaults=one_of(*_COUNT),
    need=need_of(_COUNT, _TEMPLATE),
    revise=revise_of(_COUNT),
    reflect=reflect_of(*_COUNTERS, "observedGeneration", "conditions"),
    aggregate=aggregate,
    is_healthy=is_healthy,
    dependencies=dependencies_of(*_TEMPLATE),
    must_depend=True,
)
