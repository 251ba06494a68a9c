from dataclasses import replace

import pytest

from gitopsd.core.schedule import GITOPSD, KARMADA, Fleet, schedule
from gitopsd.model.cluster import ApiEnablement, ApiResource, Cluster, Facts, ResourceSummary
from gitopsd.model.decision import Need, Request, Requirements, Share
from gitopsd.model.policy import Placement, ReplicaScheduling, SpreadConstraint
from gitopsd.model.resource import ResourceKey

APIS = (ApiEnablement("apps/v1", (ApiResource("deployments", "Deployment"),)),)
AGGREGATED = ReplicaScheduling("Divided", "Aggregated")


def cluster(name, room, region="", **more):
    summary = ResourceSummary(allocatable={"pods": room})
    facts = Facts(api_enablements=APIS, resource_summary=summary)
    return Cluster(name, region=region, facts=facts, **more)


def by(field, least=0, most=None):
    return SpreadConstraint(field, min_groups=least, max_groups=most)


def decide(replicas, constraints, clusters, options=GITOPSD, divided=True, previous=()):
    placement = Placement(
        spread_constraints=tuple(constraints), replica_scheduling=AGGREGATED if divided else None
    )
    request = Request(
        key=ResourceKey("apps", "Deployment", "shop", "web"),
        api_version="apps/v1",
        uid="",
        need=Need(replicas, Requirements(), is_scalable=True),
        placement=placement,
        previous=tuple(Share(*each) for each in previous),
    )
    return schedule(request, Fleet(clusters), options)


def selected(*arguments, **more):
    """The clusters that were chosen, whether or not they got a replica."""
    assignment = decide(*arguments, **more)
    assert assignment.is_scheduled, assignment.message
    return [each.cluster for each in assignment.verdicts if each.stage == "divide"]


def failure(*arguments, **more):
    assignment = decide(*arguments, **more)
    return assignment.reason, assignment.message


FOUR = [cluster("m1", 40), cluster("m2", 30), cluster("m3", 60), cluster("m4", 10)]
HELD = [cluster("m1", 7), cluster("m2", 5), cluster("m3", 60), cluster("m4", 10)]


@pytest.mark.parametrize(
    ("least", "most", "replicas", "expected"),
    [
        (1, 1, 50, ["m3"]),
        (1, 2, 80, ["m1", "m3"]),
        (2, 3, 130, ["m1", "m2", "m3"]),
        (1, None, 10, ["m1", "m2", "m3", "m4"]),
        (1, 0, 10, ["m1", "m2", "m3", "m4"]),
    ],
)
def test_by_cluster_the_best_are_taken(least, most, replicas, expected):
    assert selected(replicas, [by("cluster", least, most)], FOUR) == expected


@pytest.mark.parametrize(
    ("most", "replicas", "expected"),
    [(1, 10, ["m1"]), (1, 30, ["m3"]), (2, 20, ["m1", "m2"]), (2, 40, ["m1", "m3"])],
)
def test_by_cluster_what_is_held_is_left_only_for_want_of_room(most, replicas, expected):
    held = [("m1", 5), ("m2", 5)]

    assert selected(replicas, [by("cluster", 1, most)], HELD, previous=held) == expected


def test_by_cluster_duplicated_asks_for_no_room():
    assert selected(99, [by("cluster", 1, 2)], FOUR, divided=False) == ["m1", "m3"]


def test_what_cannot_be_spread_is_said():
    assert failure(80, [by("cluster", 1, 1)], FOUR) == (
        "SchedulerError",
        "1 cluster, as many as the placement allows, with room for 60 of 80 replicas",
    )
    assert failure(10, [by("cluster", 5, 6)], FOUR) == (
        "SchedulerError",
        "the placement asks for 5 clusters at least, 4 fit",
    )


REGIONS = [
    cluster("a1", 60, "A"),
    cluster("a2", 70, "A"),
    cluster("a3", 40, "A"),
    cluster("b1", 60, "B"),
    cluster("b2", 60, "B"),
    cluster("b3", 60, "B"),
    cluster("c1", 79, "C"),
]


@pytest.mark.parametrize(
    ("replicas", "divided", "regions", "clusters", "expected"),
    [
        (50, False, 2, (3, 3), ["a1", "a2", "b1"]),
        (100, True, 2, (2, 2), ["a2", "c1"]),
        (90, True, 3, (2, 2), ["a2", "b1", "c1"]),
    ],
)
def test_by_region_the_best_regions_then_the_best_clusters(
    replicas, divided, regions, clusters, expected
):
    constraints = [by("region", regions, regions), by("cluster", *clusters)]
    found = selected(replicas, constraints, REGIONS, divided=divided, previous=[("c1", 1)])

    assert found == expected


