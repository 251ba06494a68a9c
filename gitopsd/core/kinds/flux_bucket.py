"""Bucket of Flux: object storage as a source."""

from gitopsd.core.kinds.custom_workload import reflect_of
from gitopsd.core.kinds.flux import aggregate_of, is_ready_by, retain_suspend, secrets_at
from gitopsd.core.kinds.kind import Kind

KIND = Kind(
    group="source.toolkit.fluxcd.io",
    version="v1beta2",
    name="Bucket",
    retain=retain_suspend,
    reflect=reflect_of("conditions", "artifact", "observedIgnore", "observedGeneration", "url"),
    aggregate=aggregate_of({"artifact": None, "url": ""}),
    is_healthy=is_ready_by("Succeeded"),
    dependencies=secrets_at(
        ("secretRef",),
    ),
)
