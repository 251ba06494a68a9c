"""The guards against deletions that a person should see first: one function each, in `GUARDS`.

A guard sees all that one member is asked to delete, and what the others are, and answers why it
must not happen unasked, or nothing. A rewritten history halves the thresholds until what came with
it is deleted. A member that is leaving is asked by its Cluster: only `OF_LEAVERS` hold it. To add
one: a function here, or in a file of its own, and a line in a table.
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field

from gitopsd.core.fixed import STATEFUL
from gitopsd.core.gate.emptied import clusters_left
from gitopsd.core.gate.scope import Fleet, Scope, fleet_of
from gitopsd.core.gate.selected import clusters_removed
from gitopsd.core.kinds.volumes import has_claims
from gitopsd.model.decision import Decision
from gitopsd.model.gating import Gating, Guards
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Snapshot

# Deleting one of these deletes what lives in it, whatever that is.
HOLDS_CONTENT = frozenset(
    {
        ("", "Namespace"),
        ("", "PersistentVolume"),
        ("", "PersistentVolumeClaim"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Tripped:
    """A guard that holds all deletions of one member until a person approves them."""

    cluster: str
    guard: str
    reason: str
    deletions: frozenset[ResourceKey]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One member's scope beside those of all, the thresholds, and the decision behind them."""

    scope: Scope
    fleet: Fleet
    limits: Guards
    decision: Decision
    removed: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)


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
        )


def thresholds(snapshot: Snapshot, last: Gating) -> Thresholds:
    """The thresholds now; where nothing is remembered, those before were the defaults."""
    commit, said = snapshot.tree.commit, snapshot.loaded.configuration.guards
    return Thresholds(commit, said, last.former if last.commit == commit else last.guards)


def halved(limits: Guards) -> Guards:
    """The thresholds for what came with a rewritten history."""
    return Guards(
        max_deleted_percent=limits.max_deleted_percent // 2,
        max_deleted_objects=limits.max_deleted_objects // 2,
    )


def tripped(
    scopes: Mapping[str, Scope], limits: Guards, decision: Decision, committed: Set[str]
) -> tuple[Tripped, ...]:
    """The first guard that each member trips, by cluster; none where nothing is deleted.

    `committed` are the clusters of the commit.
    """
    losing = {name: scope for name, scope in sorted(scopes.items()) if scope.deletions}
    if not losing:
        return ()
    asked = {name: each for name, each in losing.items() if not decision.clusters[name].leaving}
    fleet = fleet_of(scopes.values(), asked.values())
    removed = clusters_removed(asked, fleet, decision)
    left = clusters_left(losing, decision, committed)
    found = []
    for name, scope in losing.items():
        case = Case(scope, fleet, limits, decision, removed, left)
        for guard, check in GUARDS if name in asked else OF_LEAVERS:
            if reason := check(case):
                found.append(Tripped(name, guard, reason, scope.deletions))
                break
    return tuple(found)


def _empty_set(case: Case) -> str:
    scope = case.scope
    if scope.wanted or scope.held:
        return ""
    number = len(scope.deletions)
    what = "the only object" if number == 1 else f"all {number} objects"
    return f"nothing is wanted any more, {what} would go"


def _all_namespaces(case: Case) -> str:
    scope = case.scope
    had = {key.namespace for key in scope.inventory if key.namespace}
    left = {key.namespace for key in (*scope.wanted, *scope.held) if key.namespace}
    if len(had) < 2 or left & had:
        return ""
    return f"every object of all {len(had)} namespaces would go"


def _holds_content(case: Case) -> str:
    deletions = case.scope.deletions
    found = sorted(key for key in deletions if (key.group, key.kind) in HOLDS_CONTENT)
    return f"{found[0]} would go with all it holds" if found else ""


def _moves_data(case: Case) -> str:
    """A workload with volumes that goes elsewhere finds them empty there."""
    for key in sorted(case.scope.prunes):
        binding = case.decision.bindings.get(key)
        if binding is not None and binding.manifests and has_claims(binding.template.body):
            return f"{key} would move, and what its volumes hold would not"
    return ""


def _stateful(case: Case) -> str:
    found = sorted(key for key in case.scope.recreated if (key.group, key.kind) in STATEFUL)
    return f"{found[0]} would be deleted and made anew, without its data" if found else ""


def _too_many(case: Case) -> str:
    scope, limits = case.scope, case.limits
    return _share(len(scope.deletions), scope.objects, limits, "")


def _too_many_in_all(case: Case) -> str:
    fleet = case.fleet
    if len(fleet.deleting) < 2:
        return ""
    return _share(fleet.deletions, fleet.objects, case.limits, " on all clusters together")


def _share(count: int, total: int, limits: Guards, where: str) -> str:
    if count <= limits.max_deleted_objects or count * 100 <= total * limits.max_deleted_percent:
        return ""
    return (
        f"{count} of {total} objects{where} would go; more than {limits.max_deleted_objects} and "
        f"{limits.max_deleted_percent} % needs an approval"
    )


def _clusters_removed(case: Case) -> str:
    return case.removed.get(case.scope.cluster, "")


def _clusters_left(case: Case) -> str:
    return case.left.get(case.scope.cluster, "")


GUARDS: tuple[tuple[str, Callable[[Case], str]], ...] = (
    ("EmptySet", _empty_set),
    ("AllNamespaces", _all_namespaces),
    ("HoldsContent", _holds_content),
    ("MovesData", _moves_data),
    ("Stateful", _stateful),
    ("TooMany", _too_many),
    ("TooManyInAll", _too_many_in_all),
    ("ClustersRemoved", _clusters_removed),
)
OF_LEAVERS: tuple[tuple[str, Callable[[Case], str]], ...] = (("ClustersLeft", _clusters_left),)
