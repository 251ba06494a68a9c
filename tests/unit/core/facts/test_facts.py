from datetime import UTC, datetime, timedelta

import pytest

from gitopsd.core.facts import Observation, facts, slim
from gitopsd.core.schedule.capacity import Room, request_of
from gitopsd.model.cluster import (
    ApiEnablement,
    ApiResource,
    Cluster,
    Condition,
    Facts,
    ModelCount,
    NodeSummary,
    ResourceModel,
    ResourceRange,
    ResourceSummary,
)
from gitopsd.model.decision import Requirements

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
THEN, AFTER = "2026-03-01T12:00:00Z", "2026-03-01T12:05:00Z"

APPS = ApiEnablement("apps/v1", (ApiResource("deployments", "Deployment"),))
CAKES = ApiEnablement("shop.example/v1", (ApiResource("cakes", "Cake"),))
PIES = ApiEnablement("shop.example/v1", (ApiResource("pies", "Pie"),))
MODELS = (
    ResourceModel(0, (ResourceRange("cpu", 0, 2), ResourceRange("memory", 0, "8Gi"))),
    ResourceModel(1, (ResourceRange("cpu", 2, 4), ResourceRange("memory", "8Gi", "16Gi"))),
    ResourceModel(2, (ResourceRange("cpu", 4, "1k"), ResourceRange("memory", "16Gi", "1Ei"))),
)


def seen(**more):
    return Observation(
        **{"is_ready": True, "kubernetes_version": "v1.36.0", "api": (APPS,), **more}
    )


def node(name, is_ready="True", **allocatable):
    conditions = [{"type": "DiskPressure", "status": "True"}, {"type": "Ready", "status": is_ready}]
    return {
        "metadata": {"name": name},
        "status": {"allocatable": allocatable, "conditions": conditions},
    }


def pod(on=None, phase="Running", init=(), overhead=None, *, requests):
    containers = [{"name": "c", "resources": {"requests": each}} for each in requests]
    spec = {"containers": containers, "initContainers": list(init)}
    if on:
        spec["nodeName"] = on
    if overhead:
        spec["overhead"] = overhead
    return {"metadata": {"name": "p"}, "spec": spec, "status": {"phase": phase}}


def summed(nodes=(), pods=(), models=()):
    return facts(
        seen(nodes=tuple(nodes), pods=tuple(pods), models=models), None, NOW
    ).resource_summary


# Conditions


