from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsd.core.schedule import GITOPSD, KARMADA, Fleet, schedule
from gitopsd.model.cluster import (
    ApiEnablement,
    ApiResource,
    Cluster,
    Facts,
    ResourceSummary,
    Taint,
)
from gitopsd.model.decision import Need, Request, Requirements, Share
from gitopsd.model.policy import (
    ClusterAffinity,
    ClusterAffinityTerm,
    LabelSelector,
    Placement,
    ReplicaScheduling,
    SpreadConstraint,
    WeightPreference,
)
from gitopsd.model.resource import ResourceKey

APIS = (ApiEnablement("apps/v1", (ApiResource("deployments", "Deployment"),)),)
NAMES = ("a", "b", "c", "d", "e", "f")
STRATEGIES = (
    None,
    ReplicaScheduling("Divided", "Weighted"),
    ReplicaScheduling("Divided", "Weighted", WeightPreference(None, "AvailableReplicas")),
    ReplicaScheduling("Divided", "Aggregated"),
)


@st.composite
def clusters(draw):
    return [
        Cluster(
            name,
            labels=draw(st.sampled_from([{}, {"env": "prod"}, {"env": "dev"}])),
            provider=draw(st.sampled_from(["", "aws", "gcp"])),
            region=draw(st.sampled_from(["", "eu", "us"])),
            zones=draw(st.sampled_from([(), ("z1",), ("z1", "z2"), ("z3",)])),
            taints=draw(st.sampled_from([(), (Taint("x", "NoSchedule"),)])),
            leaving=draw(st.sampled_from([False, False, False, True])),
            facts=Facts(
                api_enablements=APIS,
                resource_summary=ResourceSummary(allocatable={"pods": draw(st.integers(0, 9))}),
            ),
        )
        for name in draw(st.lists(st.sampled_from(NAMES), unique=True))
    ]


CONSTRAINTS = st.builds(
    SpreadConstraint,
    spread_by_field=st.sampled_from(["cluster", "region", "zone", "provider"]),
    min_groups=st.integers(1, 2),
    max_groups=st.sampled_from([None, 2, 3]),
)
AFFINITIES = st.sampled_from(
    [
        {},
        {"cluster_affinity": ClusterAffinity(LabelSelector({"env": "prod"}))},
        {
            "cluster_affinities": (
                ClusterAffinityTerm("g1", cluster_names=("a", "b")),
                ClusterAffinityTerm("g2", exclude=("a",)),
            )
        },
    ]
)


@st.composite
def requests(draw):
    placement = Placement(
        spread_constraints=tuple(
            draw(st.lists(CONSTRAINTS, max_size=2, unique_by=lambda each: each.spread_by_field))
        ),
        replica_scheduling=draw(st.sampled_from(STRATEGIES)),
        **draw(AFFINITIES),
    )
    held = draw(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 6), max_size=3))
    return Request(
        key=ResourceKey("apps", "Deployment", "shop", "web"),
        api_version="apps/v1",
        uid=draw(st.sampled_from(["", "a", "b"])),
        need=Need(draw(st.integers(0, 12)), Requirements(), is_scalable=True),
        placement=placement,
        previous=tuple(Share(*each) for each in sorted(held.items())),
        affinity=draw(st.sampled_from(["", "g1", "g2"])),
        fresh=draw(st.booleans()),
        failback=draw(st.booleans()),
    )


OPTIONS = st.sampled_from([GITOPSD, KARMADA])


@given(requests(), clusters(), OPTIONS, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_the_clusters_does_not_matter(request, members, options, chance):
    shuffled = list(members)
    chance.shuffle(shuffled)

    assert schedule(request, Fleet(shuffled), options) == schedule(request, Fleet(members), options)


@given(requests(), clusters(), OPTIONS)
@settings(max_examples=300, deadline=None)
def test_shares_add_up_or_nothing_is_changed(request, members, options):
    assignment = schedule(request, Fleet(members), options)
    total = sum(share.replicas for share in assignment.shares)
    divided = request.placement.replica_scheduling is not None
    wanted = request.need.replicas * (1 if divided else len(assignment.shares))
    kept = () if assignment.reason == "NoClusterFit" else request.previous

    assert total == wanted if assignment.is_scheduled else assignment.shares == kept
    assert assignment.is_scheduled or assignment.message


@given(requests(), clusters())
@settings(max_examples=300, deadline=None)
def test_shares_go_only_where_the_verdict_says_so(request, members):
    assignment = schedule(request, Fleet(members))
    accepted = [Share(each.cluster, each.replicas) for each in assignment.verdicts if each.accepted]

    assert [each.cluster for each in assignment.verdicts] == sorted(each.name for each in members)
    assert accepted == (list(assignment.shares) if assignment.is_scheduled else [])


@given(requests(), clusters())
@settings(max_examples=300, deadline=None)
def test_what_was_decided_is_decided_again(request, members):
    first = schedule(replace(request, fresh=False), Fleet(members))
    again = replace(request, fresh=False, previous=first.shares, affinity=first.affinity)

    # A taint lets in only where the workload is: who got nothing there is let in no more.
    kept = {each.cluster for each in first.shares}
    left = {each.cluster for each in request.previous if each.cluster not in kept}
    is_left = any(each.taints for each in members if each.name in left)
    assert not first.is_scheduled or is_left or schedule(again, Fleet(members)).is_scheduled


@given(requests(), clusters())
@settings(max_examples=200, deadline=None)
def test_a_cluster_that_is_not_tolerated_changes_nothing(request, members):
    stranger = Cluster("zz", taints=(Taint("y", "NoExecute"),), facts=Facts(api_enablements=APIS))
    members = [each for each in members if not each.leaving]

    assert (
        schedule(request, Fleet([*members, stranger])).shares
        == schedule(request, Fleet(members)).shares
    )
