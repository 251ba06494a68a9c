from dataclasses import replace

import pytest

from gitopsd.core.schedule import (
    Fleet,
    applied_hash,
    depends_on_room,
    is_divided,
    is_reschedule_due,
    settled,
    stay,
)
from gitopsd.model.cluster import Cluster, Taint
from gitopsd.model.decision import Need, Request, Requirements, Share, Verdict
from gitopsd.model.policy import (
    ClusterAffinity,
    ClusterAffinityTerm,
    Placement,
    ReplicaScheduling,
    SpreadConstraint,
)
from gitopsd.model.resource import ResourceKey

AGGREGATED = ReplicaScheduling("Divided", "Aggregated")
DIVIDED = Placement(replica_scheduling=AGGREGATED)
GROUPED = Placement(
    cluster_affinities=(
        ClusterAffinityTerm("g1", cluster_names=("a",)),
        ClusterAffinityTerm("g2", cluster_names=("b",)),
    ),
    replica_scheduling=AGGREGATED,
)
REQUEST = Request(
    key=ResourceKey("apps", "Deployment", "shop", "web"),
    api_version="apps/v1",
    uid="",
    need=Need(5, Requirements()),
    placement=DIVIDED,
    previous=(Share("a", 3), Share("b", 2)),
)
MEMBERS = Fleet([Cluster("a", taints=(Taint("x", "NoSchedule"),)), Cluster("b"), Cluster("new")])


def is_settled(members=MEMBERS, before=None, **changes):
    request = replace(REQUEST, **changes)
    applied = applied_hash(before or request.placement, request.affinity)
    return settled(request, members, applied)


def test_a_divided_workload_stays_through_new_clusters_and_taints():
    assert is_settled()


@pytest.mark.parametrize(
    "changes",
    [
        {"need": Need(6, Requirements())},
        {"previous": ()},
        {"fresh": True},
        {"evicted": ("a",)},
        {"before": GROUPED},
        {"placement": Placement(), "previous": (Share("a", 5),)},
        {"need": Need(), "previous": (Share("a", 0),)},
        {"members": Fleet([Cluster("a"), Cluster("b", leaving=True)])},
        {"members": Fleet([Cluster("a")])},
    ],
)
def test_what_it_depends_on_unsettles_it(changes):
    assert not is_settled(**changes)


def test_an_unknown_placement_unsettles_it():
    assert not settled(REQUEST, MEMBERS, "")


def test_zero_replicas_are_settled_where_they_are():
    assert is_settled(need=Need(0, is_scalable=True), previous=(Share("a", 0),))


def test_failback_unsettles_a_workload_that_is_not_in_its_first_group():
    grouped = {"placement": GROUPED, "previous": (Share("b", 5),)}

    assert is_settled(**grouped, affinity="g2")
    assert not is_settled(**grouped, affinity="g2", failback=True)
    assert is_settled(**grouped, affinity="g1", failback=True)


def test_of_several_groups_only_the_one_in_use_counts():
    first, second = GROUPED.cluster_affinities
    changed = replace_group(second, ("c",))
    other_changed = Placement(cluster_affinities=(first, changed), replica_scheduling=AGGREGATED)

    assert applied_hash(GROUPED, "g1") == applied_hash(other_changed, "g1")
    assert applied_hash(GROUPED, "g2") != applied_hash(other_changed, "g2")
    assert applied_hash(DIVIDED, "") != applied_hash(
        Placement(ClusterAffinity(cluster_names=("a",)), replica_scheduling=AGGREGATED), ""
    )


def replace_group(group, names):
    return ClusterAffinityTerm(group.affinity_name, cluster_names=names)


@pytest.mark.parametrize(
    ("triggered", "scheduled", "expected"),
    [
        ("2026-02-11T16:05:00Z", "2026-02-11T16:00:00Z", True),
        ("2026-02-11T16:00:00Z", "2026-02-11T16:00:00Z", False),
        ("2026-02-11T16:00:00Z", None, False),
        (None, "2026-02-11T16:00:00Z", False),
    ],
)
def test_a_fresh_decision_is_due_once_after_it_was_asked_for(triggered, scheduled, expected):
    assert is_reschedule_due(triggered, scheduled) is expected


def test_what_is_settled_keeps_its_shares_and_says_so():
    found = stay(replace(REQUEST, affinity="g1"), MEMBERS)

    assert (found.shares, found.affinity) == (REQUEST.previous, "g1")
    assert found.is_scheduled
    assert found.verdicts == (
        Verdict("a", True, "settled", "keeps 3 of 5 replicas", 0, 3),
        Verdict("b", True, "settled", "keeps 2 of 5 replicas", 0, 2),
        Verdict("new", False, "settled", "is not needed: the shares add up to what is asked for"),
    )


def test_room_matters_to_workloads_that_are_divided_or_ranked_by_it():
    spread = (SpreadConstraint("cluster", max_groups=2),)
    static = ReplicaScheduling("Divided", "Weighted")

    assert depends_on_room(Need(5), DIVIDED)
    assert depends_on_room(Need(5), Placement(spread_constraints=spread))
    assert not depends_on_room(Need(5), Placement())
    assert not depends_on_room(Need(5), Placement(replica_scheduling=static))
    assert not depends_on_room(Need(), DIVIDED)


def test_a_placement_divides_when_it_says_so():
    assert is_divided(DIVIDED)
    assert not is_divided(Placement())
    assert not is_divided(Placement(replica_scheduling=ReplicaScheduling("Duplicated")))
