"""What must be deleted although it is wanted, because nothing else leads to what is wanted.

Comes in: what a member holds and is to hold. Goes out: the objects whose hashes say so, which count
as deletions throughout, and those of which only the member said so: each of these waits for an
approval of its own.
"""

from collections.abc import Iterable, Mapping

from gitopsd.core.changes import is_prunable
from gitopsd.core.fixed import is_flagged, is_recreated
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import Entry
from gitopsd.model.gating import Approval
from gitopsd.model.resource import ResourceKey

Inventory = Mapping[ResourceKey, Entry]
Wanted = Mapping[ResourceKey, Manifest]


def recreated(inventory: Inventory, wanted: Wanted) -> frozenset[ResourceKey]:
    """What is made anew by all that is known offline."""
    return frozenset(
        key
        for key, entry in inventory.items()
        if (manifest := wanted.get(key)) is not None
        and entry.hash != manifest.hash
        and is_prunable(entry)
        and is_recreated(entry.hash, manifest)
    )


def refused(inventory: Inventory, wanted: Wanted) -> frozenset[ResourceKey]:
    """What asks to be made anew, and of which only the member says that this is needed."""
    return frozenset(
        key
        for key, entry in inventory.items()
        if entry.flags
        and (manifest := wanted.get(key)) is not None
        and is_flagged(entry, manifest)
        and not is_recreated(entry.hash, manifest)
    )


def approved_alone(
    ids: Iterable[str], allowed: frozenset[str], approvals: Iterable[Approval]
) -> frozenset[str]:
    """Those that a person allowed: one by one, or by an approval that counts now."""
    covered = allowed.union(*(approval.covers for approval in approvals))
    return covered.intersection(ids)
