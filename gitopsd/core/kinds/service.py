"""Service: a stable address for pods; some of its fields are given out by the member."""

from gitopsd.core.kinds.balancers import has_address, united
from gitopsd.core.kinds.kind import Items, Kind, Misread, Status, integer, text
from gitopsd.core.kinds.statuses import status_of, with_status
from gitopsd.kube.body import Body, dig, laid


def is_healthy(body: Body) -> bool:
    """Not of type LoadBalancer, or the load balancer has an address."""
    return not _is_balanced(body) or has_address(body)


def retain(desired: Body, observed: Body) -> Body:
    """The member keeps the address and the health check port that it gave out."""
    port = integer(observed, "spec", "healthCheckNodePort")
    if port > 0:
        desired = laid(desired, port, "spec", "healthCheckNodePort")
    address = text(observed, "spec", "clusterIP")
    return laid(desired, address, "spec", "clusterIP") if address else desired


def reflect(body: Body) -> Status | None:
    """The load balancer of a Service of that type; none for any other."""
    if not _is_balanced(body):
        return None
    status = status_of(body)
    if status is None:
        return None
    return {"loadBalancer": status.get("loadBalancer") or {}}


def aggregate(body: Body, items: Items, now: str) -> Body:
    """All addresses of all members; a Service of another type stays as it is."""
    return with_status(body, united(items)) if _is_balanced(body) else body


def _is_balanced(body: Body) -> bool:
    kind = dig(body, "spec", "type", default="")
    if not isinstance(kind, str):
        raise Misread(f"spec.type is {kind!r}; right would be a string")
    return kind == "LoadBalancer"


KIND = Kind(
    group="",
    version="v1",
    name="Service",
    retain=retain,
    reflect=reflect,
    aggregate=aggregate,
    is_healthy=is_healthy,
)
