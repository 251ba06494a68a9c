import pytest

from gitopsd.core.schedule.prepare import Strategy, prepare, strategy_of
from gitopsd.model.policy import (
    ClusterAffinity,
    Placement,
    ReplicaScheduling,
    SpreadConstraint,
    StaticWeight,
    WeightPreference,
)

STATIC = WeightPreference((StaticWeight(ClusterAffinity(), 1),))
DYNAMIC = WeightPreference(None, "AvailableReplicas")


@pytest.mark.parametrize(
    ("scheduling", "expected"),
    [
        (None, Strategy.DUPLICATED),
        (ReplicaScheduling("Duplicated"), Strategy.DUPLICATED),
        (ReplicaScheduling("Divided", "Aggregated"), Strategy.AGGREGATED),
        (ReplicaScheduling("Divided", "Weighted", DYNAMIC), Strategy.DYNAMIC),
        (ReplicaScheduling("Divided", "Weighted", STATIC), Strategy.STATIC),
        (ReplicaScheduling("Divided", "Weighted"), Strategy.STATIC),
        (ReplicaScheduling("Divided"), Strategy.STATIC),
    ],
)
def test_the_fields_together_mean_a_strategy(scheduling, expected):
    assert strategy_of(scheduling) == expected


@pytest.mark.parametrize(
    ("preference", "expected"),
    [(None, True), (STATIC, True), (WeightPreference(), False), (DYNAMIC, False)],
)
def test_static_weights_name_their_clusters_themselves(preference, expected):
    scheduling = ReplicaScheduling("Divided", "Weighted", preference)

    assert prepare(Placement(replica_scheduling=scheduling)).ignores_spread is expected


def test_constraints_are_filed_by_what_they_count():
    constraints = (
        SpreadConstraint(),
        SpreadConstraint("zone"),
        SpreadConstraint(spread_by_label="rack"),
    )

    assert list(prepare(Placement(spread_constraints=constraints)).spread) == [
        "cluster",
        "zone",
        "label",
    ]
