import pytest

from gitopsd.model.cluster import Cluster
from gitopsd.model.policy import (
    ClusterAffinity,
    FieldSelector,
    LabelSelector,
    Requirement,
    ResourceSelector,
)
from gitopsd.model.resource import ResourceKey
from gitopsd.model.selecting import ClusterSelector, level

WEB = ResourceKey("apps", "Deployment", "shop", "web")
EU = Cluster("eu-1", {"env": "prod"}, provider="aws", region="eu", zones=("eu-a", "eu-b"))
BARE = Cluster("bare")


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (ResourceSelector("apps/v1", "Deployment"), 1),
        (ResourceSelector("apps/v1", "Deployment", label_selector=LabelSelector()), 2),
        (ResourceSelector("apps/v1", "Deployment", name="web"), 3),
        (ResourceSelector("apps/v1", "Deployment", namespace="shop", name="web"), 3),
        (ResourceSelector("apps/v1", "Deployment", namespace="other", name="web"), 0),
        (ResourceSelector("apps/v1", "Deployment", name="api"), 0),
        (ResourceSelector("apps/v1beta1", "Deployment"), 0),
        (ResourceSelector("apps/v1", "StatefulSet"), 0),
        (
            ResourceSelector(
                "apps/v1", "Deployment", label_selector=LabelSelector(match_labels={"app": "web"})
            ),
            2,
        ),
        (
            ResourceSelector(
                "apps/v1", "Deployment", label_selector=LabelSelector(match_labels={"app": "api"})
            ),
            0,
        ),
        (
            ResourceSelector(
                "apps/v1",
                "Deployment",
                name="web",
                label_selector=LabelSelector(match_labels={"app": "api"}),
            ),
            3,
        ),
    ],
)
def test_a_name_is_closer_than_labels_and_labels_than_the_kind(selector, expected):
    assert level(selector, "apps/v1", WEB, {"app": "web"}) == expected


def field(key, operator, *values):
    return ClusterAffinity(field_selector=FieldSelector((Requirement(key, operator, values),)))


@pytest.mark.parametrize(
    ("affinity", "eu", "bare"),
    [
        (None, True, True),
        (ClusterAffinity(), True, True),
        (ClusterAffinity(cluster_names=("eu-1",)), True, False),
        (ClusterAffinity(cluster_names=("eu-1",), exclude=("eu-1",)), False, False),
        (ClusterAffinity(label_selector=LabelSelector({"env": "prod"})), True, False),
        (ClusterAffinity(label_selector=LabelSelector({"env": "not a value"})), False, False),
        (field("provider", "In", "aws"), True, False),
        (field("provider", "NotIn", "aws"), False, True),
        (field("region", "NotIn", "us"), True, True),
        (field("region", "Exists"), True, False),
        (field("region", "In"), False, False),
        (field("zone", "In", "eu-b", "x"), True, False),
        (field("zone", "NotIn", "eu-b"), False, True),
        (field("zone", "Exists"), False, False),
    ],
)
def test_all_parts_of_an_affinity_must_agree(affinity, eu, bare):
    selector = ClusterSelector(affinity)

    assert (selector.matches(EU), selector.matches(BARE)) == (eu, bare)


def test_a_refusal_says_which_part_disagrees():
    assert ClusterSelector(field("zone", "In", "x")).refusal(EU) == (
        "is in other zones than the fieldSelector asks for"
    )
