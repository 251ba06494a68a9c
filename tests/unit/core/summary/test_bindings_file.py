"""A binding's file: Karmada's fields, our reasons, and both halves apart."""

import dataclasses

import msgspec
import pytest

from fakes import fleet
from gitopsd.cli import explain
from gitopsd.core.summary import bindings
from gitopsd.core.summary.aggregated import Seen
from gitopsd.model.decision import AppliedOverride, Assignment, Manifest, Share, Verdict
from gitopsd.model.delivery import ActionKind, Health, Outcome
from gitopsd.model.page import cell
from gitopsd.model.policy import OverridePolicy, OverrideSpec
from gitopsd.model.resource import Origin, Resource, ResourceKey

BOTH = ("eu-1", "us-1")
WEB = fleet.binding(fleet.web(), BOTH, 2)
MANIFEST = WEB.manifests["eu-1"]


def test_karmadas_fields_are_where_karmada_has_them():
    body = bindings.decided(WEB, "2026-01-02T03:04:05Z")

    assert body["kind"] == "ResourceBinding"
    assert body["metadata"] == {
        "name": "web-deployment",
        "namespace": "shop",
        "annotations": {
            "propagationpolicy.karmada.io/namespace": "shop",
            "propagationpolicy.karmada.io/name": "web",
        },
        "creationTimestamp": "2026-01-02T03:04:05Z",
    }
    assert body["spec"] == {
        "resource": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "namespace": "shop",
            "name": "web",
        },
        "replicas": 2,
        "clusters": [{"name": "eu-1", "replicas": 2}, {"name": "us-1", "replicas": 2}],
        "conflictResolution": "Abort",
        "placement": {},
    }


def test_a_cluster_scoped_template_has_a_cluster_binding():
    key = ResourceKey("rbac.authorization.k8s.io", "ClusterRole", "", "system:web")
    body = {"metadata": {"name": "system:web"}}
    template = Resource(key, "v1", body, Origin("rbac.yaml"))

    found = bindings.decided(fleet.binding(template, BOTH), "")

    assert found["kind"] == "ClusterResourceBinding"
    assert found["metadata"]["name"] == "system.web-clusterrole"


def test_what_is_drawn_along_names_what_draws_it():
    drawn = dataclasses.replace(WEB, policy=None, required_by={fleet.PASSWORD: ("us-1", "eu-1")})

    body = bindings.decided(drawn, "")

    assert body["spec"]["requiredBy"] == [
        {
            "namespace": "shop",
            "name": "password-secret",
            "clusters": [{"name": "eu-1"}, {"name": "us-1"}],
        }
    ]
    assert "policy" not in body["decision"]


def test_groups_that_were_passed_over_are_named_and_explained():
    passed = (("near", "0/2 clusters are available: 2 cluster(s) are too small."),)
    placed = dataclasses.replace(
        WEB, assignment=Assignment((Share("us-1", 2),), affinity="far", passed=passed)
    )

    body = bindings.decided(placed, "") | bindings.observed(placed, Seen())

    assert body["decision"]["passedGroups"] == [{"name": "near", "reason": passed[0][1]}]
    lines = explain.text(body, {}).splitlines()
    assert lines[2:4] == ["Affinity group far", f"Not group near: {passed[0][1]}"]


def test_clusters_that_were_kept_out_for_the_same_reason_stand_together():
    verdicts = (
        Verdict("eu-1", True, "divide", "weight 3", 100, 2),
        Verdict("ap-1", False, "filters/taint", "not tolerated"),
        Verdict("cn-1", False, "filters/taint", "not tolerated"),
    )
    judged = dataclasses.replace(WEB, assignment=Assignment((Share("eu-1", 2),), verdicts=verdicts))

    assert bindings.decided(judged, "")["decision"]["verdicts"] == [
        {
            "cluster": "eu-1",
            "stage": "divide",
            "reason": "weight 3",
            "score": 100,
            "replicas": 2,
        },
        {"refused": ["ap-1", "cn-1"], "stage": "filters/taint", "reason": "not tolerated"},
    ]


