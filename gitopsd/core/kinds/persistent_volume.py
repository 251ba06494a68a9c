"""PersistentVolume: storage of a member, which binds it to a claim."""

from gitopsd.core.kinds.kind import Items, Kind, text
from gitopsd.core.kinds.statuses import with_status
from gitopsd.kube.body import Body, dig, laid

# The worst comes first; a member that has not reported counts as Pending.
_PHASES = ("Failed", "Pending", "Available", "Bound", "Released")


def retain(desired: Body, observed: Body) -> Body:
    """The member keeps the claim that it bound."""
    if "claimRef" not in dig(observed, "spec", default={}):
        return desired
    return laid(desired, observed["spec"]["claimRef"], "spec", "claimRef")


def aggregate(body: Body, items: Items, now: str) -> Body:
    """The worst phase of all members."""
    phases = {
        "Pending" if item.status is None else text(item.status, "phase") for item in items or ()
    }
    phase = next((each for each in _PHASES if each in phases), "")
    return with_status(body, {"phase": phase} if phase else {})


KIND = Kind(
    group="",
    version="v1",
    name="PersistentVolume",
    retain=retain,
    aggregate=aggregate,
)
