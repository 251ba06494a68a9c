"""TFJob of Kubeflow: replicas of several roles that train with TensorFlow."""

from gitopsd.core.kinds.kind import Kind
from gitopsd.core.kinds.training import (
    aggregate_of,
    components_of,
    dependencies_of,
    is_not_failed,
)

_SPECS = ("spec", "tfReplicaSpecs")
_ROLES = ("PS", "Worker", "Chief", "Master", "Evaluator")

KIND = Kind(
    group="kubeflow.org",
    version="v1",
    name="TFJob",
    components=components_of(_SPECS, _ROLES),
    aggregate=aggregate_of("TFJob", _ROLES),
    is_healthy=is_not_failed,
    dependencies=dependencies_of(_SPECS, _ROLES),
)
