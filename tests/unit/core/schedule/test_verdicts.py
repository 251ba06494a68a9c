from dataclasses import replace

from gitopsd.core.schedule import Fleet, says_the_same, schedule
from gitopsd.model.cluster import (
    ApiEnablement,
    ApiResource,
    Cluster,
    Facts,
    ResourceSummary,
    Taint,
)
from gitopsd.model.decision import Need, Request, Requirements, Share, Verdict
from gitopsd.model.policy import (
    ClusterAffinity,
    Placement,
    ReplicaScheduling,
    SpreadConstraint,
)
from gitopsd.model.resource import ResourceKey

APIS = (ApiEnablement("apps/v1", (ApiResource("deployments", "Deployment"),)),)


def cluster(name, room, **more):
    summary = ResourceSummary(allocatable={"pods": room})
    return Cluster(name, facts=Facts(api_enablements=APIS, resource_summary=summary), **more)


MEMBERS = (
    cluster("e", 5, leaving=True),
    cluster("a", 20, region="eu"),
    cluster("b", 10, region="us"),
    cluster("c", 1, region="us"),
    cluster("d", 90, region="us", taints=(Taint("x", "NoSchedule"),)),
)


def verdicts(replicas, placement, members=MEMBERS):
    request = Request(
        key=ResourceKey("apps", "Deployment", "shop", "web"),
        api_version="apps/v1",
        uid="",
        need=Need(replicas, Requirements(), is_scalable=True),
        placement=placement,
        previous=(Share("b", 2),),
    )
    return schedule(request, Fleet(members)).verdicts


SPREAD = Placement(
    spread_constraints=(
        SpreadConstraint("region", min_groups=2),
        SpreadConstraint("cluster", min_groups=1, max_groups=2),
    ),
    replica_scheduling=ReplicaScheduling("Divided", "Aggregated"),
)


def test_every_cluster_is_told_what_it_was_found_to_be():
    assert list(verdicts(8, SPREAD)) == [
        Verdict("a", False, "divide", "gets nothing, room for 20", 0),
        Verdict(
            "b",
            True,
            "divide",
            "gets 8 of 8 replicas, had 2, room for 10 more (region us)",
            100,
            8,
        ),
        Verdict(
            "c", False, "spread", "others are preferred by the spread constraints (region us)", 0
        ),
        Verdict("d", False, "filters/taint", "had untolerated taint {x:NoSchedule}"),
        Verdict("e", False, "leaving", "is leaving the fleet"),
    ]


def test_when_nothing_will_do_the_room_is_told():
    found = verdicts(99, SPREAD, MEMBERS[1:3])

    assert [each.reason for each in found] == [
        "would do, room for 20",
        "would do, had 2, room for 10 more",
    ]


def test_duplicated_and_empty_shares_have_their_own_words():
    one = Placement(ClusterAffinity(cluster_names=("a",)))

    assert verdicts(3, one)[0].reason == "gets all 3 replicas"
    assert verdicts(0, one)[0].reason == "keeps 0 replicas"


def test_verdicts_are_equal_by_value():
    first, second = verdicts(8, SPREAD), verdicts(8, SPREAD)

    assert first == second == tuple(first)
    assert first != verdicts(9, SPREAD)
    assert len({hash(first), hash(second)}) == 1
    assert len(first) == 5


REQUEST = Request(
    key=ResourceKey("apps", "Deployment", "shop", "web"),
    api_version="apps/v1",
    uid="",
    need=Need(1),
    placement=Placement(ClusterAffinity(cluster_names=("a", "b"))),
)


def test_fleets_say_the_same_when_only_room_differs():
    other = (*MEMBERS[:1], cluster("a", 1, region="eu"), *MEMBERS[2:])

    assert says_the_same(REQUEST, Fleet(MEMBERS), Fleet(other))


def test_fleets_say_something_else_when_another_cluster_is_refused():
    other = [replace(each, taints=(Taint("y", "NoSchedule"),)) for each in MEMBERS]

    assert not says_the_same(REQUEST, Fleet(MEMBERS), Fleet(other))
    assert not says_the_same(REQUEST, Fleet(MEMBERS), Fleet(MEMBERS[1:]))


def test_a_taint_is_nothing_new_where_a_cluster_was_refused_before_or_holds_the_template():
    tainted = (Taint("y", "NoSchedule"),)
    other = [replace(each, taints=tainted) if each.name in ("b", "c") else each for each in MEMBERS]
    holding = replace(REQUEST, previous=(Share("b", 1),))

    assert says_the_same(holding, Fleet(MEMBERS), Fleet(other))
    assert not says_the_same(REQUEST, Fleet(MEMBERS), Fleet(other))
