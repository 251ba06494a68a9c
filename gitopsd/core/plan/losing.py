"""What would be lost with an object that is deleted, and what a person says to allow it.

Comes in: what is known of the object, and what is found in it. Goes out: why it must not be deleted
yet, in words that say what would allow it; or nothing. Stands alone because an approval of a
deletion says that the object may go, and only this that what it holds may be lost.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from gitopsd.core.kinds.volumes import ALLOW_LOSS, HOLD_DATA
from gitopsd.core.plan.observed import Live, is_ours
from gitopsd.kube.body import Body, dig
from gitopsd.model.api import Served
from gitopsd.model.delivery import RIGHTS
from gitopsd.model.resource import ResourceKey

NAMESPACE = ("", "Namespace")
DEFINITION = ("apiextensions.k8s.io", "CustomResourceDefinition")

_LONG = timedelta(minutes=5)
_SHOWN = 3
# What every namespace gets by itself, or what only mirrors and measures other objects.
_MIRRORS = frozenset(
    {
        ("", "Endpoints"),
        ("", "Event"),
        ("coordination.k8s.io", "Lease"),
        ("discovery.k8s.io", "EndpointSlice"),
        ("events.k8s.io", "Event"),
    }
)
_MEASURES = "metrics.k8s.io"
_OWN = frozenset(
    {
        ("ConfigMap", "istio-ca-root-cert"),
        ("ConfigMap", "kube-root-ca.crt"),
        ("ConfigMap", "openshift-service-ca.crt"),
        ("ServiceAccount", "default"),
    }
)
_ACCOUNT = "kubernetes.io/service-account.name"


def refusal(key: ResourceKey, may_lose: bool) -> str:
    """Why an object that holds data itself must not be deleted yet; empty where it may."""
    if key[:2] not in HOLD_DATA or may_lose:
        return ""
    return f'holds data; commit {ALLOW_LOSS}: "true" on it: while it is wanted here, or beside that'


def ending(live: Live, now: datetime) -> tuple[str, datetime | None]:
    """What is told of an object that is being deleted, and when something else is.

    What keeps it for more than five minutes is named; it is never taken off by us.
    """
    words = "is being deleted; a finalizer or its dependents keep it"
    if live.ends_since is None or not live.finalizers:
        return words, None
    late = live.ends_since + _LONG
    if now < late:
        return words, late
    named = ", ".join(live.finalizers)
    return (
        f"is being deleted for more than 5 minutes; its finalizers keep it: {named}",
        None,
    )


def is_searched(served: Served) -> bool:
    """Whether objects of a kind in a namespace count as something of others in it."""
    kind = (served.group, served.kind)
    is_measured = served.group.endswith(_MEASURES)
    return "list" in served.verbs and kind not in _MIRRORS and not is_measured


def strangers(bodies: Iterable[Body], served: Served, set_id: str) -> list[str]:
    """The objects of one kind that are not ours and belong to no other object, by their names."""
    found = []
    for body in bodies:
        name = dig(body, "metadata", "name", default="")
        is_own = is_ours(body, set_id) or (served.kind, name) in _OWN or _is_right(body, served)
        if is_own or dig(body, "metadata", "ownerReferences"):
            continue
        if served.kind == "Secret" and dig(body, "metadata", "annotations", _ACCOUNT):
            continue
        found.append(f"{served.kind} {name}")
    return found


def _is_right(body: Body, served: Served) -> bool:
    """Whether it is a right that was printed for the daemon itself."""
    is_role = served.kind in ("Role", "RoleBinding")
    return is_role and dig(body, "metadata", "labels", RIGHTS) is not None


def held(found: list[str]) -> str:
    """Why something in which others have these must not be deleted yet; empty for none."""
    if not found:
        return ""
    shown = ", ".join(found[:_SHOWN]) + (", …" if len(found) > _SHOWN else "")
    objects = "an object that is" if len(found) == 1 else f"{len(found)} objects that are"
    return f'holds {objects} not ours ({shown}); {ALLOW_LOSS}: "true" on it lets them go with it'
