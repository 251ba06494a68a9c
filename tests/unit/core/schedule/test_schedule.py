from dataclasses import replace

import pytest

from gitopsd.core.schedule import GITOPSD, KARMADA, Fleet, schedule
from gitopsd.model.cluster import (
    ApiEnablement,
    ApiResource,
    Cluster,
    Facts,
    ResourceSummary,
    Taint,
)
from gitopsd.model.decision import Component, Need, Request, Requirements, Share
from gitopsd.model.policy import (
    ClusterAffinity,
    ClusterAffinityTerm,
    NamedAffinity,
    Placement,
    ReplicaScheduling,
    StaticWeight,
    WeightPreference,
)
from gitopsd.model.resource import ResourceKey

APIS = (
    ApiEnablement("apps/v1", (ApiResource("deployments", "Deployment"),)),
    ApiEnablement("v1", (ApiResource("configmaps", "ConfigMap"),)),
)
DUPLICATED = Placement()
STATIC = ReplicaScheduling("Divided", "Weighted")
DYNAMIC = ReplicaScheduling("Divided", "Weighted", WeightPreference(None, "AvailableReplicas"))
AGGREGATED = ReplicaScheduling("Divided", "Aggregated")


def cluster(name, room=100, **more):
    summary = ResourceSummary(allocatable={"pods": room})
    return Cluster(name, facts=Facts(api_enablements=APIS, resource_summary=summary), **more)


def fleet(**rooms):
    return Fleet([cluster(name, room) for name, room in rooms.items()])


def deployment(replicas, placement, previous=None, **more):
    need = Need(replicas, Requirements(), is_scalable=True)
    return Request(
        key=ResourceKey("apps", "Deployment", "shop", "web"),
        api_version="apps/v1",
        uid="",
        need=need,
        placement=placement,
        previous=tuple(Share(*each) for each in sorted((previous or {}).items())),
        **more,
    )


def config_map(placement):
    key = ResourceKey("", "ConfigMap", "shop", "web")
    return Request(key, "v1", "", Need(), placement)


def shares(assignment):
    return {share.cluster: share.replicas for share in assignment.shares}


def test_duplicated_goes_everywhere_with_all_replicas():
    assert shares(schedule(deployment(3, DUPLICATED), fleet(a=0, b=9))) == {"a": 3, "b": 3}


def test_what_has_no_replicas_goes_everywhere_whatever_the_strategy():
    placement = Placement(replica_scheduling=DYNAMIC)

    assert shares(schedule(config_map(placement), fleet(a=0, b=9))) == {"a": 0, "b": 0}


def test_a_workload_of_several_components_is_not_divided():
    components = (Component("jobs", 1), Component("tasks", 4))
    request = deployment(0, Placement(replica_scheduling=DYNAMIC))
    request = replace(request, need=Need(components=components))

    assert shares(schedule(request, fleet(a=9, b=9))) == {"a": 0, "b": 0}


@pytest.mark.parametrize(
    ("replicas", "expected"), [(7, {"m1": 4, "m2": 3}), (1, {"m1": 1}), (6, {"m1": 3, "m2": 3})]
)
def test_of_several_static_weights_the_largest_counts(replicas, expected):
    weights = (
        StaticWeight(ClusterAffinity(cluster_names=("m1",)), 2),
        StaticWeight(ClusterAffinity(cluster_names=("m1", "m2")), 3),
    )
    scheduling = ReplicaScheduling("Divided", "Weighted", WeightPreference(weights))
    request = deployment(replicas, Placement(replica_scheduling=scheduling))

    assert shares(schedule(request, fleet(m1=0, m2=0, m3=0))) == expected


def test_without_any_static_weight_all_weigh_the_same():
    weights = (StaticWeight(ClusterAffinity(cluster_names=("elsewhere",)), 5),)
    scheduling = ReplicaScheduling("Divided", "Weighted", WeightPreference(weights))
    request = deployment(4, Placement(replica_scheduling=scheduling))

    assert shares(schedule(request, fleet(a=0, b=0))) == {"a": 2, "b": 2}


def test_a_lost_cluster_is_made_up_for_by_the_others():
    placement = Placement(replica_scheduling=DYNAMIC)
    request = deployment(12, placement, previous={"a": 4, "b": 4, "c": 4})

    assert shares(schedule(request, fleet(a=10, b=2))) == {"a": 7, "b": 5}


def test_too_little_room_holds_the_previous_shares_and_says_what_is_missing():
    placement = Placement(replica_scheduling=DYNAMIC)
    assignment = schedule(deployment(12, placement, {"a": 2}), fleet(a=1, b=3))

    assert assignment.reason == "Unschedulable"
    assert assignment.message == "room for 4 of 10 more replicas (room: b 3, a 1)"
    assert shares(assignment) == {"a": 2}


def test_no_fitting_cluster_gives_up_the_shares_and_counts_the_reasons():
    tainted = Fleet([cluster("a", taints=(Taint("x", "NoExecute"),)), Cluster("b")])
    assignment = schedule(deployment(1, DUPLICATED, {"gone": 1}), tainted)

    assert assignment.reason == "NoClusterFit"
    assert assignment.message == (
        "0/2 clusters are available: 1 cluster(s) had untolerated taint {x:NoExecute}, "
        "1 cluster(s) nothing is known of this member yet."
    )
    assert assignment.shares == ()


def test_a_cluster_that_has_it_keeps_it_through_taints_and_unread_apis():
    tainted = Fleet([cluster("a", taints=(Taint("x", "NoExecute"),)), Cluster("b")])

    assert shares(schedule(deployment(2, DUPLICATED, {"a": 1, "b": 1}), tainted)) == {
        "a": 2,
        "b": 2,
    }


