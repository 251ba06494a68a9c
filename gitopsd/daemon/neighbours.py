"""HOW THE SET OF ANOTHER INSTANCE IS LOOKED AT on a member that ours is on, too.

Comes in: a member and the name of the instance. Goes out: why that set is not ready, if it is not;
or which sets still come after one. Read alone: inventories, and objects by their label, kind by
kind. What stands there is not trusted: an inventory of another tool, or one that cannot be read, is
none to go by.
"""

import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import NamedTuple

from gitopsd.core.definitions import CRD
from gitopsd.core.health import NOTHING_KNOWN, has_status
from gitopsd.core.plan import PART_OF, Wait, inventory, sets, surroundings
from gitopsd.core.plan.inventory import Inventory, applyset_id
from gitopsd.core.plan.sets import Shown
from gitopsd.daemon.ledger import MAPS, NAMESPACE, NotOurs, parent
from gitopsd.daemon.sight import Kind, key_in, typed
from gitopsd.daemon.surroundings import bodies
from gitopsd.edge import clock
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body, dig
from gitopsd.model.api import Form, Served
from gitopsd.model.errors import Forbidden, NotThere
from gitopsd.model.instance import instance_of, inventory_of
from gitopsd.model.resource import ResourceKey

Kinds = Mapping[Kind, Served]

_log = logging.getLogger(__name__)


class Look(NamedTuple):
    """What a look came to: why the set is not ready, and the version of its inventory.

    `after` are the instances that it waits for itself, by its own word.
    """

    wait: Wait | None
    version: str = ""
    after: tuple[str, ...] = ()


class Neighbour:
    """The set of one other instance; what was seen of it last tells since when it is not well."""

    def __init__(self, instance: str) -> None:
        self.instance = instance
        self._selector = f"{PART_OF}={applyset_id(inventory_of(instance), NAMESPACE)}"
        self._shown: Mapping[ResourceKey, Shown] = {}

    async def look(self, member: Member, kinds: Kinds) -> Look:
        """Whether it is ready now; `kinds` may be old. Raises what else goes wrong on the way."""
        try:
            version, found = await parent(member, inventory_of(self.instance))
        except NotThere:
            return Look(sets.unready(self.instance, None, {}))
        except (NotOurs, Forbidden) as error:
            return Look(sets.unseen(self.instance, error.reason))
        try:
            self._shown = await self._see(member, sets.counted(found), kinds)
        except Forbidden as error:
            return Look(sets.unseen(self.instance, error.reason), version, found.after)
        return Look(sets.unready(self.instance, found, self._shown), version, found.after)

    async def _see(
        self, member: Member, keys: Collection[ResourceKey], kinds: Kinds
    ) -> Mapping[ResourceKey, Shown]:
        """These objects as the member shows them; those that are not there are left out."""
        places = sets.places(keys)
        if any(kind not in kinds for kind, _ in places):
            kinds = (await member.discover()).kinds
        beside = {
            kind: await bodies(member, kinds.get(kind)) for kind in sorted(surroundings.asked(keys))
        }
        listing = _Listing(keys, self._shown)
        # Definitions first: they say whether objects of their kinds can have a status at all.
        for kind, namespace in sorted(places, key=lambda place: place[0] != CRD):
            if kind != CRD:
                listing.around = surroundings.around({CRD: listing.definitions.values()}, beside)
            if (served := kinds.get(kind)) is not None:
                await listing.read(member, served, (namespace, self._selector))
        return listing.seen


class _Listing:
    """Takes in objects of lists, those in `keys` alone, however many there are."""

    def __init__(self, keys: Collection[ResourceKey], before: Mapping[ResourceKey, Shown]) -> None:
        self.seen: dict[ResourceKey, Shown] = {}
        self.definitions: dict[ResourceKey, Body] = {}
        self.around = NOTHING_KNOWN
        self._keys = keys
        self._before = before

    async def read(self, member: Member, served: Served, where: tuple[str, str]) -> None:
        """Reads one list, of a namespace and by a label; a kind that is gone meanwhile has none."""
        now = clock.now()

        def take(body: Body) -> None:
            key = key_in(served, body)
            if key not in self._keys:
                return
            whole = typed(body, served)
            self.seen[key] = sets.shown(whole, self._before.get(key), now, self.around)
            if key[:2] == CRD:
                self.definitions[key] = whole

        namespace, selector = where
        form = Form.FULL if has_status(served.group, served.kind) else Form.METADATA
        with suppress(NotThere):
            await member.each(served.path(namespace), take, selector=selector, form=form)


async def dependents(member: Member, instance: str) -> Wait | None:
    """Why all of this instance's set may not go yet: by every inventory that can be read there.

    Where they may not be listed nothing is known of others, and nothing is held up.
    """
    found: dict[str, Inventory] = {}

    def take(body: Body) -> None:
        with suppress(ValueError):
            name = instance_of(dig(body, "metadata", "name", default=""))
            each = inventory.read(body)
            if instance in (name, *each.after):
                found[name] = each

    try:
        await member.each(MAPS, take, selector=inventory.ID, form=Form.FULL)
    except (Forbidden, NotThere) as error:
        _log.info("cluster=%s dependents=unknown reason=%r", member.name, error.reason)
    return sets.needed(instance, found)
