"""PersistentVolumeClaim: storage that a member binds to a volume."""

from gitopsd.core.kinds.kind import Items, Kind, text
from gitopsd.core.kinds.statuses import with_status
from gitopsd.kube.body import Body, laid


def is_healthy(body: Body) -> bool:
    """It is bound."""
    return text(body, "status", "phase") == "Bound"


def retain(desired: Body, observed: Body) -> Body:
    """The member keeps the volume that it bound."""
    volume = text(observed, "spec", "volumeName")
    return laid(desired, volume, "spec", "volumeName") if volume else desired


def aggregate(body: Body, items: Items, now: str) -> Body:
    """Lost where any is; else what the last member that is not bound says; else Bound."""
    phases = [text(item.status, "phase") for item in items or () if item.status is not None]
    unbound = [phase for phase in phases if phase != "Bound"]
    phase = "Lost" if "Lost" in phases else unbound[-1] if unbound else "Bound"
    return with_status(body, {"phase": phase} if phase else {})


KIND = Kind(
    group="",
    version="v1",
    name="PersistentVolumeClaim",
    retain=retain,
    aggregate=aggregate,
    is_healthy=is_healthy,
)