def test_a_leaving_cluster_gets_nothing():
    members = Fleet([cluster("a", leaving=True), cluster("b")])

    assert shares(schedule(deployment(1, DUPLICATED, {"a": 1}), members)) == {"b": 1}


def terms(*names, overflow=()):
    return Placement(
        cluster_affinities=tuple(
            ClusterAffinityTerm(
                name,
                cluster_names=tuple(clusters),
                overflow_affinities=tuple(
                    NamedAffinity(f"{name}-{n}", cluster_names=tuple(each))
                    for n, each in enumerate(overflow)
                ),
            )
            for name, clusters in names
        ),
        replica_scheduling=DYNAMIC,
    )


GROUPS = terms(("g1", ("m1", "m2")), ("g2", ("m3",)))


def placed(assignment):
    return assignment.affinity, shares(assignment)


def test_the_first_group_that_has_room_is_taken_whole():
    members = fleet(m1=2, m2=3, m3=20)

    assert placed(schedule(deployment(4, GROUPS), members)) == ("g1", {"m1": 2, "m2": 2})
    assert placed(schedule(deployment(8, GROUPS), members)) == ("g2", {"m3": 8})


def test_the_groups_that_would_not_do_are_named_with_what_they_lack():
    members = fleet(m1=2, m2=3, m3=20)
    third = terms(("g0", ("elsewhere",)), ("g1", ("m1", "m2")), ("g2", ("m3",)))

    passed = dict(schedule(deployment(8, third), members).passed)

    assert list(passed) == ["g0", "g1"]
    assert passed["g0"].startswith("0/3 clusters are available")
    assert passed["g1"].startswith("room for 5 of 8")
    assert schedule(deployment(4, GROUPS), members).passed == ()


def test_a_workload_stays_in_its_group_unless_the_policy_asks_for_failback():
    members = fleet(m1=2, m2=3, m3=20)
    request = deployment(3, GROUPS, {"m3": 3}, affinity="g2")

    assert placed(schedule(request, members)) == ("g2", {"m3": 3})
    assert placed(schedule(replace(request, failback=True), members)) == (
        "g1",
        {"m1": 1, "m2": 2},
    )


def test_a_group_that_is_lost_is_left_for_an_earlier_one():
    request = deployment(3, GROUPS, {"m3": 3}, affinity="g2")
    members = fleet(m1=2, m2=3)

    assert placed(schedule(request, members)) == ("g1", {"m1": 1, "m2": 2})
    assert schedule(request, members, KARMADA).reason == "NoClusterFit"


def test_a_workload_is_not_given_up_while_some_group_is_merely_full():
    request = deployment(9, GROUPS, {"m3": 3})

    assert schedule(request, fleet(m3=2)).reason == "Unschedulable"
    assert schedule(request, fleet(m3=2), KARMADA).reason == "NoClusterFit"


@pytest.mark.parametrize(
    ("previous", "replicas", "rooms", "expected"),
    [
        ({}, 5, {"m1": 2, "m2": 10, "m3": 0}, {"m1": 2, "m2": 3}),
        ({"m1": 3}, 8, {"m1": 2, "m2": 10, "m3": 0}, {"m1": 5, "m2": 3}),
        ({"m1": 4, "m2": 3, "m3": 3}, 5, {"m1": 0, "m2": 0, "m3": 6}, {"m1": 4, "m2": 1}),
    ],
)
def test_overflow_fills_tier_after_tier_and_is_drained_from_the_last(
    previous, replicas, rooms, expected
):
    placement = terms(("local", ("m1",)), overflow=(("m2",), ("m3",)))

    assert shares(schedule(deployment(replicas, placement, previous), fleet(**rooms))) == expected


def test_overflow_without_enough_room_in_all_tiers_is_unschedulable():
    placement = terms(("local", ("m1",)), overflow=(("m2",),))
    assignment = schedule(deployment(10, placement), fleet(m1=2, m2=2))

    assert assignment.reason == "Unschedulable"
    assert assignment.message == (
        "10 replicas are asked for, all tiers together have no room for 6 of them "
        "(room: m1 2, m2 2)"
    )


@pytest.mark.parametrize(
    ("scheduling", "previous", "expected"),
    [
        (DYNAMIC, {"a": 2, "b": 1}, {"a": 0, "b": 0}),
        (DYNAMIC, {}, {"b": 0}),
        (STATIC, {}, {"a": 0}),
        (AGGREGATED, {"c": 0}, {"c": 0}),
        (None, {"a": 2}, {"a": 0, "b": 0, "c": 0}),
    ],
)
def test_zero_replicas_stay_where_they_were_or_go_where_one_would(scheduling, previous, expected):
    placement = Placement(replica_scheduling=scheduling)
    request = deployment(0, placement, previous)

    assert shares(schedule(request, fleet(a=3, b=9, c=3))) == expected


def test_karmada_takes_zero_replicas_away_or_everywhere():
    placement = Placement(replica_scheduling=DYNAMIC)
    request = deployment(0, placement, {"a": 2})
    everywhere = replace(KARMADA, propagates_empty=True)

    assert shares(schedule(request, fleet(a=3, b=9), KARMADA)) == {}
    assert shares(schedule(request, fleet(a=3, b=9), everywhere)) == {"a": 0, "b": 0}


def test_a_member_of_which_nothing_was_observed_takes_all():
    members = Fleet([Cluster("a", facts=Facts(assumed=True))])

    assert shares(schedule(deployment(9, Placement(replica_scheduling=DYNAMIC)), members)) == {
        "a": 9
    }


def test_equal_requests_get_the_very_same_assignment():
    members = fleet(a=3, b=9)

    assert schedule(deployment(2, Placement()), members) is schedule(
        deployment(2, Placement()), members, GITOPSD
    )
