"""What a template has now.

The last decision of this process says it. Before the first one, and for a member whose inventory
is read for the first time, the member's own inventory says it, and memory where the inventory has
nothing to say: it is unread, does not have the object yet, or cannot tell what the template's own
policy sent from what others draw along (no share stands in it). An inventory is never asked again
later, for it lags behind what was decided; of a template that comes back, memory says where it was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gitopsd.core.changes import is_prunable
from gitopsd.core.decide.scene import Inventory, Scene
from gitopsd.model.decision import Assignment, Share
from gitopsd.model.resource import ResourceKey


@dataclass(frozen=True, slots=True)
class Previous:
    """The shares by cluster, the affinity group in use, and the hash of the placement applied."""

    shares: tuple[Share, ...] = ()
    affinity: str = ""
    applied: str = ""


def previous(key: ResourceKey, last: Assignment | None, scene: Scene) -> Previous:
    """What the template has; nothing for one that is new."""
    if last is not None:
        if not scene.unheard:
            return Previous(last.shares, last.affinity)
        return Previous(_corrected(last.shares, key, scene.unheard), last.affinity)
    remembered = scene.memory.templates.get(key)
    if remembered is None:
        return Previous(_found(key, scene.inventories))
    shares = _corrected(remembered.shares, key, scene.unheard)
    return Previous(shares, remembered.affinity, remembered.placement)


def _corrected(
    known: Iterable[Share], key: ResourceKey, inventories: Mapping[str, Inventory]
) -> tuple[Share, ...]:
    """The known shares, and what the inventories say of divided replicas."""
    shares = dict(known)
    for cluster, inventory in inventories.items():
        entry = inventory.get(key)
        if entry is not None and entry.share is not None and is_prunable(entry):
            shares[cluster] = entry.share
    return _sorted(shares)


def _found(key: ResourceKey, inventories: Mapping[str, Inventory]) -> tuple[Share, ...]:
    """All that the inventories have of a template of which nothing else is known."""
    shares = {
        cluster: entry.share or 0
        for cluster, inventory in inventories.items()
        if inventory and (entry := inventory.get(key)) is not None and is_prunable(entry)
    }
    return _sorted(shares)


def _sorted(shares: Mapping[str, int]) -> tuple[Share, ...]:
    return tuple(Share(*each) for each in sorted(shares.items()))
