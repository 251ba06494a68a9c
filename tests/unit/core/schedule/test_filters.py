import pytest

from gitopsd.core.schedule.filters import FILTERS
from gitopsd.core.schedule.prepare import Attempt, prepare
from gitopsd.model.cluster import ApiEnablement, ApiResource, Cluster, Facts, Taint
from gitopsd.model.decision import Need, Request
from gitopsd.model.policy import (
    ClusterAffinity,
    ClusterAffinityTerm,
    NamedAffinity,
    Placement,
    SpreadConstraint,
    Toleration,
)
from gitopsd.model.resource import ResourceKey

DEPLOYMENTS = Facts(
    api_enablements=(ApiEnablement("apps/v1", (ApiResource("deployments", "Deployment"),)),)
)
TAINTED = Cluster("a", taints=(Taint("x", "NoSchedule"), Taint("y", "PreferNoSchedule")))


ANYWHERE = Placement()
ONE = Need(replicas=1)


def said(stage, cluster, placement=ANYWHERE, need=ONE, **request):
    (rule,) = (each for each in FILTERS if each.stage == f"filters/{stage}")
    key = ResourceKey("apps", "Deployment", "shop", "web")
    asked = Request(key, "apps/v1", "", need, placement, **request)
    prepared = prepare(placement)
    return rule.check(Attempt(asked, prepared, prepared.groups[0], {}), cluster)


def test_a_cluster_must_serve_the_kind_in_its_version():
    assert said("api", Cluster("a", facts=DEPLOYMENTS)) == ""
    assert said("api", Cluster("a", facts=Facts())) == (
        "did not have the API resource apps/v1 Deployment"
    )
    assert said("api", Cluster("a")) == "nothing is known of this member yet"


def test_a_kind_that_is_arriving_or_assumed_counts_as_served():
    assert said("api", Cluster("a", facts=Facts()), arriving=("a",)) == ""
    assert said("api", Cluster("a", facts=Facts(assumed=True))) == ""


def test_a_taint_must_be_tolerated_unless_it_only_prefers():
    tolerant = Placement(cluster_tolerations=(Toleration("x", "Exists"),))

    assert said("taint", TAINTED) == "had untolerated taint {x:NoSchedule}"
    assert said("taint", TAINTED, tolerant) == ""


def test_the_affinity_must_mean_the_cluster():
    placement = Placement(ClusterAffinity(cluster_names=("b",)))

    assert said("affinity", Cluster("b"), placement) == ""
    assert said("affinity", Cluster("a"), placement) == (
        "did not match the placement cluster affinity: is not among clusterNames"
    )


def test_an_overflow_tier_lets_in_workloads_only():
    overflow = (NamedAffinity("cloud", cluster_names=("a",)),)
    term = ClusterAffinityTerm("local", cluster_names=("b",), overflow_affinities=overflow)
    placement = Placement(cluster_affinities=(term,))

    assert said("affinity", Cluster("a"), placement) == ""
    assert said("affinity", Cluster("a"), placement, Need()) == (
        "did not match the placement cluster affinity local: is not among clusterNames"
    )


@pytest.mark.parametrize(
    ("field", "words"), [("region", "region"), ("provider", "provider"), ("zone", "zones")]
)
def test_a_spread_field_must_be_known_of_the_cluster(field, words):
    placement = Placement(spread_constraints=(SpreadConstraint(field),))
    known = Cluster("a", provider="p", region="r", zones=("z",))

    assert said("topology", known, placement) == ""
    assert said("topology", Cluster("a"), placement) == f"did not have {words} property"


def test_a_cluster_that_is_being_left_is_no_target():
    assert said("eviction", Cluster("a"), evicted=("a",)) == "is in the process of eviction"
    assert said("eviction", Cluster("b"), evicted=("a",)) == ""
