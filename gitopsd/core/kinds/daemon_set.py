"""DaemonSet: a pod of the template on every node that fits."""

from gitopsd.core.kinds.kind import Kind, generation, integer
from gitopsd.core.kinds.statuses import Counters, aggregate_of, reflect_of
from gitopsd.core.kinds.workload import dependencies_of
from gitopsd.kube.body import Body

_TEMPLATE = ("spec", "template")
_COUNTERS = Counters(
    names=(
        "currentNumberScheduled",
        "desiredNumberScheduled",
        "numberAvailable",
        "numberMisscheduled",
        "numberReady",
        "updatedNumberScheduled",
        "numberUnavailable",
    ),
    always=frozenset(
        {"currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady"}
    ),
)


def is_healthy(body: Body) -> bool:
    """Every node that should has a pod of the newest template, and it is available."""
    status = body.get("status") or {}
    updated = integer(status, "updatedNumberScheduled")
    return (
        integer(status, "observedGeneration") == generation(body)
        and updated >= integer(status, "desiredNumberScheduled")
        and integer(status, "numberAvailable") >= updated
    )


KIND = Kind(
    group="apps",
    version="v1",
    name="DaemonSet",
    pod_template=_TEMPLATE,
    reflect=reflect_of(_COUNTERS),
    aggregate=aggregate_of(_COUNTERS),
    is_healthy=is_healthy,
    dependencies=dependencies_of(_TEMPLATE),
)
