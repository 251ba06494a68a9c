"""Two instances with repositories of their own on one member: one comes after the other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from servers.daemon import Daemons
from servers.member import Member
from servers.objects import config_map, definition, deployment, policy
from servers.repository import Repository, manifests
from servers.waiting import wait_until

GROUP = "bakery.example"


@pytest.fixture
def bakery(member1: Member) -> Iterator[dict[str, Any]]:
    """A definition that the platform brings."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    yield definition(GROUP, "Cake", schema)
    member1.kubectl("delete", "--ignore-not-found", "--wait=false", "crd", f"cakes.{GROUP}")


def test_apps_wait_for_the_platform_of_another_repository(
    story_on, member1: Member, daemons: Daemons, tmp_path: Path, bakery: dict[str, Any]
) -> None:
    apps = story_on([member1])
    first = f"{apps.instance}-platform"
    after = {
        "apiVersion": "gitopsd.io/v1alpha1",
        "kind": "Configuration",
        "metadata": {"name": "gitopsd"},
        "spec": {"dependsOn": [{"instance": first}]},
    }
    cakes = policy(
        apps.namespace, "cakes", [{"apiVersion": f"{GROUP}/v1", "kind": "Cake"}], ["member1"]
    )
    cake = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Cake",
        "metadata": {"name": "birthday", "namespace": apps.namespace},
    }
    files = {
        "gitopsd.yaml": manifests(after),
        "map.yaml": manifests(config_map(apps.namespace, "web", word="ours")),
        "cake.yaml": manifests(cake),
    }
    apps.repository.push(apps.fleet(cakes) | files)
    apps.run()
    told = f"bindings/{apps.namespace}/configmap-web.yaml"
    wait_until(lambda: f"instance {first} has no set here yet" in apps.status()[told])
    was = apps.get(member1, "configmaps", "web")

    wide = policy(
        apps.namespace,
        f"bakery-{apps.namespace}",
        [{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}],
        ["member1"],
    )
    wide["kind"] = "ClusterPropagationPolicy"
    del wide["metadata"]["namespace"]
    folder = tmp_path / "platform"
    folder.mkdir()
    platform = Repository(folder)
    oven = deployment(apps.namespace, "oven")
    platform.push(apps.fleet(wide) | {"a.yaml": manifests(bakery), "b.yaml": manifests(oven)})
    daemons.run(platform.url, apps.kubeconfig, f"--instance={first}")

    wait_until(lambda: apps.get(member1, "configmaps", "web"))
    assert was is None
    assert apps.get(member1, "deployments", "oven")["status"]["readyReplicas"] == 1
    path = f"/apis/{GROUP}/v1/namespaces/{apps.namespace}/cakes/birthday"
    wait_until(lambda: member1.get(path), 15)
    inventory = f"/api/v1/namespaces/gitopsd-system/configmaps/gitopsd-inventory-{apps.instance}"
    assert member1.get(inventory)["data"]["dependsOn"] == first
