"""WHAT ELSE IS LOOKED AT on a member: classes and Ingresses, where the health of ours needs them.

Comes in: what is wanted. Goes out: an `Around` in the `Sight`, and the objects that it may say
something new of. One list for each kind, when something of ours needs it, and not again for ten
minutes.
"""

import logging
from collections.abc import Mapping, Sequence

from gitopsd.core.plan import surroundings
from gitopsd.daemon.pulse import patiently
from gitopsd.daemon.sight import Kind, Sight
from gitopsd.edge import clock
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body
from gitopsd.model.api import Form, Served
from gitopsd.model.decision import Wanted
from gitopsd.model.errors import ObjectError
from gitopsd.model.resource import ResourceKey

_AGAIN_S = 600.0

_log = logging.getLogger(__name__)


class Surroundings:
    """What was looked at in one connection."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._manifests: Mapping[ResourceKey, object] | None = None
        self._listed: dict[Kind, Sequence[Body]] = {}
        self._at: dict[Kind, float] = {}

    async def learn(self, wanted: Wanted, member: Member) -> Sequence[ResourceKey]:
        """Looks around for another set; the objects of ours to be read again, sorted."""
        if wanted.manifests is self._manifests:
            return ()
        for kind in sorted(surroundings.asked(wanted.manifests)):
            if clock.monotonic() - self._at.get(kind, -_AGAIN_S) >= _AGAIN_S:
                self._listed[kind] = await bodies(member, self._sight.served(kind))
                self._at[kind] = clock.monotonic()
        self._manifests = wanted.manifests
        before, sight = self._sight.around, self._sight
        sight.around = surroundings.around_of(wanted, self._listed)
        kinds = surroundings.concerned(before, sight.around)
        return sorted(key for key in sight.live if key[:2] in kinds) if kinds else ()


async def bodies(member: Member, served: Served | None) -> Sequence[Body]:
    """All objects of a kind; none where it is not served or may not be listed."""
    if served is None:
        return ()
    try:
        listing = await patiently(lambda: member.list(served.path(), form=Form.FULL))
    except ObjectError as error:
        _log.debug("cluster=%s list=%s reason=%r", member.name, served.plural, error.reason)
        return ()
    return tuple(listing.items)
