"""A policy says where it asks for something that has no effect."""

import pytest

from gitopsd.core.load import read_file
from gitopsd.core.load.unheeded import notices
from gitopsd.kube.yaml import dump
from gitopsd.model.policy import (
    Placement,
    PropagationSpec,
    ReplicaScheduling,
    SpreadConstraint,
    WeightPreference,
)
from gitopsd.model.problem import Severity


@pytest.mark.parametrize(
    ("spec", "pointer"),
    [
        ({"activationPreference": "Lazy"}, "/spec/activationPreference"),
        ({"failover": {"application": {}}}, "/spec/failover/application"),
        ({"failover": {"cluster": {}}}, "/spec/failover/cluster"),
        ({"placement": {"workloadAffinity": {}}}, "/spec/placement/workloadAffinity"),
        ({"schedulePriority": {"priorityClassName": "high"}}, "/spec/schedulePriority"),
        ({"schedulerName": "volcano"}, "/spec/schedulerName"),
        ({"suspension": {"scheduling": True}}, "/spec/suspension/scheduling"),
    ],
)
def test_each_field_without_effect_is_named(spec, pointer):
    assert [place for place, _ in notices(spec, PropagationSpec())] == [pointer]


def test_what_is_acted_on_or_asks_for_nothing_is_not():
    spec = {
        "activationPreference": "",
        "conflictResolution": "Overwrite",
        "dependentOverrides": ["image"],
        "placement": {"clusterAffinity": {}},
        "preemption": "Always",
        "preserveResourcesOnDeletion": True,
        "priority": 3,
        "propagateDeps": True,
        "schedulerName": "default-scheduler",
        "suspension": {"dispatching": True, "scheduling": False},
    }

    assert list(notices(spec, PropagationSpec())) == []


def test_spread_constraints_beside_static_weights_are_named():
    static = ReplicaScheduling("Divided", "Weighted")
    spread = (SpreadConstraint("cluster", max_groups=2),)
    placement = Placement(spread_constraints=spread, replica_scheduling=static)

    found = list(notices({}, PropagationSpec(placement=placement)))

    assert [place for place, _ in found] == ["/spec/placement/spreadConstraints"]


@pytest.mark.parametrize(
    "placement",
    [
        Placement(replica_scheduling=ReplicaScheduling("Divided", "Weighted")),
        Placement(spread_constraints=(SpreadConstraint("cluster"),)),
        Placement(
            spread_constraints=(SpreadConstraint("cluster"),),
            replica_scheduling=ReplicaScheduling(
                "Divided", "Weighted", WeightPreference(dynamic_weight="AvailableReplicas")
            ),
        ),
    ],
)
def test_spread_constraints_that_count_are_not_named(placement):
    assert list(notices({}, PropagationSpec(placement=placement))) == []


def test_it_is_a_notice_at_its_line_and_the_policy_counts():
    selector = {"apiVersion": "apps/v1", "kind": "Deployment"}
    policy = {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "PropagationPolicy",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"activationPreference": "Lazy", "resourceSelectors": [selector]},
    }

    found = read_file("web.yaml", "", dump(policy).encode())

    assert [(each.line, each.reason, each.severity) for each in found.problems] == [
        (7, "NotActedOn", Severity.NOTICE)
    ]
    assert len(found.objects) == 1


@pytest.mark.parametrize(("mode", "lines"), [("Push", []), ("Pull", [6])])
def test_a_cluster_that_somebody_else_writes_to_is_told_to_be_left_alone(mode, lines):
    cluster = {
        "apiVersion": "cluster.karmada.io/v1alpha1",
        "kind": "Cluster",
        "metadata": {"name": "eu"},
        "spec": {"syncMode": mode},
    }

    found = read_file("eu.yaml", "", dump(cluster).encode())

    assert [each.line for each in found.problems] == lines
    assert all(each.severity is Severity.NOTICE for each in found.problems)
    assert len(found.objects) == 1
