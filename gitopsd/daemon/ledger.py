"""WHAT IS RECORDED ON A MEMBER: its inventory read, checked whose it is, and written.

Comes in: the entries that are to stand there. Goes out: the parent ConfigMap, written with the
version that was read, so that two writers never overwrite each other unseen.
"""

import logging
from collections.abc import Collection, Mapping
from contextlib import suppress

from gitopsd.core.plan import PENDING, inventory
from gitopsd.core.plan.inventory import Inventory
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body, dig, laid
from gitopsd.kube.wire import encode, hash_of
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import Entry
from gitopsd.model.errors import AlreadyThere, ClusterError, Conflict, NotThere, TooLarge
from gitopsd.model.resource import ResourceKey

NAMESPACE = "gitopsd-system"
MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
_ATTEMPTS = 5
# What uid and hash will take when they are known, compressed and encoded.
_GROWTH_BYTES = 75

Changes = Mapping[ResourceKey, Entry | None]

_log = logging.getLogger(__name__)


class NotOurs(ClusterError):
    """The inventory belongs to another repository, member or tool: nothing may be done there."""


async def parent(member: Member, name: str) -> tuple[str, Inventory]:
    """An inventory with its version; raises NotThere, and NotOurs where it is not gitopsd's."""
    body = await member.get(f"{MAPS}/{name}")
    try:
        found = inventory.read(body)
    except ValueError as error:
        raise NotOurs(member.name, str(error), retry=False) from None
    return dig(body, "metadata", "resourceVersion", default=""), found


class Ledger:
    """The inventory of one set on one member; `recorded` is what stands there now.

    `others` are the names of all other members: an inventory that names one of them is not of this
    member, wherever its credentials lead. A name that no member has any more is a former one.
    """

    def __init__(self, name: str, source: str, take_over_from: str) -> None:
        self._name = name
        self._source = source
        self._former = take_over_from
        self.others: Collection[str] = ()
        self._version = ""
        self._written = Inventory()

    @property
    def recorded(self) -> Mapping[ResourceKey, Entry]:
        """The entries that the member holds."""
        return self._written.entries

    @property
    def after(self) -> tuple[str, ...]:
        """The instances whose sets come first, as the member's inventory says."""
        return self._written.after

    @property
    def is_there(self) -> bool:
        """Whether the member held an inventory when it was read or written last."""
        return bool(self._version)

    def names(self, member: Member) -> bool:
        """Whether the inventory, if there is one, says that it is of this member.

        It does not after the member got its name, or where an older gitopsd wrote it.
        """
        return not self._version or self._written.cluster == member.name

    def says(self, wanted: Wanted) -> bool:
        """Whether the inventory, if there is one, names the sets that come before this one."""
        return not self._version or self.after == self._after(wanted)

    async def read(self, member: Member) -> Mapping[ResourceKey, Entry]:
        """The entries on the member, none where nothing was ever recorded; raises NotOurs."""
        try:
            version, found = await parent(member, self._name)
        except NotThere:
            self._version, self._written = "", Inventory()
            return {}
        if found.source not in ("", self._source, self._former):
            words = (
                f"its inventory {NAMESPACE}/{self._name} is of {found.source}, this is "
                f"{self._source}; start once with --take-over-from {found.source} to take it over"
            )
            raise NotOurs(member.name, words, retry=False)
        if found.cluster in self.others:
            words = (
                f"its inventory {NAMESPACE}/{self._name} is that of member {found.cluster}: the "
                "credentials of one of both lead to the wrong cluster, or this one is a copy of it "
                "or had its name; then delete the ConfigMap, and it is made anew from the labels"
            )
            raise NotOurs(member.name, words, retry=False)
        self._version, self._written = version, found
        return found.entries

    async def write(
        self, member: Member, wanted: Wanted, entries: Mapping[ResourceKey, Entry]
    ) -> Changes:
        """Records these entries; nothing is sent when they stand there already.

        What another writer recorded since the last time is recorded too, and given back: entries
        that it added, changed or (None) removed. Where both changed one, ours counts.
        """
        is_said = self.names(member) and self.says(wanted)
        if self._version and is_said and entries == self._written.entries:
            return {}
        now = dict(entries)
        for _ in range(_ATTEMPTS):
            recorded, body = self._parent(member, wanted, now)
            try:
                self._version = await self._send(member, body)
                self._written = recorded
                return _changes(entries, now)
            except (Conflict, AlreadyThere, NotThere):
                before = self._written.entries
                await self._renew(member)
                if self._version:
                    now = _merged(before, now, self._written.entries)
        raise ClusterError(member.name, f"{NAMESPACE}/{self._name} changes all the time")

    def _parent(
        self, member: Member, wanted: Wanted, entries: Mapping[ResourceKey, Entry]
    ) -> tuple[Inventory, Body]:
        desired = hash_of(sorted((key.id, entry.hash) for key, entry in entries.items()))
        after = self._after(wanted)
        recorded = Inventory(self._source, wanted.commit, desired, entries, after, member.name)
        body = inventory.parent(self._name, NAMESPACE, recorded)
        size = inventory.size(body) + _GROWTH_BYTES * sum(
            PENDING in each.flags for each in entries.values()
        )
        if size > inventory.LIMIT_BYTES:
            words = f"the inventory would take {size} bytes; more than {inventory.LIMIT_BYTES}"
            raise TooLarge(member.name, words)
        return recorded, body

    def _after(self, wanted: Wanted) -> tuple[str, ...]:
        """The instances to be named: until all has gone it goes after the same sets as before."""
        if wanted.after is None or wanted.is_nothing:
            return self.after
        return wanted.after

    async def remove(self, member: Member) -> None:
        """Takes the inventory off the member: nothing there is ours any more.

        Raises Conflict where somebody wrote it meanwhile.
        """
        if self._version:
            with suppress(NotThere):
                await member.delete(f"{MAPS}/{self._name}", version=self._version)
        self._version, self._written = "", Inventory()

    async def _send(self, member: Member, body: Body) -> str:
        if self._version:
            versioned = laid(body, self._version, "metadata", "resourceVersion")
            answer = await member.replace(f"{MAPS}/{self._name}", encode(versioned))
        else:
            answer = await member.create(MAPS, encode(body))
        return str(dig(answer, "metadata", "resourceVersion", default=""))

    async def _renew(self, member: Member) -> None:
        """Reads the version again; makes our namespace where it is missing."""
        await self.read(member)
        if self._version:
            return
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        try:
            await member.create("/api/v1/namespaces", encode(namespace))
        except AlreadyThere:
            return


def _merged(
    before: Mapping[ResourceKey, Entry],
    ours: Mapping[ResourceKey, Entry],
    theirs: Mapping[ResourceKey, Entry],
) -> dict[ResourceKey, Entry]:
    """What another writer recorded, with all that we changed since we read or wrote last."""
    found = dict(theirs)
    for key in {*before, *ours}:
        entry = ours.get(key)
        if entry == before.get(key):
            continue
        if entry is None:
            found.pop(key, None)
        else:
            found[key] = entry
    return found


def _changes(
    before: Mapping[ResourceKey, Entry], now: Mapping[ResourceKey, Entry]
) -> dict[ResourceKey, Entry | None]:
    return {key: now.get(key) for key in {*before, *now} if before.get(key) != now.get(key)}