def test_overrides_stand_in_the_order_they_were_applied():
    first = AppliedOverride(OverridePolicy("", "all", OverrideSpec()), 1)
    second = AppliedOverride(OverridePolicy("shop", "old", OverrideSpec()), -1)
    changed = dataclasses.replace(MANIFEST, applied=(first, second))
    overridden = dataclasses.replace(WEB, manifests={"eu-1": changed, "us-1": MANIFEST})

    assert bindings.decided(overridden, "")["decision"]["overrides"] == [
        {
            "clusters": ["eu-1"],
            "applied": ["ClusterOverridePolicy all rule 2", "OverridePolicy shop/old"],
        }
    ]


def test_an_unscheduled_template_says_why_and_is_not_fully_applied():
    nowhere = dataclasses.replace(
        WEB,
        assignment=Assignment((), "NoClusterFit", "no cluster is left"),
        manifests={},
    )

    body = bindings.observed(nowhere, Seen())

    assert body["status"]["conditions"] == [
        {
            "type": "Scheduled",
            "status": "False",
            "reason": "NoClusterFit",
            "message": "no cluster is left",
        },
        {
            "type": "FullyApplied",
            "status": "False",
            "reason": "FullyAppliedFailed",
            "message": "Failed to apply all works, see status.aggregatedStatus for details",
        },
    ]


def test_what_was_not_applied_has_karmadas_words_and_ours():
    failed = Outcome(fleet.WEB, ActionKind.FAIL, "Forbidden", "may not", Health.UNKNOWN)

    body = bindings.observed(WEB, Seen({"eu-1": failed}))

    assert body["members"] == [
        {
            "cluster": "eu-1",
            "ready": 0,
            "wanted": 2,
            "state": "Failed",
            "health": "Unknown",
            "reason": "Forbidden",
            "message": "may not",
        },
        {"cluster": "us-1", "ready": 0, "wanted": 2, "state": "Pending"},
    ]
    assert body["status"]["aggregatedStatus"] == [
        {
            "clusterName": "eu-1",
            "applied": False,
            "appliedMessage": "may not",
            "health": "Unknown",
        },
        {"clusterName": "us-1", "applied": False, "health": "Unknown"},
    ]


def test_what_is_remembered_to_be_there_is_applied_in_both_words():
    body = bindings.observed(WEB, Seen(held={"eu-1": WEB.manifests["eu-1"].hash}))

    assert body["members"][0] == {"cluster": "eu-1", "state": "Applied", "health": "Unknown"}
    assert body["status"]["aggregatedStatus"][0] == {
        "clusterName": "eu-1",
        "applied": True,
        "health": "Unknown",
    }


@pytest.mark.parametrize("reason", ["DependencyNotReady", "Window"])
def test_what_waits_for_something_else_is_not_told_as_skipped(reason):
    waits = Outcome(fleet.WEB, ActionKind.SKIP, reason, "wave 0 is not done")

    body = bindings.observed(WEB, Seen({"eu-1": waits}))

    assert body["members"][0]["state"] == "Waiting"


def test_a_run_whose_object_is_gone_has_no_count():
    key = ResourceKey("batch", "Job", "shop", "migrate")
    job = Manifest(key, "v1", {"spec": {}}, "h", Origin("a.yaml"), hook="pre-sync")
    ran = Outcome(key, ActionKind.UNCHANGED, health=Health.CURRENT, hash="h")
    done = msgspec.structs.replace(ran, status={"succeeded": 1})

    assert "ready" not in bindings.member("eu-1", job, ran)
    assert cell(bindings.member("eu-1", job, ran)) == "✓"
    assert cell(bindings.member("eu-1", job, done)) == "1/1"


def test_what_an_autoscaler_sets_is_what_is_wanted_once_it_is_there():
    one = WEB.manifests["eu-1"]
    scaled = {"replicas": 5, "readyReplicas": 5}
    fewer = {"replicas": 2, "readyReplicas": 1}

    well = bindings.member("eu-1", one, fleet.outcome(one, status=scaled))
    under_way = bindings.member("eu-1", one, fleet.outcome(one, Health.IN_PROGRESS, status=fewer))
    unsaid = dataclasses.replace(one, body={"spec": {}})

    assert cell(well) == "5/5"
    assert cell(under_way) == "1/2 InProgress"
    assert cell(bindings.member("eu-1", unsaid, fleet.outcome(one, status=scaled))) == "5/5"
    assert cell(bindings.member("eu-1", unsaid, None)) == "0/1 Pending"
