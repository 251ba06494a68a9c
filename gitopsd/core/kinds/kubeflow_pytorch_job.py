"""PyTorchJob of Kubeflow: a master and workers that train with PyTorch."""

from gitopsd.core.kinds.kind import Kind
from gitopsd.core.kinds.training import (
    aggregate_of,
    components_of,
    dependencies_of,
    is_not_failed,
)

_SPECS = ("spec", "pytorchReplicaSpecs")
_ROLES = ("Master", "Worker")

KIND = Kind(
    group="kubeflow.org",
    version="v1",
    name="PyTorchJob",
    components=components_of(_SPECS, _ROLES),
    aggregate=aggregate_of("PyTorchJob", _ROLES),
    is_healthy=is_not_failed,
    dependencies=dependencies_of(_SPECS, _ROLES),
)
