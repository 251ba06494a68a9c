"""Deployment: replicas of a pod template, replaced step by step."""

from gitopsd.core.kinds.kind import Kind, Misread, generation, integer
from gitopsd.core.kinds.statuses import Counters, aggregate_of, reflect_of
from gitopsd.core.kinds.workload import dependencies_of, need_of, one_of, revise_of
from gitopsd.kube.body import Body, dig, laid

_COUNT = ("spec", "replicas")
_TEMPLATE = ("spec", "template")
_RETAIN_REPLICAS = "resourcetemplate.karmada.io/retain-replicas"
_COUNTERS = Counters(
    names=(
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "unavailableReplicas",
    ),
)


def is_healthy(body: Body) -> bool:
    """All wanted replicas are of the newest template and available."""
    status = body.get("status") or {}
    updated = integer(status, "updatedReplicas")
    return (
        integer(status, "observedGeneration") == generation(body)
        and (dig(body, *_COUNT) is None or updated >= integer(body, *_COUNT))
        and integer(status, "availableReplicas") >= updated
    )


def retain(desired: Body, observed: Body) -> Body:
    """The member keeps its replicas where the template's label says so (an autoscaler sets them).

    Raises Misread where the label asks for what the member does not have.
    """
    if dig(desired, "metadata", "labels", _RETAIN_REPLICAS) != "true":
        return desired
    if dig(observed, *_COUNT) is None:
        raise Misread("the member's object has no spec.replicas to retain")
    return laid(desired, integer(observed, *_COUNT), *_COUNT)


KIND = Kind(
    group="apps",
    version="v1",
    name="Deployment",
    pod_template=_TEMPLATE,
    count=_COUNT,
    defaults=one_of(*_COUNT),
    need=need_of(_COUNT, _TEMPLATE),
    revise=revise_of(_COUNT),
    retain=retain,
    reflect=reflect_of(_COUNTERS),
    aggregate=aggregate_of(_COUNTERS),
    is_healthy=is_healthy,
    dependencies=dependencies_of(_TEMPLATE),
)
