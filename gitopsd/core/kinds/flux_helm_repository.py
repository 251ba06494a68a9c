"""HelmRepository of Flux: a repository of charts as a source."""

from gitopsd.core.kinds.custom_workload import reflect_of
from gitopsd.core.kinds.flux import aggregate_of, is_ready_by, retain_suspend, secrets_at
from gitopsd.core.kinds.kind import Kind

KIND = Kind(
    group="source.toolkit.fluxcd.io",
    version="v1beta2",
    name="HelmRepository",
    retain=retain_suspend,
    reflect=reflect_of("conditions", "artifact", "observedGeneration", "url"),
    aggregate=aggregate_of({"artifact": None, "url": ""}),
    is_healthy=is_ready_by("Succeeded"),
    dependencies=secrets_at(
        ("secretRef",),
    ),
)
