"""The fleet of these tests is real: pods are scheduled, become ready, and every write is told."""

from pathlib import Path

from servers.member import Member
from servers.waiting import wait_until


def test_a_deployment_becomes_ready_on_every_member(
    fleet: tuple[Member, ...], namespace: str
) -> None:
    for member in fleet:
        member.kubectl("create", "namespace", namespace)
        member.kubectl(
            "create", "deployment", "web", "--image=nginx", "--replicas=3", "-n", namespace
        )

    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    ready = wait_until(
        lambda: all(member.get(path)["status"].get("readyReplicas") == 3 for member in fleet),
        seen=lambda: [member.get(path)["status"] for member in fleet],
    )

    assert ready


def test_a_job_completes_and_a_namespace_ends(member1: Member, namespace: str) -> None:
    member1.kubectl("create", "namespace", namespace)
    member1.kubectl("create", "job", "once", "--image=busybox", "-n", namespace)
    job = f"/apis/batch/v1/namespaces/{namespace}/jobs/once"
    wait_until(lambda: member1.get(job)["status"].get("succeeded"))

    member1.kubectl("delete", "namespace", namespace, "--wait=false")

    assert wait_until(lambda: member1.get(f"/api/v1/namespaces/{namespace}") is None)


def test_the_writes_of_the_daemons_user_are_told_one_by_one(
    member1: Member, kubeconfig: Path, namespace: str
) -> None:
    before = len(member1.writes())
    member1.kubectl("create", "namespace", namespace)

    member1.kubectl(
        "create",
        "configmap",
        "told",
        "-n",
        namespace,
        f"--kubeconfig={kubeconfig}",
        "--context=member1",
    )

    told = member1.writes()[before:]
    assert [(each.verb, each.resource, each.name) for each in told] == [
        ("create", "configmaps", "told")
    ]


def test_a_member_that_was_down_holds_what_it_held(new_member) -> None:
    member = new_member("gone")
    member.kubectl("create", "configmap", "kept")

    member.down()
    member.up()

    assert member.get("/api/v1/namespaces/default/configmaps/kept")
