"""How a live object of ours stands to its manifest: what is to be put back, and what is let be.

Comes in: the manifest, the live object, and what was put back before. Goes out: a `Standing`. No
request is made for it: fields and their owners stand in the object itself, so what was yielded once
stays yielded over restarts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gitopsd.core.plan import conflict, owners
from gitopsd.core.plan.drift import lost
from gitopsd.core.plan.observed import Live, Repair
from gitopsd.core.plan.owners import Owned
from gitopsd.core.plan.retained import owned_by_member
from gitopsd.model.claims import YIELD, Claims
from gitopsd.model.decision import Manifest

FLIPS = 3
WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Standing:
    """Fields of the manifest that are not ours: `drifted` are to be put back, `yielded` let be.

    `fought` are let be because somebody changed them again each time they were put back.
    """

    drifted: tuple[Owned, ...] = ()
    yielded: tuple[Owned, ...] = ()
    fought: tuple[Owned, ...] = ()


AS_WANTED = Standing()


def standing(
    manifest: Manifest, live: Live, repairs: Sequence[Repair], *, is_answered: bool
) -> Standing:
    """How the object stands. `is_answered`: this is how an apply of the manifest left it."""
    if live.fields is None:
        owner = owners.owned(manifest.body, ("",), owners.read(live.others))
        return AS_WANTED if is_answered else Standing(drifted=owner)
    missing = lost(manifest.body, live.fields)
    if not missing:
        return AS_WANTED
    members_own = owned_by_member(manifest.body)
    others = owners.read(live.others)
    drifted: list[Owned] = []
    yielded: list[Owned] = []
    given_up: list[Owned] = []
    stuck = fought(repairs)
    for field in owners.owned(manifest.body, missing, others):
        if field.place in members_own or conflict.is_ignored(field, manifest.claims):
            continue
        if field in stuck:
            given_up.append(field)
        elif field.managers and (is_answered or conflict.word(field, manifest.claims) == YIELD):
            yielded.append(field)
        elif not is_answered:
            drifted.append(field)
    return Standing(tuple(drifted), tuple(yielded), tuple(given_up))


def autoscaled(manifest: Manifest) -> Manifest:
    """The same, with its replicas left to whoever sets them, unless they are to be forced."""
    yielded = (*manifest.claims.yielded, conflict.REPLICAS)
    return replace(manifest, claims=replace(manifest.claims, yielded=yielded))


def fought(repairs: Iterable[Repair]) -> frozenset[Owned]:
    """Fields that the same managers changed again and again, however often they were put back."""
    times: dict[Owned, list[datetime]] = {}
    for repair in repairs:
        if repair.field.managers:
            times.setdefault(repair.field, []).append(repair.at)
    return frozenset(field for field, each in times.items() if _is_too_often(each))


def giving_up(claims: Claims, repairs: Iterable[Repair]) -> Claims:
    """The claims without the fields at which a fight was given up."""
    places = tuple(field.place for field in fought(repairs))
    if not places:
        return claims
    forced = tuple(each for each in claims.forced if each not in places)
    return replace(claims, forced=forced, yielded=(*claims.yielded, *places))


def _is_too_often(times: Sequence[datetime]) -> bool:
    spans = zip(times, times[FLIPS - 1 :], strict=False)
    return any(last - first <= WITHIN for first, last in spans)
