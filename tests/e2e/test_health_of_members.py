"""What real controllers write into statuses is understood: health, and the facts of a member."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gitopsd.core.facts import Observation, facts, slim
from gitopsd.core.health import health, is_finished
from gitopsd.model.delivery import Health
from servers.member import Member
from servers.objects import deployment
from servers.waiting import wait_until

CONTAINER = {"name": "main", "image": "nginx", "resources": {"requests": {"cpu": "10m"}}}


def workload(kind: str, namespace: str, **spec: Any) -> dict[str, Any]:
    """A workload of two pods that asks for little."""
    labels = {"app": "x"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [CONTAINER]}}
    metadata = {"name": "x", "namespace": namespace}
    selector = {"selector": {"matchLabels": labels}, "template": template}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": metadata,
        "spec": {**selector, **spec},
    }


@pytest.mark.parametrize(
    ("kind", "plural", "spec"),
    [
        ("Deployment", "deployments", {"replicas": 2}),
        ("ReplicaSet", "replicasets", {"replicas": 2}),
        ("StatefulSet", "statefulsets", {"replicas": 2, "serviceName": "x"}),
        ("DaemonSet", "daemonsets", {}),
    ],
)
def test_a_workload_gets_current(
    member1: Member, namespace: str, kind: str, plural: str, spec: dict[str, Any]
) -> None:
    member1.kubectl("create", "namespace", namespace)
    place = f"/apis/apps/v1/namespaces/{namespace}/{plural}"

    created = member1.ask("POST", place, workload(kind, namespace, **spec)).body

    assert judged(created) is Health.IN_PROGRESS
    assert wait_until(
        lambda: judged(member1.get(f"{place}/x")) is Health.CURRENT,
        seen=lambda: member1.get(f"{place}/x")["status"],
    )


def test_a_job_is_current_and_at_last_finished(member1: Member, namespace: str) -> None:
    member1.kubectl("create", "namespace", namespace)
    member1.kubectl("create", "job", "once", "--image=busybox", "-n", namespace)
    place = f"/apis/batch/v1/namespaces/{namespace}/jobs/once"

    finished = wait_until(lambda: is_finished(member1.get(place)))

    assert finished
    assert judged(member1.get(place)) is Health.CURRENT


def test_a_namespace_is_active_then_terminating(member1: Member, namespace: str) -> None:
    member1.kubectl("create", "namespace", namespace)
    member1.ask(
        "POST",
        f"/api/v1/namespaces/{namespace}/configmaps",
        {"metadata": {"name": "held", "finalizers": ["shop.example/held"]}},
    )
    place = f"/api/v1/namespaces/{namespace}"
    assert judged(member1.get(place)) is Health.CURRENT

    member1.kubectl("delete", "namespace", namespace, "--wait=false")

    assert judged(member1.get(place)) is Health.TERMINATING
    member1.kubectl(
        "patch", "configmap", "held", "-n", namespace, '-p={"metadata":{"finalizers":null}}'
    )


def test_a_deployment_over_its_quota_fails_after_a_minute(member1: Member, namespace: str) -> None:
    member1.kubectl("create", "namespace", namespace)
    member1.kubectl("create", "quota", "none", "--hard=pods=0", "-n", namespace)
    place = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    member1.ask("POST", place, deployment(namespace, "web"))
    live = wait_until(
        lambda: with_condition(member1.get(f"{place}/web"), "ReplicaFailure"),
        seen=lambda: member1.get(f"{place}/web"),
    )

    now = datetime.now(UTC)
    early, late = health(live, now, now), health(live, now, now + timedelta(seconds=61))

    assert (early.health, late.health) == (Health.IN_PROGRESS, Health.FAILED)
    assert "exceeded quota" in late.message


def test_an_autoscaler_without_metrics_is_current_with_a_note(
    member1: Member, namespace: str
) -> None:
    member1.kubectl("create", "namespace", namespace)
    member1.kubectl("create", "deployment", "web", "--image=nginx", "-n", namespace)
    member1.kubectl("autoscale", "deployment", "web", "--max=3", "--cpu=50%", "-n", namespace)
    place = f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers/web"

    live = wait_until(
        lambda: with_condition(member1.get(place), "ScalingActive"),
        within_s=60,
        seen=lambda: member1.get(place),
    )
    found = health(live, None, datetime.now(UTC))

    assert found.health is Health.CURRENT
    assert "metric" in found.note


def test_the_facts_of_a_member_count_its_nodes_and_pods(member1: Member, namespace: str) -> None:
    member1.kubectl("create", "namespace", namespace)
    place = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    nodes = tuple(member1.items("/api/v1/nodes"))
    before = facts(Observation(True, nodes=nodes, pods=()), None, datetime.now(UTC))
    member1.ask("POST", place, workload("Deployment", namespace, replicas=2))
    wait_until(lambda: judged(member1.get(f"{place}/x")) is Health.CURRENT)

    pods = tuple(slim(each) for each in member1.items(f"/api/v1/namespaces/{namespace}/pods"))
    after = facts(Observation(True, nodes=nodes, pods=pods), before, datetime.now(UTC))

    assert after.node_summary.total_num == after.node_summary.ready_num == len(nodes)
    assert int(after.resource_summary.allocatable["pods"]) > 0
    assert (after.resource_summary.allocated["cpu"], after.resource_summary.allocated["pods"]) == (
        "20m",
        "2",
    )
    assert facts(Observation(True, nodes=nodes, pods=pods), after, datetime.now(UTC)) is after


def judged(body: dict[str, Any]) -> Health:
    return health(body, None, datetime.now(UTC)).health


def with_condition(body: dict[str, Any], type_: str) -> dict[str, Any] | None:
    """The object once its status has such a condition."""
    conditions = body.get("status", {}).get("conditions", [])
    return body if any(each["type"] == type_ for each in conditions) else None
