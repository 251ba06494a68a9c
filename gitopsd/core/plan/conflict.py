"""What to do where another manager owns a field that we want: take it, or let it be.

Comes in: the field, who owns it, and what is claimed of the object. Goes out: a word for each
field, or, for the causes of a refused apply, a `Ruling`. By default we take what is declared; what
controllers and autoscalers of a cluster set is theirs.

First an object's word on the field counts, then its word on all fields, then the repository's
trust, then what is a controller's own, and the repository's word last.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from gitopsd.core.plan.owners import Owned
from gitopsd.kube import places
from gitopsd.kube.body import Body
from gitopsd.model.claims import FAIL, TAKE, YIELD, Claims, Mode

REPLICAS = "/spec/replicas"

_REASON = "FieldManagerConflict"
_MANAGER = re.compile(r'conflict with "([^"]*)"')
_CONTROLLERS = re.compile(
    r"^(kube-controller-manager|kube-scheduler|horizontal-pod-autoscaler|vpa-(updater|recommender|"
    r"admission-controller)|keda(-operator)?|cert-manager-cainjector|kubelet|cluster-autoscaler)$"
)
_THEIRS = re.compile(
    r"^/spec/(replicas|parallelism|clusterIPs?|volumeName|healthCheckNodePort|ports/\d+/nodePort)"
    r"(/|$)|/resources/|/caBundle$"
)
# To set this back is to restart everything once more.
_RESTARTED = "/annotations/kubectl.kubernetes.io~1restartedAt"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The body to send by force, the fields that were let be, and why none may be sent, if so."""

    body: Body
    yielded: tuple[Owned, ...] = ()
    refusal: str = ""


def word(field: Owned, claims: Claims) -> str:
    """TAKE, YIELD or FAIL for a field that these managers own.

    Of several owners the strictest counts.
    """
    if places.covers(claims.forced, field.place):
        return TAKE
    if is_ignored(field, claims) or places.covers(claims.yielded, field.place):
        return YIELD
    words = {_word(field.place, manager, claims) for manager in field.managers}
    return next((each for each in (FAIL, YIELD) if each in words), TAKE)


def is_taken(field: Owned, claims: Claims) -> bool:
    """Whether the field is to become as it is declared."""
    return word(field, claims) == TAKE


def is_ignored(field: Owned, claims: Claims) -> bool:
    """Whether an ignore rule means the field, by its place or by all who own it."""
    if places.covers(claims.ignored, field.place):
        return True
    return bool(claims.ignored_managers and field.managers) and all(
        manager in claims.ignored_managers for manager in field.managers
    )


def conflicting(body: Body, causes: Sequence[Mapping[str, Any]]) -> tuple[Owned, ...]:
    """The fields that a server says others own, each once, with all its owners."""
    owners: dict[str, set[str]] = {}
    for cause in causes:
        if cause.get("reason") == _REASON:
            owners.setdefault(str(cause.get("field") or ""), set()).add(_manager(cause))
    return tuple(
        Owned(places.named(body, field) or "", field, tuple(sorted(managers)))
        for field, managers in owners.items()
    )


def judge(body: Body, fields: Iterable[Owned], claims: Claims) -> Ruling:
    """What follows from a refusal because of these fields.

    A field that cannot be found in the body cannot be left out of it: it is taken.
    """
    words = {field: word(field, claims) for field in fields}
    if refused := [field for field, each in words.items() if each == FAIL]:
        return Ruling(body, refusal=f"others own {', '.join(map(str, refused))}")
    yielded = tuple(field for field, each in words.items() if each == YIELD and field.place)
    return Ruling(places.without(body, [field.place for field in yielded]), yielded)


def _word(place: str, manager: str, claims: Claims) -> str:
    if claims.mode is Mode.MERGE:
        return YIELD
    if claims.on_conflict in (YIELD, FAIL):
        return claims.on_conflict
    if any(fnmatchcase(manager, each) for each in claims.trusted):
        return TAKE
    is_theirs = bool(_CONTROLLERS.match(manager)) and bool(_THEIRS.search(place))
    if is_theirs or place.endswith(_RESTARTED):
        return YIELD
    return claims.on_conflict or claims.otherwise


def _manager(cause: Mapping[str, Any]) -> str:
    found = _MANAGER.search(str(cause.get("message") or ""))
    return found[1] if found else "unknown"
