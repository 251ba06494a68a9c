"""The guards against mass deletion: one function each, in the order of `GUARDS`.

A guard sees all that one member is asked to delete and answers why it must not happen unasked, or
nothing. A rewritten history halves the thresholds. To add one: a function here and a line in the
table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import Entry
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Guards, Snapshot

# Deleting one of these deletes what lives in it, whatever that is.
HOLDS_CONTENT = frozenset(
    {
        ("", "Namespace"),
        ("", "PersistentVolumeClaim"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """One member's set: what it has, what it is to have, and what would be deleted.

    `held` are entries that are left alone, with the reason.
    """

    cluster: str
    inventory: Mapping[ResourceKey, Entry]
    wanted: Mapping[ResourceKey, Manifest]
    deletions: frozenset[ResourceKey]
    held: Mapping[ResourceKey, str]


@dataclass(frozen=True, slots=True, eq=False)
class Tripped:
    """A guard that holds all deletions of one member until a person approves them."""

    cluster: str
    guard: str
    reason: str
    deletions: frozenset[ResourceKey]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What the commit at work says of the guards, and what the one before it said.

    Both hold: a commit that loosens a guard is itself held by the guard as it was.
    """

    commit: str
    said: Guards
    before: Guards

    @property
    def in_force(self) -> Guards:
        """The stricter of both."""
        return Guards(
            min(self.said.max_deleted_percent, self.before.max_deleted_percent),
            min(self.said.max_deleted_objects, self.before.max_deleted_objects),
            min(self.said.max_clusters_lost_percent, self.before.max_clusters_lost_percent),
        )


def thresholds(snapshot: Snapshot, last: Thresholds | None) -> Thresholds:
    """The thresholds now; a process that has just started takes the defaults for those before."""
    commit, said = snapshot.tree.commit, snapshot.loaded.configuration.guards
    if last is None:
        return Thresholds(commit, said, Guards())
    return Thresholds(commit, said, last.before if last.commit == commit else last.said)


def tripped(scopes: Mapping[str, Scope], limits: Guards, anomaly: str) -> tuple[Tripped, ...]:
    """The first guard that each member trips, by cluster; none where nothing is deleted."""
    if anomaly:
        limits = Guards(
            max_deleted_percent=limits.max_deleted_percent // 2,
            max_deleted_objects=limits.max_deleted_objects // 2,
            max_clusters_lost_percent=limits.max_clusters_lost_percent,
        )
    found = []
    for name in sorted(scopes):
        scope = scopes[name]
        if not scope.deletions:
            continue
        for guard, check in GUARDS:
            if reason := check(scope, limits):
                found.append(Tripped(name, guard, reason, scope.deletions))
                break
    return tuple(found)


def _empty_set(scope: Scope, limits: Guards) -> str:
    if scope.wanted or scope.held:
        return ""
    return f"nothing is wanted any more, all {len(scope.deletions)} objects would go"


def _all_namespaces(scope: Scope, limits: Guards) -> str:
    had = {key.namespace for key in scope.inventory if key.namespace}
    left = {key.namespace for key in (*scope.wanted, *scope.held) if key.namespace}
    if len(had) < 2 or left & had:
        return ""
    return f"every object of all {len(had)} namespaces would go"


def _holds_content(scope: Scope, limits: Guards) -> str:
    found = sorted(key for key in scope.deletions if (key.group, key.kind) in HOLDS_CONTENT)
    return f"{found[0]} would go with all it holds" if found else ""


def _too_many(scope: Scope, limits: Guards) -> str:
    count, total = len(scope.deletions), len(scope.inventory)
    if count <= limits.max_deleted_objects or count * 100 <= total * limits.max_deleted_percent:
        return ""
    return (
        f"{count} of {total} objects would go; more than {limits.max_deleted_objects} and "
        f"{limits.max_deleted_percent} % needs an approval"
    )


GUARDS: tuple[tuple[str, Callable[[Scope, Guards], str]], ...] = (
    ("EmptySet", _empty_set),
    ("AllNamespaces", _all_namespaces),
    ("HoldsContent", _holds_content),
    ("TooMany", _too_many),
)