def test_a_member_that_answers_is_ready_and_its_apis_are_known():
    found = facts(seen(), None, NOW)

    assert found == Facts(
        kubernetes_version="v1.36.0",
        api_enablements=(APPS,),
        conditions=(
            Condition(
                "Ready",
                "True",
                "ClusterReady",
                "cluster is healthy and ready to accept workloads",
                THEN,
            ),
            Condition(
                "CompleteAPIEnablements",
                "True",
                "Complete",
                "collected complete APIEnablements from the cluster",
                THEN,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("look", "status", "reason", "message"),
    [
        ({"is_ready": False}, "False", "ClusterNotReachable", "cluster is not reachable"),
        (
            {"is_ready": False, "reason": "ClusterNotReady", "message": "etcd is down"},
            "False",
            "ClusterNotReady",
            "etcd is down",
        ),
        ({"is_ready": None}, "Unknown", "ClusterStatusUnknown", "cluster was not heard of"),
    ],
)
def test_a_member_that_is_not_ready_keeps_all_but_its_condition(look, status, reason, message):
    before = facts(seen(nodes=(node("a", cpu="1"),), pods=()), None, NOW)

    found = facts(Observation(**look), before, LATER)

    assert found.conditions == (
        Condition("Ready", status, reason, message, AFTER),
        before.conditions[1],
    )
    assert found.api_enablements is before.api_enablements
    assert found.node_summary is before.node_summary
    assert found.resource_summary is before.resource_summary
    assert found.kubernetes_version == "v1.36.0"


def test_of_a_member_that_never_answered_only_that_is_known():
    assert facts(Observation(False), None, NOW) == Facts(
        conditions=(
            Condition("Ready", "False", "ClusterNotReachable", "cluster is not reachable", THEN),
        )
    )


def test_a_condition_has_the_time_at_which_its_status_changed():
    away = facts(Observation(False), None, NOW)

    otherwise = facts(Observation(False, "ClusterNotReady", "etcd is down"), away, LATER)

    assert otherwise.conditions[0].reason == "ClusterNotReady"
    assert otherwise.conditions[0].last_transition_time == THEN
    assert facts(seen(), otherwise, LATER).conditions[0].last_transition_time == AFTER


def test_what_others_say_of_a_member_stays():
    others = Condition("Funny", "True", "Joke", "", "2020-01-01T00:00:00Z")

    found = facts(seen(), Facts(conditions=(others,)), NOW)

    assert [each.type for each in found.conditions] == ["Ready", "CompleteAPIEnablements", "Funny"]
    assert found.conditions[2] is others


def test_where_nothing_changed_the_facts_are_the_very_same():
    look = seen(nodes=(node("a", cpu="1000m", memory="1Gi"),), pods=(), models=MODELS)
    before = facts(look, None, NOW)

    assert facts(look, before, LATER) is before
    assert facts(Observation(False), away := facts(Observation(False), before, NOW), LATER) is away


def test_nothing_is_kept_of_the_stand_in_of_an_offline_plan():
    assumed = Facts(kubernetes_version="v1.0.0", assumed=True)

    assert facts(Observation(False), assumed, NOW) == facts(Observation(False), None, NOW)


# APIs


@pytest.mark.parametrize(
    ("look", "known", "status", "reason", "apis"),
    [
        ({"api": (APPS,)}, (APPS, CAKES), "True", "Complete", (APPS,)),
        (
            {"api": (APPS,), "partial": frozenset({"shop.example"})},
            (APPS, CAKES),
            "False",
            "Partial",
            (APPS, CAKES),
        ),
        (
            {"api": (APPS, PIES), "partial": frozenset({"shop.example"})},
            (CAKES,),
            "False",
            "Partial",
            (APPS, ApiEnablement("shop.example/v1", (*CAKES.resources, *PIES.resources))),
        ),
        (
            {"api": (APPS,), "partial": frozenset({"other.example"})},
            (APPS, CAKES),
            "False",
            "Partial",
            (APPS,),
        ),
        ({"api": ()}, (APPS, CAKES), "False", "Empty", (APPS, CAKES)),
    ],
)
def test_apis_that_could_not_be_read_stay(look, known, status, reason, apis):
    found = facts(seen(**look), Facts(api_enablements=known), NOW)

    assert (found.conditions[1].status, found.conditions[1].reason) == (status, reason)
    assert found.api_enablements == apis


# Nodes and pods


def test_what_was_not_listed_stays():
    before = facts(seen(nodes=(node("a", cpu="1"),), pods=()), None, NOW)

    without_pods = facts(seen(nodes=(node("a", "False", cpu="9"),)), before, LATER)

    assert facts(seen(), before, LATER) is before
    assert without_pods.node_summary == NodeSummary(1, 0)
    assert without_pods.resource_summary is before.resource_summary


def test_nodes_are_counted_and_what_they_have_is_added_up():
    nodes = (
        node("a", cpu="3920m", memory="16265856Ki", pods="110", **{"example.com/gpu": "2"}),
        node("b", "False", cpu="4", memory="16265856Ki", pods="110"),
        node("c", "Unknown", cpu="80m", pods="110"),
    )

    found = facts(seen(nodes=nodes, pods=()), None, NOW)

    assert found.node_summary == NodeSummary(total_num=3, ready_num=1)
    assert found.resource_summary.allocatable == {
        "cpu": "8",
        "example.com/gpu": "2",
        "memory": "32531712Ki",
        "pods": "330",
    }


def test_pods_take_what_they_ask_for_until_they_end():
    small, large = {"cpu": "250m", "memory": "64Mi"}, {"cpu": "1", "example.com/gpu": "1"}
    pods = (
        pod("a", requests=[small, small]),
        pod("b", requests=[large]),
        pod("b", "Succeeded", requests=[large]),
        pod("b", "Failed", requests=[large]),
        pod(phase="Pending", requests=[small]),
        pod(phase="Pending", requests=[{}]),
    )

    found = summed(pods=pods)

    assert found.allocated == {
        "cpu": "1500m",
        "ephemeral-storage": "0",
        "example.com/gpu": "1",
        "memory": "128Mi",
        "pods": "2",
    }
    assert found.allocating == {
        "cpu": "250m",
        "ephemeral-storage": "0",
        "memory": "64Mi",
        "pods": "2",
    }


def init(cpu, **more):
    return {"resources": {"requests": {"cpu": cpu}}, **more}


ALWAYS = {"restartPolicy": "Always"}


@pytest.mark.parametrize(
    ("asking", "expected"),
    [
        ({"requests": [{"cpu": "1"}, {"cpu": "1"}]}, "2"),
        ({"requests": [{"cpu": "1"}], "init": [init("3"), init("2")]}, "3"),
        ({"requests": [{"cpu": "1"}], "init": [init("500m")]}, "1"),
        ({"requests": [{"cpu": "1"}], "init": [init("500m", **ALWAYS)]}, "1500m"),
        ({"requests": [{"cpu": "1"}], "init": [init("1", **ALWAYS), init("3")]}, "4"),
        ({"requests": [{"cpu": "1"}], "init": [init("3"), init("1", **ALWAYS)]}, "3"),
        ({"requests": [{"cpu": "1"}], "overhead": {"cpu": "250m"}}, "1250m"),
        ({"requests": [{"cpu": "0.0001"}]}, "1m"),
        ({"requests": [{"cpu": "much"}]}, "0"),
    ],
)
def test_a_pod_asks_for_what_a_scheduler_keeps_free_for_it(asking, expected):
    assert summed(pods=[pod("a", **asking)]).allocated["cpu"] == expected


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"spec": None},
        {"spec": {"containers": "none"}},
        {"spec": {"containers": [None, {"resources": []}]}},
    ],
)
def test_pods_that_are_none_take_nothing(broken):
    assert summed(pods=[broken]).allocated["cpu"] == "0"


