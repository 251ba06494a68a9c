"""HelmChart of Flux: one chart of a repository."""

from gitopsd.core.kinds.custom_workload import reflect_of
from gitopsd.core.kinds.flux import aggregate_of, is_ready_by, retain_suspend, secrets_at
from gitopsd.core.kinds.kind import Kind

KIND = Kind(
    group="source.toolkit.fluxcd.io",
    version="v1beta2",
    name="HelmChart",
    retain=retain_suspend,
    reflect=reflect_of(
        "artifact", "conditions", "observedChartName", "observedSourceArtifactRevision", "url"
    ),
    aggregate=aggregate_of(
        {"artifact": None, "observedChartName": "", "observedSourceArtifactRevision": "", "url": ""}
    ),
    is_healthy=is_ready_by("Succeeded", "ChartPullSucceeded"),
    dependencies=secrets_at(
        ("verify", "secretRef"),
    ),
)
