"""StatefulSet of OpenKruise: like the native one, with updates in place."""

from collections.abc import Mapping

from gitopsd.core.kinds.custom_workload import (
    aggregate_of,
    dependencies_of,
    is_rolled_out,
    need_of,
    reflect_of,
    revise_of,
)
from gitopsd.core.kinds.kind import Kind
from gitopsd.core.kinds.workload import one_of

_COUNT = ("spec", "replicas")
_TEMPLATE = ("spec", "template")
_COUNTERS = (
    "replicas",
    "readyReplicas",
    "currentReplicas",
    "updatedReplicas",
    "availableReplicas",
    "updatedReadyReplicas",
)
_LATEST: Mapping[str, str | int] = {"updateRevision": "", "currentRevision": ""}

KIND = Kind(
    group="apps.kruise.io",
    version="v1beta1",
    name="StatefulSet",
    pod_template=_TEMPLATE,
    count=_COUNT,
    defaults=one_of(*_COUNT),
    need=need_of(_COUNT, _TEMPLATE),
    revise=revise_of(_COUNT),
    reflect=reflect_of(*_COUNTERS, *_LATEST, "observedGeneration"),
    aggregate=aggregate_of(_COUNTERS, _LATEST),
    is_healthy=is_rolled_out,
    dependencies=dependencies_of(*_TEMPLATE),
    must_depend=True,
)
