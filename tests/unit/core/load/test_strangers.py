"""A policy says where it names a cluster that the repository does not have."""

import pytest

from gitopsd.core.load import LoadCache, load
from gitopsd.kube.yaml import dump
from gitopsd.model.problem import Severity
from gitopsd.model.snapshot import Tree, TreeEntry

CLUSTERS = "".join(
    dump(
        {
            "apiVersion": "cluster.karmada.io/v1alpha1",
            "kind": "Cluster",
            "metadata": {"name": name},
            "spec": {"syncMode": "Push"},
        }
    )
    + "---\n"
    for name in ("east", "west")
)
TYPO = {"clusterNames": ["east", "wset"]}
RIGHT = {"clusterNames": ["east", "west"]}


def policy(**spec):
    selector = {"apiVersion": "v1", "kind": "ConfigMap"}
    return {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "PropagationPolicy",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"resourceSelectors": [selector], **spec},
    }


def override(rule):
    return {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "OverridePolicy",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"overrideRules": [{"targetCluster": rule, "overriders": {}}]},
    }


def weighted(affinity):
    return {
        "replicaScheduling": {
            "replicaSchedulingType": "Divided",
            "replicaDivisionPreference": "Weighted",
            "weightPreference": {"staticWeightList": [{"targetCluster": affinity, "weight": 1}]},
        }
    }


def told(body, clusters=CLUSTERS):
    """Pointer and words of every problem of a repository with this policy."""
    files = {"policy.yaml": dump(body), "clusters.yaml": clusters}
    entries = {path: TreeEntry(0o100644, text, len(text)) for path, text in files.items() if text}
    tree = Tree(url="", branch="", commit="", entries=entries)
    loaded, _ = load(tree, str.encode, LoadCache())
    return [(each.pointer, each.message, each.severity) for each in loaded.problems]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (
            policy(placement={"clusterAffinity": TYPO}),
            "/spec/placement/clusterAffinity/clusterNames",
        ),
        (
            policy(placement={"clusterAffinities": [{"affinityName": "a", **TYPO}]}),
            "/spec/placement/clusterAffinities/0/clusterNames",
        ),
        (
            policy(placement={"clusterAffinity": {"exclude": ["wset"]}}),
            "/spec/placement/clusterAffinity/exclude",
        ),
        (
            policy(placement=weighted(TYPO)),
            "/spec/placement/replicaScheduling/weightPreference/staticWeightList/0/targetCluster"
            "/clusterNames",
        ),
        (
            policy(suspension={"dispatchingOnClusters": TYPO}),
            "/spec/suspension/dispatchingOnClusters/clusterNames",
        ),
        (override(TYPO), "/spec/overrideRules/0/targetCluster/clusterNames"),
    ],
)
def test_a_name_that_no_cluster_has_is_told_with_the_nearest(body, place) -> None:
    words = "there is no cluster 'wset'; did you mean 'west'?"

    assert told(body) == [(place, words, Severity.NOTICE)]


@pytest.mark.parametrize(
    "body", [policy(placement={"clusterAffinity": RIGHT}), override(RIGHT), policy()]
)
def test_names_of_clusters_are_nothing_to_tell_of(body) -> None:
    assert told(body) == []


def test_many_names_are_told_in_short() -> None:
    names = [f"far-{number}" for number in range(7)]

    ((_, words, _),) = told(policy(suspension={"dispatchingOnClusters": {"clusterNames": names}}))

    assert words == "there are no clusters 'far-0', 'far-1', 'far-2', 'far-3', 'far-4' and 2 more"


@pytest.mark.parametrize("clusters", ["", "kind: Cluster\n  broken"])
def test_where_not_all_clusters_can_be_read_nobody_is_a_stranger(clusters) -> None:
    pointers = [
        place for place, _, _ in told(policy(placement={"clusterAffinity": TYPO}), clusters)
    ]

    assert not any("placement" in place for place in pointers)
