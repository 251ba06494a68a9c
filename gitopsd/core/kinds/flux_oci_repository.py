"""OCIRepository of Flux: an artifact in a registry as a source."""

from gitopsd.core.kinds.custom_workload import reflect_of
from gitopsd.core.kinds.flux import aggregate_of, is_ready_by, named, retain_suspend, secrets_at
from gitopsd.core.kinds.kind import Dependency, Kind
from gitopsd.kube.body import Body

_secrets = secrets_at(("secretRef",), ("verify", "secretRef"), ("certSecretRef",))


def dependencies(body: Body) -> tuple[Dependency, ...]:
    """The Secrets and the account that it reads the registry with."""
    return _secrets(body) + named("ServiceAccount", body, ("spec", "serviceAccountName"))


KIND = Kind(
    group="source.toolkit.fluxcd.io",
    version="v1beta2",
    name="OCIRepository",
    retain=retain_suspend,
    reflect=reflect_of(
        "conditions",
        "url",
        "artifact",
        "observedIgnore",
        "observedLayerSelector",
        "observedGeneration",
    ),
    aggregate=aggregate_of({"artifact": None, "url": ""}),
    is_healthy=is_ready_by("Succeeded"),
    dependencies=dependencies,
)