@pytest.mark.parametrize(
    "whole",
    [
        pod("a", init=[init("1", **ALWAYS, image="x"), {"name": "no"}], requests=[{"cpu": "1"}]),
        pod("a", "Succeeded", requests=[{"cpu": "1"}]),
        pod(overhead={"cpu": "1"}, requests=[{"memory": "1Gi"}, {}]),
    ],
)
def test_a_slim_pod_asks_for_the_same(whole):
    assert summed(pods=[slim(whole)]) == summed(pods=[whole])


def test_a_phase_that_is_no_text_is_none():
    assert slim({"status": {"phase": ["Succeeded"]}}) == {"spec": {}}


def test_a_slim_pod_has_nothing_else():
    whole = pod("a", init=[{"name": "first"}], requests=[{"cpu": "1"}])

    assert slim(whole) == {
        "spec": {"nodeName": "a", "containers": [{"resources": {"requests": {"cpu": "1"}}}]}
    }


# Resource models


def test_nodes_are_of_the_least_grade_that_they_reach():
    nodes = (
        node("a", cpu="4", memory="64Gi", pods="10"),
        node("b", cpu="4", memory="8Gi", pods="10"),
        node("c", cpu="64", pods="10"),
        node("d", cpu="2", memory="16Gi", pods="10"),
    )

    assert summed(nodes, models=MODELS).allocatable_modelings == (
        ModelCount(0, 1),
        ModelCount(1, 2),
        ModelCount(2, 1),
    )


def test_a_node_counts_with_what_its_pods_leave_and_not_when_it_is_full():
    nodes = (
        node("full", cpu="8", memory="64Gi", pods="1"),
        node("half", cpu="8", memory="64Gi", pods="10"),
        node("over", cpu="1", memory="64Gi", pods="10"),
    )
    pods = (
        pod("full", requests=[{}]),
        pod("half", requests=[{"cpu": "4001m"}]),
        pod("over", requests=[{"cpu": "2"}]),
        pod("over", "Succeeded", requests=[{"cpu": "2"}]),
    )

    assert summed(nodes, pods, MODELS).allocatable_modelings == (
        ModelCount(0, 1),
        ModelCount(1, 1),
        ModelCount(2, 0),
    )


def test_without_models_no_node_is_graded():
    assert summed([node("a", cpu="4")]).allocatable_modelings == ()


def test_the_scheduler_reads_what_was_added_up():
    nodes = [node("a", cpu="4", memory="16265856Ki", pods="110")]
    found = facts(seen(nodes=tuple(nodes), pods=(pod("a", requests=[{"cpu": "950m"}]),)), None, NOW)
    request = request_of(Requirements(resource_request={"cpu": "500m"}))

    assert Room([Cluster("a", facts=found)]).replicas(request) == [6]


def test_the_summary_of_nothing_is_nothing():
    assert summed() == ResourceSummary(
        allocating={"cpu": "0", "ephemeral-storage": "0", "memory": "0", "pods": "0"},
        allocated={"cpu": "0", "ephemeral-storage": "0", "memory": "0", "pods": "0"},
    )