def test_an_omitted_maximum_is_unbounded_and_for_karmada_zero():
    constraints = [by("region", 2), by("cluster", 2)]

    assert len(selected(9, constraints, REGIONS)) == 6
    assert decide(9, constraints, REGIONS, KARMADA).reason == "SchedulerError"
    assert len(selected(9, [by("cluster", 1)], FOUR)) == 4
    assert decide(9, [by("cluster", 1)], FOUR, KARMADA).reason == "SchedulerError"


def test_too_few_regions_are_named():
    assert failure(9, [by("region", 4), by("cluster", 1)], REGIONS) == (
        "SchedulerError",
        "the placement asks for 4 regions at least, 3 fit (A, B, C)",
    )
    assert failure(9, [by("region", 1, 2), by("cluster", 7)], REGIONS) == (
        "SchedulerError",
        "no 1 to 2 regions have 7 clusters together, as the placement asks; "
        "clusters that fit: A 3, B 3, C 1",
    )


def test_more_groups_are_taken_only_for_want_of_room():
    regions = [cluster("a", 5, "A"), cluster("b", 4, "B"), cluster("c", 3, "C")]

    assert selected(9, [by("region", 2)], regions) == ["a", "b"]
    assert selected(12, [by("region", 2)], regions) == ["a", "b", "c"]
    assert failure(12, [by("region", 2, 2)], regions)[0] == "Unschedulable"
    assert selected(9, [by("region", 2), by("provider", 1)], provided(regions)) == ["a", "b"]
    assert selected(12, [by("region", 2), by("provider", 1)], provided(regions)) == ["a", "b", "c"]


def provided(clusters):
    return [replace(each, provider="aws") for each in clusters]


ZONED = [
    cluster("a", 9, provider="aws", zones=("z1", "z2"), labels={"rack": "1"}),
    cluster("b", 8, provider="aws", zones=("z2",), labels={"rack": "2"}),
    cluster("c", 7, provider="gcp", zones=("z3",), labels={"rack": "1"}),
    cluster("d", 6, provider="gcp", zones=("z4",)),
]


@pytest.mark.parametrize(
    ("constraints", "expected"),
    [
        ([by("zone", 2, 2)], ["a", "b"]),
        ([by("zone", 3, 3)], ["a", "b", "c"]),
        ([by("zone", 1, 1)], ["b"]),
        ([by("zone", 4)], ["a", "b", "c", "d"]),
        ([by("provider", 2, 2), by("cluster", 2, 2)], ["a", "c"]),
        ([by("provider", 1, 1), by("cluster", 1, 3)], ["a", "b"]),
        ([by("provider", 2), by("zone", 2, 2)], ["b", "c"]),
        ([by("provider", 2, 2), by("zone", 3, 4), by("cluster", 2, 2)], ["a", "c"]),
    ],
)
def test_zones_and_providers_spread_too(constraints, expected):
    assert selected(4, constraints, ZONED) == expected


def test_values_of_a_label_spread_too():
    racks = SpreadConstraint(spread_by_label="rack", min_groups=2, max_groups=2)

    assert selected(4, [racks, by("cluster", 2, 2)], ZONED) == ["a", "b"]
    assert failure(4, [SpreadConstraint(spread_by_label="rack", min_groups=3)], ZONED) == (
        "SchedulerError",
        "the placement asks for 3 values of label rack at least, 2 fit (1, 2)",
    )


def test_constraints_that_exclude_each_other_are_said():
    constraints = [by("provider", 2, 2), by("zone", 1, 1)]

    assert failure(4, constraints, ZONED) == (
        "SchedulerError",
        "no clusters satisfy all spread constraints: 1 cluster, 1 zone, 2 providers at least",
    )


def test_karmada_spreads_by_cluster_and_region_only():
    assert failure(4, [by("zone", 1, 2)], ZONED, options=KARMADA) == (
        "SchedulerError",
        "only constraints by cluster and region are supported",
    )
    assert selected(4, [by("zone", 2, 2), by("cluster", 1, 3)], ZONED, options=KARMADA) == [
        "a",
        "b",
        "c",
    ]
