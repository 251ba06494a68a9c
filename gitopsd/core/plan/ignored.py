"""What of an ignored place is sent: nothing, or what the member has there.

Comes in: the body to apply, what is claimed of it, and the live object. Goes out: the body to send.
Left out, a field that only we own would be removed from the member, so its live value is sent.
"""

from collections.abc import Iterable

from gitopsd.core.plan import owners
from gitopsd.core.plan.drift import owned
from gitopsd.core.plan.observed import Live
from gitopsd.kube import places, pointer, wire
from gitopsd.kube.body import Body
from gitopsd.kube.fields import Tree
from gitopsd.model.claims import Claims


def is_read_first(body: Body, claims: Claims, live: Live | None) -> bool:
    """Whether the live values must be known before anything is sent."""
    if not claims.ignored:
        return False
    if live is None:
        return True
    ours: Tree = wire.decode(live.fields) if live.fields else {}
    return any(owners.path_of(body, place, ours) is not None for place in claims.ignored)


def spared(body: Body, claims: Claims, observed: Body | None, manager: str) -> Body:
    """The body to send over this live one; None where nothing ignored is ours."""
    if observed is None:
        return _lacking(body, claims.ignored)
    fields = owned(observed, manager)
    ours: Tree = wire.decode(fields) if fields else {}
    others = owners.read(owners.others(observed, manager))
    dropped = []
    for place in claims.ignored:
        path = owners.path_of(body, place, ours)
        value = None
        if path is not None and not owners.owned(body, (place,), others)[0].managers:
            rest = pointer.join(pointer.split(place)[len(path) :])
            value = pointer.find(owners.value_at(observed, path), rest)
        if value is None:
            dropped.append(place)
        else:
            body = places.laid(body, place, value)
    return _lacking(body, dropped)


def _lacking(body: Body, dropped: Iterable[str]) -> Body:
    found: Body = places.without(body, dropped)
    return found
