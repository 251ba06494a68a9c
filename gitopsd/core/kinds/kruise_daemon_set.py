"""DaemonSet of OpenKruise: like the native one, with updates in place."""

from collections.abc import Mapping

from gitopsd.core.kinds.custom_workload import aggregate_of, counted, dependencies_of, reflect_of
from gitopsd.core.kinds.kind import Kind
from gitopsd.kube.body import Body, dig

_TEMPLATE = ("spec", "template")
_COUNTERS = (
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
)
_LATEST: Mapping[str, str | int] = {"daemonSetHash": 0}


def is_healthy(body: Body) -> bool:
    """Every node that should has a pod of the newest template, and it is available."""
    if dig(body, "status", "observedGeneration") != dig(body, "metadata", "generation"):
        return False
    updated = counted(body, "status", "updatedNumberScheduled")
    if updated < counted(body, "status", "desiredNumberScheduled"):
        return False
    return counted(body, "status", "numberAvailable") >= updated


KIND = Kind(
    group="apps.kruise.io",
    version="v1alpha1",
    name="DaemonSet",
    pod_template=_TEMPLATE,
    reflect=reflect_of(*_COUNTERS, *_LATEST, "observedGeneration"),
    aggregate=aggregate_of(_COUNTERS, _LATEST),
    is_healthy=is_healthy,
    dependencies=dependencies_of(*_TEMPLATE),
)
