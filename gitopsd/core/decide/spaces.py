"""Declared namespaces that no policy claims go wherever something of them goes.

Comes in: which bindings changed. Goes out: for every namespace the clusters that hold something of
it, each with how many objects, and the namespaces for which the clusters are others than before.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gitopsd.core.decide.bind import targets_of
from gitopsd.core.decide.members import Members
from gitopsd.model.decision import Assignment, Binding, Share, Verdict
from gitopsd.model.resource import ResourceKey

STAGE = "namespaces"


@dataclass(frozen=True, slots=True, eq=False)
class Spaces:
    """How many objects of a namespace go to a cluster, by namespace; none for what has none."""

    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def clusters(self, namespace: str) -> tuple[str, ...]:
        """The clusters that something of the namespace goes to, sorted."""
        return tuple(sorted(self.counts.get(namespace, ())))


Change = tuple[ResourceKey, Binding | None, Binding | None]


def spaces(changes: Iterable[Change], last: Spaces) -> tuple[Spaces, frozenset[str]]:
    """The counts after these changes (before, after), and whose clusters are others now."""
    moved: dict[str, Counter[str]] = {}
    for key, before, after in changes:
        was, now = targets_of(before), targets_of(after)
        if key.namespace and was != now:
            count = moved.setdefault(key.namespace, Counter())
            count.update(now)
            count.subtract(was)
    if not moved:
        return last, frozenset()
    counts = dict(last.counts)
    changed = set()
    for namespace, difference in moved.items():
        sums = Counter(last.counts.get(namespace, {}))
        sums.update(difference)
        counts[namespace] = {name: count for name, count in sums.items() if count > 0}
        if counts[namespace].keys() != last.counts.get(namespace, {}).keys():
            changed.add(namespace)
        if not counts[namespace]:
            del counts[namespace]
    return Spaces(counts), frozenset(changed)


def assignment_of(clusters: tuple[str, ...], members: Members) -> Assignment:
    """Where a namespace goes, and that this is why."""
    return Assignment(
        tuple(Share(name) for name in clusters),
        verdicts=tuple(_verdict(name, name in clusters) for name in members),
    )


def _verdict(name: str, is_needed: bool) -> Verdict:
    what = "something" if is_needed else "nothing"
    return Verdict(name, is_needed, STAGE, f"{what} of this namespace goes here")


def key_of(namespace: str) -> ResourceKey:
    """The Namespace object's own key."""
    return ResourceKey("", "Namespace", "", namespace)


def is_namespace(key: ResourceKey) -> bool:
    """Whether this is a Namespace object."""
    return (key.group, key.kind) == ("", "Namespace")
