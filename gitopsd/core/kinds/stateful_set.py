"""StatefulSet: numbered replicas of a pod template, each with claims of its own."""

from gitopsd.core.kinds.deployment import is_healthy
from gitopsd.core.kinds.kind import Dependency, Kind, mappings, namespace, text
from gitopsd.core.kinds.pods import dependencies as pod_dependencies
from gitopsd.core.kinds.statuses import Counters, aggregate_of, reflect_of
from gitopsd.core.kinds.workload import need_of, one_of, revise_of
from gitopsd.kube.body import Body, dig

_COUNT = ("spec", "replicas")
_TEMPLATE = ("spec", "template")
_COUNTERS = Counters(
    names=(
        "availableReplicas",
        "currentReplicas",
        "readyReplicas",
        "replicas",
        "updatedReplicas",
    ),
    always=frozenset({"availableReplicas", "replicas"}),
    follows_template=False,
)


def dependencies(body: Body) -> tuple[Dependency, ...]:
    """What the pod template names, but the claims that the StatefulSet makes by itself."""
    made = frozenset(
        text(each, "metadata", "name") for each in mappings(body, "spec", "volumeClaimTemplates")
    )
    spec = dig(body, *_TEMPLATE, "spec", default={})
    return pod_dependencies(spec, namespace(body), without_claims=made)


KIND = Kind(
    group="apps",
    version="v1",
    name="StatefulSet",
    pod_template=_TEMPLATE,
    count=_COUNT,
    defaults=one_of(*_COUNT),
    need=need_of(_COUNT, _TEMPLATE),
    revise=revise_of(_COUNT),
    reflect=reflect_of(_COUNTERS),
    aggregate=aggregate_of(_COUNTERS),
    is_healthy=is_healthy,
    dependencies=dependencies,
)
