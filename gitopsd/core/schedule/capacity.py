"""How many more replicas a cluster can take, from what was observed of its nodes.

Karmada's general estimator (karmada-io/karmada pkg/estimator/client/general.go): the pods that are
left, and for each requested resource what is left of its sum; where nodes are counted by grades of
a resource model, what the least node of each grade could take. All amounts are integers:
thousandths of CPU, whole units of everything else.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import mul
from typing import TypeAlias

from gitopsd.kube import quantity
from gitopsd.model.cluster import Cluster, ResourceModel, ResourceSummary
from gitopsd.model.decision import Requirements
from gitopsd.model.policy import PropagationPolicy

UNBOUNDED = 2**31 - 1
PODS = "pods"
_PODS_PER_NODE = 110
_BESIDES_CPU = frozenset({"memory", "ephemeral-storage"})

Request: TypeAlias = tuple[tuple[str, int], ...]


def divides_by_capacity(policies: Iterable[PropagationPolicy]) -> bool:
    """Whether some policy asks how much room the members have."""
    for policy in policies:
        placement = policy.spec.placement
        scheduling = placement.replica_scheduling if placement else None
        if scheduling is None or scheduling.replica_scheduling_type != "Divided":
            continue
        weights = scheduling.weight_preference
        if scheduling.replica_division_preference == "Aggregated":
            return True
        if weights is not None and weights.dynamic_weight:
            return True
    return False


def request_of(requirements: Requirements | None) -> Request | None:
    """What one replica takes, as sorted amounts above nothing; None asks for a pod's place only."""
    if requirements is None:
        return None
    requested = requirements.resource_request or {}
    amounts = ((name, _amount(name, each)) for name, each in sorted(requested.items()))
    return tuple((name, amount) for name, amount in amounts if amount > 0)


def left_on(cluster: Cluster, request: Request | None) -> dict[str, int] | None:
    """What is left on a cluster of pods and of what a request asks for; None where not known."""
    summary = cluster.facts.resource_summary if cluster.facts else None
    if summary is None:
        return None
    names = (name for name, _ in request or ())
    return {PODS: _pods_left(summary), **{name: _left(summary, name) for name in names}}


class Room:
    """What is left on clusters, as integers ready to be divided; the n-th answers for the n-th."""

    def __init__(self, clusters: Sequence[Cluster]) -> None:
        self._summaries = [each.facts.resource_summary if each.facts else None for each in clusters]
        self._unbounded = [
            n for n, each in enumerate(clusters) if each.facts is not None and each.facts.assumed
        ]
        self._pods = [_pods_left(each) for each in self._summaries]
        self._left: dict[str, list[int]] = {}
        self._graded = _graded(clusters)

    def replicas(self, request: Request | None) -> list[int]:
        """For each cluster how many replicas of this request it can take; UNBOUNDED if assumed."""
        found = self._pods
        if request is not None:
            for name, amount in request:
                left = self._left_of(name)
                found = [
                    n if n <= (m := each // amount) else m
                    for n, each in zip(found, left, strict=True)
                ]
            found = self._by_model(request, found)
        if self._unbounded:
            found = list(found)
            for n in self._unbounded:
                found[n] = UNBOUNDED
        return found

    def _left_of(self, name: str) -> list[int]:
        if name not in self._left:
            self._left[name] = [_left(each, name) for each in self._summaries]
        return self._left[name]

    def _by_model(self, request: Request, found: list[int]) -> list[int]:
        if not self._graded:
            return found
        found = list(found)
        for grades, clusters in self._graded.items():
            fits = [_fits(grade, request) for grade in grades]
            for n, counts in clusters:
                found[n] = min(self._pods[n], sum(map(mul, fits, counts)))
        return found


_Grade: TypeAlias = tuple[tuple[str, int], ...]


def _graded(
    clusters: Sequence[Cluster],
) -> dict[tuple[_Grade, ...], list[tuple[int, tuple[int, ...]]]]:
    """Clusters with usable models, by their grades: their number and their nodes per grade."""
    found: dict[tuple[_Grade, ...], list[tuple[int, tuple[int, ...]]]] = {}
    for n, cluster in enumerate(clusters):
        summary = cluster.facts.resource_summary if cluster.facts else None
        if summary is None or not summary.allocatable_modelings or not cluster.models:
            continue
        counted: dict[int, int] = {}
        for each in summary.allocatable_modelings:
            counted[each.grade] = counted.get(each.grade, 0) + each.count
        if any(each.count < 0 for each in summary.allocatable_modelings):
            continue
        models = {model.grade: _least(model) for model in cluster.models}
        counts = tuple(counted.get(grade, 0) for grade in models)
        found.setdefault(tuple(models.values()), []).append((n, counts))
    return found


def _least(model: ResourceModel) -> _Grade:
    """What the least node of a grade has."""
    return tuple(sorted({each.name: _amount(each.name, each.min) for each in model.ranges}.items()))


def _fits(grade: _Grade, request: Request) -> int:
    """Replicas on one node of this grade; resources that nodes do not count by are left out."""
    has = dict(grade)
    fits = _PODS_PER_NODE
    for name, amount in request:
        if name == "cpu" or name in _BESIDES_CPU or _is_counted(name):
            fits = min(fits, has.get(name, 0) // amount)
    return max(fits, 0)


def _is_counted(name: str) -> bool:
    """Whether a node's free amount of a resource is kept: extended ones, huge pages, volumes."""
    if name.startswith(("hugepages-", "attachable-volumes-")):
        return True
    return "/" in name and not name.startswith("requests.")


def _pods_left(summary: ResourceSummary | None) -> int:
    if summary is None:
        return 0
    of = (summary.allocatable, summary.allocated, summary.allocating)
    allocatable, allocated, allocating = (quantity.value(each.get("pods", 0)) for each in of)
    return max(allocatable - allocated - allocating, 0)


def _left(summary: ResourceSummary | None, name: str) -> int:
    """What is left of a resource; nothing of one that is not there at all."""
    if summary is None or name not in summary.allocatable:
        return 0
    nanos = quantity.nano(summary.allocatable[name])
    nanos -= _nano(summary.allocated, name) + _nano(summary.allocating, name)
    return max(-(-nanos // (10**6 if name == "cpu" else 10**9)), 0)


def _nano(amounts: Mapping[str, quantity.Quantity], name: str) -> int:
    return quantity.nano(amounts[name]) if name in amounts else 0


def _amount(name: str, given: quantity.Quantity) -> int:
    return quantity.milli(given) if name == "cpu" else quantity.value(given)
