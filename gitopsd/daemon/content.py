"""WHAT ELSE GOES with a namespace or a definition: looked for right before it is deleted.

Comes in: the object's key and what is known of the member. Goes out: an error that says what of
others is in it; nothing where all is ours. Stands alone because it is the one place where a
deletion asks more of a member than the object itself.
"""

from gitopsd.core.plan import losing
from gitopsd.daemon.sight import Sight
from gitopsd.edge.member import Member
from gitopsd.model.api import Served
from gitopsd.model.errors import Forbidden, HoldsOthers, NotThere
from gitopsd.model.resource import ResourceKey


async def check(member: Member, sight: Sight, key: ResourceKey) -> None:
    """Raises HoldsOthers where something that is not ours would go with this object.

    So it does where a kind may not be listed: then nobody knows.
    """
    if key[:2] == losing.NAMESPACE:
        kinds = [
            each
            for each in sight.discovery.kinds.values()
            if each.is_namespaced and losing.is_searched(each)
        ]
        if sight.discovery.partial:
            groups = ", ".join(sorted(sight.discovery.partial))
            words = f"the member does not say all that it serves of {groups}, so what is in it"
            raise HoldsOthers(str(key), f"{words} is not known")
        await _search(member, sight, key, (key.name, kinds))
    elif key[:2] == losing.DEFINITION:
        plural, _, group = key.name.partition(".")
        kinds = [
            each
            for each in sight.discovery.kinds.values()
            if each.group == group and each.plural == plural
        ]
        await _search(member, sight, key, ("", kinds))


async def _search(
    member: Member, sight: Sight, key: ResourceKey, where: tuple[str, list[Served]]
) -> None:
    namespace, kinds = where
    found: list[str] = []
    for served in sorted(kinds, key=lambda each: (each.group, each.kind)):
        try:
            listing = await member.list(served.path(namespace))
        except NotThere:
            continue
        except Forbidden as error:
            words = f"{served.plural} may not be listed, so what is in it is not known"
            raise HoldsOthers(str(key), f"{words}: {error.reason}") from None
        found += losing.strangers(listing.items, served, sight.set_id)
    if words := losing.held(found):
        raise HoldsOthers(str(key), words)
