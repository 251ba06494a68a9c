"""What one member's set is asked to give up, and how much that is over all members.

Comes in: a decision and what is known. Goes out: a `Scope` per member, the very same where nothing
of it is new, and the `Fleet` of all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from gitopsd.core.changes import is_preserved, is_prunable, is_run
from gitopsd.core.gate.recreations import recreated, refused
from gitopsd.core.gate.stages import Held
from gitopsd.model.decision import Decision, Manifest
from gitopsd.model.delivery import Entry
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """One member's set: what it has, what it is to have, and what would be deleted.

    `held` are entries that are left alone, with the reason. `releases` are to be preserved and are
    wanted no more. `recreated` are those of the deletions that are made anew. `refused`
    would have to be too, but only the member knows that, and each is approved by itself. Of the
    inventory `objects` can be deleted by a commit: so many there are for a plan too.
    """

    cluster: str
    inventory: Mapping[ResourceKey, Entry]
    wanted: Mapping[ResourceKey, Manifest]
    deletions: frozenset[ResourceKey]
    held: Mapping[ResourceKey, str]
    releases: frozenset[ResourceKey] = frozenset()
    recreated: frozenset[ResourceKey] = frozenset()
    refused: frozenset[ResourceKey] = frozenset()
    objects: int = 0

    @property
    def prunes(self) -> frozenset[ResourceKey]:
        """The deletions of what is not wanted here any more."""
        return self.deletions - self.recreated

    @property
    def is_read(self) -> bool:
        """Whether it is known what the member has."""
        return self.inventory is not _NOTHING

    @property
    def is_empty(self) -> bool:
        """Whether nothing is wanted, and nothing left to delete or release; never if unread."""
        left = self.wanted or self.deletions or self.releases or self.held
        return self.is_read and not left

    @property
    def runs(self) -> tuple[ResourceKey, ...]:
        """The entries that are records of hooks."""
        return tuple(key for key, each in self.inventory.items() if is_run(each))

    @property
    def ids(self) -> frozenset[str]:
        """The deletions as approvals name them."""
        return frozenset(f"{self.cluster}/{key.id}" for key in self.deletions)


@dataclass(frozen=True, slots=True)
class Fleet:
    """How many objects all members hold and would lose, and who loses some."""

    scopes: tuple[Scope, ...]
    objects: int
    deletions: int
    deleting: tuple[str, ...]

    def had(self, key: ResourceKey) -> int:
        """How many members hold an object that could be deleted there."""
        entries = (scope.inventory.get(key) for scope in self.scopes)
        return sum(entry is not None and is_prunable(entry) for entry in entries)


_NOTHING: Mapping[ResourceKey, Entry] = {}
_NONE_HELD: Mapping[ResourceKey, str] = {}


def scope_of(name: str, decision: Decision, known: Known, last: Scope | None) -> Scope:
    """What a member is asked; nothing is deleted where its inventory was never read."""
    report = known.reports.get(name)
    inventory = _NOTHING
    if report is not None and report.inventory is not None:
        inventory = report.inventory
    wanted, held = decision.manifests[name], decision.held.get(name, _NONE_HELD)
    if (
        last is not None
        and last.inventory is inventory
        and last.wanted is wanted
        and last.held is held
    ):
        return last
    anew = recreated(inventory, wanted)
    over = [key for key in inventory if key not in wanted and key not in held]
    prunable = [key for key in over if is_prunable(inventory[key])]
    stays = frozenset(key for key in prunable if decision.preserves(key))
    return Scope(
        cluster=name,
        inventory=inventory,
        wanted=wanted,
        deletions=anew.union(key for key in prunable if key not in stays),
        held=held,
        releases=stays.union(key for key in over if is_preserved(inventory[key])),
        recreated=anew,
        refused=refused(inventory, wanted),
        objects=sum(is_prunable(each) for each in inventory.values()),
    )


def narrowed(scope: Scope, held: Held | None, last: Scope | None) -> Scope:
    """The same without what a stage holds, and with the records of hooks left alone meanwhile.

    The very same value where nothing is held; the very same `wanted` as the `last` time where it is
    equal.
    """
    if held is None:
        return scope
    keys = held.keys
    wanted = {key: each for key, each in scope.wanted.items() if key not in keys}
    is_same = last is not None and last.wanted == wanted
    return replace(
        scope,
        wanted=last.wanted if last is not None and is_same else wanted,
        deletions=scope.deletions - keys,
        held={**scope.held, **dict.fromkeys(scope.runs, "its stage is not open")},
        releases=scope.releases - keys,
        recreated=scope.recreated - keys,
        refused=scope.refused - keys,
    )


def fleet_of(scopes: Iterable[Scope], asked: Iterable[Scope]) -> Fleet:
    """All members together; `asked` are those that would lose something that guards look at."""
    scopes, asked = tuple(scopes), tuple(asked)
    return Fleet(
        scopes=scopes,
        objects=sum(each.objects for each in scopes),
        deletions=sum(len(each.deletions) for each in asked),
        deleting=tuple(each.cluster for each in asked),
    )
