"""WHAT IS OURS ON A MEMBER WITHOUT AN INVENTORY: searched by our label, in every kind it serves.

Comes in: a member that has none (it is new, or somebody deleted it). Goes out: an entry for each
object that carries our label and fields that we applied. Stands alone because lists of wanted kinds
would miss what nobody wants any more, and this would stay for ever.
"""

import asyncio
from collections.abc import Iterable

from gitopsd.core.plan import PART_OF, applied_as, is_ours
from gitopsd.daemon.pulse import patiently
from gitopsd.daemon.sight import Sight, key_in
from gitopsd.edge.member import Member
from gitopsd.model.api import Served
from gitopsd.model.delivery import Entry
from gitopsd.model.errors import ObjectError

_AT_ONCE = 8


async def search(member: Member, sight: Sight) -> None:
    """Lets `sight` know all that is ours; a kind that may not be listed is passed over.

    A copy that somebody made of one of ours has our label, but no fields of ours.
    """
    width = asyncio.Semaphore(_AT_ONCE)

    async def found(served: Served) -> Iterable[Entry]:
        async with width:
            return await _of_kind(member, sight, served)

    kinds = [each for each in sight.discovery.kinds.values() if {"list", "delete"} <= each.verbs]
    async with asyncio.TaskGroup() as tasks:
        searches = [tasks.create_task(found(served)) for served in kinds]
    for done in searches:
        for entry in done.result():
            sight.record(entry)


async def _of_kind(member: Member, sight: Sight, served: Served) -> Iterable[Entry]:
    try:
        selector = f"{PART_OF}={sight.set_id}"
        listing = await patiently(lambda: member.list(served.path(), selector=selector))
    except ObjectError:
        return ()
    return [
        Entry(key_in(served, body), served.version, body["metadata"].get("uid") or "")
        for body in listing.items
        # Some objects are served by two groups; it is recorded as what it was applied as.
        if is_ours(body, sight.set_id) and applied_as(body, sight.manager) == served.group
    ]
