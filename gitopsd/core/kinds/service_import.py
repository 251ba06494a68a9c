"""ServiceImport: a Service of other clusters, made here as one called `derived-…`."""

from gitopsd.core.kinds.kind import Dependency, Kind, namespace, text
from gitopsd.kube.body import Body


def dependencies(body: Body) -> tuple[Dependency, ...]:
    """The derived Service and its EndpointSlices."""
    derived = f"derived-{text(body, 'metadata', 'name')}"
    slices = {"matchLabels": {"kubernetes.io/service-name": derived}}
    return (
        Dependency("v1", "Service", namespace(body), derived),
        Dependency("discovery.k8s.io/v1", "EndpointSlice", namespace(body), label_selector=slices),
    )


KIND = Kind(
    group="multicluster.x-k8s.io",
    version="v1alpha1",
    name="ServiceImport",
    dependencies=dependencies,
)
