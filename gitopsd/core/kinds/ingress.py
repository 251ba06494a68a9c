"""Ingress: HTTP from outside to Services."""

from gitopsd.core.kinds.balancers import has_address, united
from gitopsd.core.kinds.kind import Dependency, Items, Kind, mappings, namespace, text
from gitopsd.core.kinds.statuses import reflect_whole, with_status
from gitopsd.kube.body import Body


def dependencies(body: Body) -> tuple[Dependency, ...]:
    """The Secrets of its certificates, as often as they are named."""
    return tuple(
        Dependency("v1", "Secret", namespace(body), text(each, "secretName"))
        for each in mappings(body, "spec", "tls")
    )


def aggregate(body: Body, items: Items, now: str) -> Body:
    """All addresses of all members."""
    return with_status(body, united(items))


KIND = Kind(
    group="networking.k8s.io",
    version="v1",
    name="Ingress",
    reflect=reflect_whole,
    aggregate=aggregate,
    is_healthy=has_address,
    dependencies=dependencies,
)
