"""A placement made ready to be asked about every cluster, once for all templates that share it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from gitopsd.model.cluster import Cluster
from gitopsd.model.decision import Need, Request
from gitopsd.model.policy import (
    ClusterAffinity,
    ClusterAffinityTerm,
    NamedAffinity,
    Placement,
    ReplicaScheduling,
    SpreadConstraint,
    StaticWeight,
    Toleration,
)
from gitopsd.model.selecting import ClusterSelector

_ENCODER = msgspec.json.Encoder(order="sorted")


class Strategy(StrEnum):
    """How replicas come to clusters."""

    DUPLICATED = "Duplicated"
    STATIC = "StaticWeight"
    DYNAMIC = "DynamicWeight"
    AGGREGATED = "Aggregated"


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One affinity group: its first tier, and the tiers that take what does not fit there."""

    name: str
    key: bytes
    tiers: tuple[ClusterSelector, ...]

    def tier(self, cluster: Cluster, tiers: int) -> int | None:
        """The first of so many tiers that means this cluster, None for none of them."""
        for number, selector in enumerate(self.tiers[:tiers]):
            if selector.matches(cluster):
                return number
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A placement with its selectors built. Equal placements have equal keys.

    `groups` has one nameless entry where the placement has no `clusterAffinities`. `spread` maps
    a field (`cluster`, `region`, `zone`, `provider`, `label`) to its constraint.
    """

    key: bytes
    strategy: Strategy
    groups: tuple[Group, ...]
    tolerations: tuple[Toleration, ...]
    tolerations_key: bytes
    spread: dict[str, SpreadConstraint]
    weights: tuple[tuple[ClusterSelector, int], ...]
    weights_key: bytes
    ignores_spread: bool


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """A request that is tried on one affinity group: what filters and scores are asked about.

    `held` has the replicas of the previous result by cluster.
    """

    request: Request
    prepared: Prepared
    group: Group
    held: Mapping[str, int]

    @property
    def need(self) -> Need:
        return self.request.need

    @property
    def tiers(self) -> int:
        """How many tiers of the group count: only the first for what is no workload."""
        return len(self.group.tiers) if self.need.is_workload else 1


def prepare(placement: Placement) -> Prepared:
    """The placement ready for use; what is malformed in it means no cluster."""
    scheduling = placement.replica_scheduling
    weights = _weights(scheduling)
    tolerations = placement.cluster_tolerations or ()
    return Prepared(
        key=_ENCODER.encode(placement),
        strategy=strategy_of(scheduling),
        groups=_groups(placement),
        tolerations=tolerations,
        tolerations_key=_ENCODER.encode(tolerations),
        spread={field_of(each): each for each in placement.spread_constraints or ()},
        weights=tuple((ClusterSelector(each.target_cluster), each.weight) for each in weights),
        weights_key=_ENCODER.encode(weights),
        ignores_spread=scheduling is not None and scheduling.ignores_spread,
    )


def key_of(placement: Placement) -> bytes:
    """Equal for equal placements."""
    return _ENCODER.encode(placement)


def strategy_of(scheduling: ReplicaScheduling | None) -> Strategy:
    """The strategy that the fields together mean; none at all means Duplicated."""
    if scheduling is None or scheduling.replica_scheduling_type == "Duplicated":
        return Strategy.DUPLICATED
    if scheduling.replica_division_preference == "Aggregated":
        return Strategy.AGGREGATED
    preference = scheduling.weight_preference
    if preference is not None and preference.dynamic_weight:
        return Strategy.DYNAMIC
    return Strategy.STATIC


def field_of(constraint: SpreadConstraint) -> str:
    """What a constraint counts; `cluster` where it does not say."""
    return "label" if constraint.spread_by_label else constraint.spread_by_field or "cluster"


def _weights(scheduling: ReplicaScheduling | None) -> tuple[StaticWeight, ...]:
    preference = scheduling.weight_preference if scheduling else None
    return (preference.static_weight_list or ()) if preference else ()


def _groups(placement: Placement) -> tuple[Group, ...]:
    if placement.cluster_affinity is None and placement.cluster_affinities:
        return tuple(_group(each) for each in placement.cluster_affinities)
    affinity = placement.cluster_affinity or ClusterAffinity()
    return (Group("", _ENCODER.encode(affinity), (ClusterSelector(affinity),)),)


def _group(term: ClusterAffinityTerm) -> Group:
    tiers: tuple[NamedAffinity, ...] = (term, *(term.overflow_affinities or ()))
    return Group(
        term.affinity_name, _ENCODER.encode(term), tuple(ClusterSelector(each) for each in tiers)
    )
