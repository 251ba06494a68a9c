"""Names of clusters that no Cluster of the repository has, said wherever a policy uses one.

Comes in: the policies and overrides of a commit, and its clusters. Goes out: notices. Karmada says
nothing: a cluster may yet join. But a slip of the pen in a name sends an object to fewer clusters
than was meant, and in a suspension or an exclusion to more.
"""

from collections.abc import Iterable, Iterator, Set
from typing import TypeAlias

from gitopsd.core.load.parsed import Parsed
from gitopsd.kube.wording import near, pointer
from gitopsd.model.policy import (
    ClusterAffinity,
    NamedAffinity,
    OverridePolicy,
    OverrideSpec,
    Placement,
    PropagationPolicy,
    PropagationSpec,
)
from gitopsd.model.problem import Problem, Severity, id_of

Place: TypeAlias = tuple[str | int, ...]
Named: TypeAlias = Iterator[tuple[Place, tuple[str, ...] | None]]

_SHOWN = 5


def strangers(policies: Iterable[Parsed], clusters: Set[str]) -> Iterator[Problem]:
    """A notice for every list of names of which some are no cluster's."""
    for each in policies:
        for place, names in _named(each.value):
            unknown = [name for name in names or () if name not in clusters]
            if unknown:
                origin = each.resource.origin
                yield Problem(
                    path=origin.path,
                    line=origin.line,
                    pointer=each.base + pointer(("spec", *place)),
                    message=_words(unknown, clusters),
                    reason="NoSuchCluster",
                    severity=Severity.NOTICE,
                    key=id_of(each.key),
                )


def _words(unknown: list[str], clusters: Set[str]) -> str:
    if len(unknown) == 1:
        return f"there is no cluster {unknown[0]!r}{near(unknown[0], clusters)}"
    more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
    return f"there are no clusters {', '.join(map(repr, unknown[:_SHOWN]))}{more}"


def _named(policy: PropagationPolicy | OverridePolicy) -> Named:
    """Where names of clusters stand in its `spec`, and which."""
    if isinstance(policy, OverridePolicy):
        yield from _of_overrides(policy.spec)
    else:
        yield from _of_placement(policy.spec.placement)
        yield from _of_suspension(policy.spec)


def _of_placement(placement: Placement) -> Named:
    yield from _of(placement.cluster_affinity, "placement", "clusterAffinity")
    place: Place
    for number, term in enumerate(placement.cluster_affinities or ()):
        place = ("placement", "clusterAffinities", number)
        yield from _of(term, *place)
        for index, other in enumerate(term.overflow_affinities or ()):
            yield from _of(other, *place, "overflowAffinities", index)
    scheduling = placement.replica_scheduling
    weights = scheduling.weight_preference if scheduling else None
    for number, weight in enumerate((weights.static_weight_list if weights else None) or ()):
        place = ("placement", "replicaScheduling", "weightPreference", "staticWeightList", number)
        yield from _of(weight.target_cluster, *place, "targetCluster")


def _of_suspension(spec: PropagationSpec) -> Named:
    stops = spec.suspension.dispatching_on_clusters if spec.suspension else None
    if stops is not None:
        yield ("suspension", "dispatchingOnClusters", "clusterNames"), stops.cluster_names


def _of_overrides(spec: OverrideSpec) -> Named:
    yield from _of(spec.target_cluster, "targetCluster")
    for number, rule in enumerate(spec.override_rules or ()):
        yield from _of(rule.target_cluster, "overrideRules", number, "targetCluster")


def _of(affinity: ClusterAffinity | NamedAffinity | None, *place: str | int) -> Named:
    if affinity is not None:
        yield (*place, "clusterNames"), affinity.cluster_names
        yield (*place, "exclude"), affinity.exclude
