"""ReplicaSet: replicas of a pod template."""

from gitopsd.core.kinds.kind import Kind, generation, integer
from gitopsd.core.kinds.statuses import Counters, aggregate_of, reflect_of
from gitopsd.core.kinds.workload import dependencies_of, need_of, one_of, revise_of
from gitopsd.kube.body import Body, dig

_COUNT = ("spec", "replicas")
_TEMPLATE = ("spec", "template")
_COUNTERS = Counters(
    names=("replicas", "readyReplicas", "availableReplicas"),
    always=frozenset({"replicas"}),
    others=frozenset({"fullyLabeledReplicas"}),
)


def is_healthy(body: Body) -> bool:
    """All wanted replicas are available."""
    status = body.get("status") or {}
    return integer(status, "observedGeneration") == generation(body) and (
        dig(body, *_COUNT) is None or integer(status, "availableReplicas") >= integer(body, *_COUNT)
    )


KIND = Kind(
    group="apps",
    version="v1",
    name="ReplicaSet",
    pod_template=_TEMPLATE,
    count=_COUNT,
    defaults=one_of(*_COUNT),
    need=need_of(_COUNT, _TEMPLATE),
    revise=revise_of(_COUNT),
    reflect=reflect_of(_COUNTERS),
    aggregate=aggregate_of(_COUNTERS),
    is_healthy=is_healthy,
    dependencies=dependencies_of(_TEMPLATE),
)
