"""Karmada's admission: what it fills in, what it refuses."""

import pytest

from gitopsd.core.load import admitted_placement, admitted_propagation, read_file
from gitopsd.core.load.own import Refused
from gitopsd.core.load.parsed import Sort
from gitopsd.kube.yaml import dump

SELECTOR = {"apiVersion": "apps/v1", "kind": "Deployment"}


def read(kind, spec, name="a", group="policy.karmada.io", namespace="shop"):
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    body = {"apiVersion": f"{group}/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}
    return read_file("a.yaml", "", dump(body).encode())


def mistakes(kind, spec, **more):
    return [
        (each.pointer.removeprefix("/spec"), each.message)
        for each in read(kind, spec, **more).problems
    ]


def policy(**spec):
    return {"resourceSelectors": [SELECTOR], **spec}


def placed(**placement):
    return policy(placement=placement)


def test_admission_fills_in_a_policy():
    spec = admitted_propagation(
        {
            "resourceSelectors": [
                SELECTOR,
                {"apiVersion": "multicluster.x-k8s.io/v1alpha1", "kind": "ServiceImport"},
            ],
            "placement": {
                "spreadConstraints": [{}, {"spreadByLabel": "x", "minGroups": 0}],
                "replicaScheduling": {},
            },
            "failover": {"application": {}, "cluster": {"purgeMode": "Immediately"}},
        },
        "shop",
    )

    assert spec == {
        "resourceSelectors": [
            {**SELECTOR, "namespace": "shop"},
            {
                "apiVersion": "multicluster.x-k8s.io/v1alpha1",
                "kind": "ServiceImport",
                "namespace": "shop",
            },
        ],
        "propagateDeps": True,
        "placement": {
            "spreadConstraints": [
                {"spreadByField": "cluster", "minGroups": 1},
                {"spreadByLabel": "x", "minGroups": 1},
            ],
            "replicaScheduling": {
                "replicaSchedulingType": "Divided",
                "replicaDivisionPreference": "Weighted",
            },
        },
        "failover": {
            "application": {
                "purgeMode": "Gracefully",
                "gracePeriodSeconds": 600,
                "decisionConditions": {"tolerationSeconds": 300},
            },
            "cluster": {"purgeMode": "Directly"},
        },
        "schedulerName": "default-scheduler",
    }


def test_admission_leaves_what_is_given():
    placement = {
        "spreadConstraints": [{"spreadByField": "region", "minGroups": 2, "maxGroups": 3}],
        "replicaScheduling": {"replicaSchedulingType": "Duplicated"},
    }

    assert admitted_placement(placement) == placement


def test_a_cluster_wide_policy_selects_in_any_namespace():
    [parsed] = read("ClusterPropagationPolicy", policy(), namespace="").objects

    assert parsed.sort is Sort.POLICY
    assert parsed.value.namespace == ""
    assert parsed.value.kind == "ClusterPropagationPolicy"
    assert parsed.value.spec.resource_selectors[0].namespace == ""


def test_a_policy_without_a_namespace_is_of_default():
    [parsed] = read("PropagationPolicy", policy(), namespace="").objects

    assert parsed.value.namespace == "default"
    assert parsed.value.spec.resource_selectors[0].namespace == "default"


@pytest.mark.parametrize(
    ("spec", "pointer", "words"),
    [
        (
            {"resourceSelectors": [{**SELECTOR, "namespace": "other"}]},
            "/resourceSelectors/0/namespace",
            "must be the namespace of the policy, 'shop', or left out",
        ),
        (
            policy(preemption="Always"),
            "/resourceSelectors/0",
            "a policy with preemption: Always must name what it claims",
        ),
        (
            placed(clusterAffinity={}, clusterAffinities=[{"affinityName": "a"}]),
            "/placement/clusterAffinities",
            "must not stand beside clusterAffinity",
        ),
        (
            placed(clusterAffinities=[{"affinityName": "a"}, {"affinityName": "a"}]),
            "/placement/clusterAffinities/1/affinityName",
            "'a' stands twice",
        ),
        (
            placed(
                clusterAffinity={
                    "fieldSelector": {"matchExpressions": [{"key": "name", "operator": "In"}]}
                }
            ),
            "/placement/clusterAffinity/fieldSelector/matchExpressions/0/key",
            "must be provider, region or zone",
        ),
        (
            placed(
                clusterAffinity={
                    "fieldSelector": {"matchExpressions": [{"key": "zone", "operator": "Exists"}]}
                }
            ),
            "/placement/clusterAffinity/fieldSelector/matchExpressions/0/operator",
            "must be In or NotIn",
        ),
        (
            placed(spreadConstraints=[{"spreadByField": "region"}]),
            "/placement/spreadConstraints",
            "one of them must have spreadByField: cluster",
        ),
        (
            placed(spreadConstraints=[{}, {"spreadByField": "cluster"}]),
            "/placement/spreadConstraints/1",
            "spreads by cluster, as one before it does",
        ),
        (
            placed(spreadConstraints=[{"spreadByField": "cluster", "spreadByLabel": "x"}]),
            "/placement/spreadConstraints/0",
            "has spreadByField and spreadByLabel; one of them is right",
        ),
        (
            placed(spreadConstraints=[{"minGroups": 3, "maxGroups": 2}]),
            "/placement/spreadConstraints/0/maxGroups",
            "must not be less than minGroups, 3",
        ),
        (
            placed(spreadConstraints=[{"minGroups": -1}]),
            "/placement/spreadConstraints/0/minGroups",
            "must be 0 or more",
        ),
        (
            placed(
                clusterAffinities=[
                    {
                        "affinityName": "a",
                        "clusterNames": ["x"],
                        "overflowAffinities": [{"affinityName": "b"}],
                    }
                ]
            ),
            "/placement/clusterAffinities/0/overflowAffinities",
            "needs replicaSchedulingType: Divided, Aggregated or with a dynamicWeight",
        ),
        (
            placed(
                replicaScheduling={"replicaDivisionPreference": "Aggregated"},
                clusterAffinities=[
                    {
                        "affinityName": "a",
                        "clusterNames": ["x"],
                        "overflowAffinities": [{"affinityName": "a"}],
                    }
                ],
            ),
            "/placement/clusterAffinities/0/overflowAffinities/0/affinityName",
            "'a' stands twice",
        ),
        (
            placed(
                replicaScheduling={"replicaDivisionPreference": "Aggregated"},
                clusterAffinities=[
                    {"affinityName": "a", "overflowAffinities": [{"affinityName": "b"}]}
                ],
            ),
            "/placement/clusterAffinities/0/overflowAffinities",
            "needs an affinity of the term itself that is not empty",
        ),
        (
            placed(
                workloadAffinity={
                    "affinity": {"groupByLabelKey": "a"},
                    "antiAffinity": {"groupByLabelKey": "a"},
                }
            ),
            "/placement/workloadAffinity/antiAffinity/groupByLabelKey",
            "must be another key than that of affinity",
        ),
        (
            policy(failover={"application": {"decisionConditions": {}}}),
            "/failover/application",
            "needs propagateDeps: true",
        ),
        (
            policy(failover={"cluster": {"purgeMode": "Directly", "gracePeriodSeconds": 5}}),
            "/failover/cluster/gracePeriodSeconds",
            "has a meaning only with purgeMode: Gracefully",
        ),
        (
            policy(
                suspension={
                    "dispatching": True,
                    "dispatchingOnClusters": {"clusterNames": ["a"]},
                }
            ),
            "/suspension/dispatchingOnClusters",
            "must be empty where dispatching is suspended everywhere",
        ),
        (
            policy(schedulePriority={"priorityClassSource": "Other", "priorityClassName": "a"}),
            "/schedulePriority/priorityClassSource",
            "must be KubePriorityClass",
        ),
    ],
)
def test_admission_refuses_a_policy(spec, pointer, words):
    assert mistakes("PropagationPolicy", spec) == [(pointer, words)]


def rule(**overriders):
    return {"overrideRules": [{"overriders": overriders}]}


@pytest.mark.parametrize(
    ("spec", "pointer", "words"),
    [
        (
            {**rule(), "overriders": {}},
            "/overriders",
            "must not stand beside overrideRules; make a rule of it",
        ),
        (
            rule(
                imageOverrider=[{"component": "Tag", "operator": "add", "predicate": {"path": "a"}}]
            ),
            "/overrideRules/0/overriders/imageOverrider/0/predicate/path",
            "must be a JSON pointer, which begins with '/'",
        ),
        (
            rule(labelsOverrider=[{"operator": "add", "value": {"a": "b c"}}]),
            "/overrideRules/0/overriders/labelsOverrider/0/value/a",
            "'b c' must be letters, digits, '-', '_' and '.', beginning and ending with a letter "
            "or digit, or empty",
        ),
        (
            rule(fieldOverrider=[{"fieldPath": "/a"}]),
            "/overrideRules/0/overriders/fieldOverrider/0",
            "must have json or yaml, and one of them only",
        ),
        (
            rule(
                fieldOverrider=[
                    {
                        "fieldPath": "/a",
                        "yaml": [{"subPath": "/b", "operator": "remove", "value": 1}],
                    }
                ]
            ),
            "/overrideRules/0/overriders/fieldOverrider/0/yaml/0/value",
            "must not be there to remove something",
        ),
        (
            rule(
                fieldOverrider=[
                    {"fieldPath": "/a~2", "yaml": [{"subPath": "/b", "operator": "remove"}]}
                ]
            ),
            "/overrideRules/0/overriders/fieldOverrider/0/fieldPath",
            "must be a JSON pointer; in it '~' is written '~0' and '/' is '~1'",
        ),
    ],
)
def test_admission_refuses_an_override(spec, pointer, words):
    assert mistakes("OverridePolicy", spec) == [(pointer, words)]


def test_the_deprecated_form_of_an_override_is_not_looked_into():
    spec = {"overriders": {"fieldOverrider": [{"fieldPath": "not a pointer"}]}}

    assert mistakes("ClusterOverridePolicy", spec, namespace="") == []


def cluster(spec, name="eu-1"):
    return read("Cluster", {"syncMode": "Push", **spec}, name, "cluster.karmada.io", "")


def test_a_cluster_is_a_cluster():
    [parsed] = cluster({"region": "eu", "zones": ["a"], "resourceModels": models(1, 2)}).objects

    assert parsed.sort is Sort.CLUSTER
    assert (parsed.value.name, parsed.value.region, parsed.value.zones) == ("eu-1", "eu", ("a",))
    assert [(each.min, each.max) for model in parsed.value.models for each in model.ranges] == [
        ("0", 2),
        (2, "9223372036854775807"),
    ]


def models(first_min, first_max, second_min=None):
    second = first_max if second_min is None else second_min
    return [
        {"grade": 1, "ranges": [{"name": "cpu", "min": second, "max": 9}]},
        {"grade": 0, "ranges": [{"name": "cpu", "min": first_min, "max": first_max}]},
    ]


@pytest.mark.parametrize(
    ("spec", "pointer", "words"),
    [
        ({"zone": "a", "zones": ["a"]}, "/zone", "must not stand beside zones; move it there"),
        (
            {"region": "a b"},
            "/region",
            "'a b' must be letters, digits, '-', '_' and '.', beginning and ending with a letter "
            "or digit, or empty",
        ),
        (
            {"apiEndpoint": "eu-1:6443"},
            "/apiEndpoint",
            "is no address; right would be https://host:port",
        ),
        (
            {"apiEndpoint": "https://u:p@host"},
            "/apiEndpoint",
            "must be without user, password, query and fragment",
        ),
        (
            {"proxyURL": "ftp://host"},
            "/proxyURL",
            "must be an address that begins with http, https or socks5",
        ),
        (
            {"taints": [{"key": "a", "effect": "NoExecute"}, {"key": "a", "effect": "NoExecute"}]},
            "/taints/1",
            "the taint a:NoExecute stands twice",
        ),
        (
            {"taints": [{"key": "a", "effect": "PreferNoSchedule"}]},
            "/taints/0/effect",
            "must be NoSchedule or NoExecute",
        ),
        (
            {"resourceModels": models(0, 2, 3)},
            "/resourceModels/0/ranges/0/min",
            "must be the max of the grade before",
        ),
        (
            {"resourceModels": models(2, 2)},
            "/resourceModels/1/ranges/0",
            "max must be more than min",
        ),
    ],
)
def test_a_cluster_is_refused(spec, pointer, words):
    problems = cluster(spec).problems

    assert [(each.pointer.removeprefix("/spec"), each.message) for each in problems] == [
        (pointer, words)
    ]


def test_the_name_of_a_cluster_has_48_characters_at_most():
    assert cluster({}, "a" * 48).problems == ()
    assert [each.message for each in cluster({}, "a" * 49).problems] == [
        "is longer than 48 characters"
    ]


@pytest.mark.parametrize(
    ("spec", "pointer", "words"),
    [
        (
            {
                "overall": {"cpu": 1},
                "staticAssignments": [{"clusterName": "a", "hard": {"pods": 1}}],
            },
            "/staticAssignments/0/hard/pods",
            "is no resource of overall",
        ),
        (
            {
                "overall": {"cpu": "1"},
                "staticAssignments": [
                    {"clusterName": "a", "hard": {"cpu": "600m"}},
                    {"clusterName": "b", "hard": {"cpu": "600m"}},
                ],
            },
            "/overall/cpu",
            "is less than its static assignments",
        ),
    ],
)
def test_a_quota_is_refused(spec, pointer, words):
    assert (pointer, words) in mistakes("FederatedResourceQuota", spec)


def test_an_approval_names_what_it_covers():
    spec = {"covers": ["eu-1/apps/Deployment/shop/web"], "expires": "2026-01-31T12:00:00Z"}

    [parsed] = read("Approval", spec, "5f3a", "gitopsd.io", "").objects

    assert parsed.value.name == "5f3a"
    assert parsed.value.covers == {"eu-1/apps/Deployment/shop/web"}
    assert parsed.value.expires.isoformat() == "2026-01-31T12:00:00+00:00"


def test_a_time_that_is_none_is_refused():
    spec = {"covers": [], "expires": "2026-01-31T12:00:60Z"}

    file = read("Approval", spec, "5f3a", "gitopsd.io", "")

    assert file.objects == ()
    assert len(file.problems) == 1


def test_refused_says_what_is_wrong():
    assert Refused([("/a", "b")]).mistakes == [("/a", "b")]
