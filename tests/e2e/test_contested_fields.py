"""Fields and objects on real members in which people and controllers have a say, too."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from fakes.delivery import Delivery, key_of, manifest
from gitopsd.daemon import noting
from servers.member import Member, write_kubeconfig
from servers.objects import config_map, deployment, everywhere, namespace, policy, service
from servers.repository import cluster, manifests
from servers.waiting import until, wait_until

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
SCALERS = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler"}


@pytest.fixture
def story(member1: Member, story_on):
    """A story on one member is enough: what others do is done there."""
    return story_on([member1])


def said_of(story, path: str) -> str:
    """What the status branch says of an object."""
    return story.status().get(f"bindings/{story.namespace}/{path}.yaml", "")


def test_a_field_that_kubectl_edit_changed_is_put_back_once_and_the_log_names_it(
    story, member1: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = config_map(story.namespace, "web", word="ours")
    story.repository.push({**story.fleet(), "web.yaml": manifests(web)})
    daemon = story.run()
    story.everywhere(lambda member: story.get(member, "configmaps", "web"))
    writes = len(patches(member1, "web"))

    monkeypatch.setenv("KUBE_EDITOR", "sed -i s/ours/theirs/")
    member1.kubectl("edit", "configmap", "web", "-n", story.namespace)
    wait_until(lambda: "drift=corrected" in daemon.tail(200), seen=lambda: daemon.tail(5))

    assert "manager=kubectl-edit fields='.data.word'" in daemon.tail(200)
    assert story.get(member1, "configmaps", "web")["data"] == {"word": "ours"}
    wait_until(lambda: "put back: .data.word (kubectl-edit)" in said_of(story, "configmap-web"))
    # Refused once, judged, and sent by force.
    assert len(patches(member1, "web")) == writes + 2


def test_a_port_that_was_edited_is_put_back_though_both_together_would_be_wrong(
    story, member1: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.repository.push({**story.fleet(), "web.yaml": manifests(service(story.namespace, "web"))})
    daemon = story.run()
    story.everywhere(lambda member: story.get(member, "services", "web"))

    monkeypatch.setenv("KUBE_EDITOR", "sed -i 's/port: 80$/port: 81/'")
    member1.kubectl("edit", "service", "web", "-n", story.namespace)
    wait_until(lambda: "drift=corrected" in daemon.tail(200), seen=lambda: daemon.tail(5))

    assert "manager=kubectl-edit fields='.spec.ports" in daemon.tail(200)
    found = story.get(member1, "services", "web")["spec"]["ports"]
    assert [each["port"] for each in found] == [80]


def test_replicas_are_left_to_an_autoscaler_and_to_kubectl_scale_beside_it(
    story, member1: Member
) -> None:
    app = deployment(story.namespace, "app", replicas=1)
    scaler = {
        **SCALERS,
        "metadata": {"name": "app", "namespace": story.namespace},
        "spec": {
            "minReplicas": 2,
            "maxReplicas": 9,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"},
        },
    }
    scalers = policy(story.namespace, "scalers", [SCALERS], [member1.name])
    files = {**story.fleet(scalers), "app.yaml": manifests(app), "hpa.yaml": manifests(scaler)}
    story.repository.push(files)
    daemon = story.run()
    story.everywhere(lambda member: replicas(story, member) == 2, 60)

    member1.kubectl("scale", "deployment/app", "--replicas=4", "-n", story.namespace)
    note = "OwnershipLost: .spec.replicas (kubectl)"
    wait_until(lambda: note in said_of(story, "deployment.apps-app"), 60,
               lambda: said_of(story, "deployment.apps-app")[-600:])  # fmt: skip
    writes = len(patches(member1, "app"))
    changed = deployment(story.namespace, "app", "nginx:1.30", replicas=1)
    story.repository.push({"app.yaml": manifests(changed)})
    story.everywhere(lambda member: image(story, member) == "nginx:1.30")

    assert replicas(story, member1) == 4
    # Refused once, and sent by force without the replicas.
    assert len(patches(member1, "app")) == writes + 2
    daemon.stop()
    done = len(member1.writes())
    again = story.run()
    wait_until(lambda: "reachable=true" in again.tail(20))
    time.sleep(1.5)
    assert len(member1.writes()) == done


def test_an_adopted_object_loses_what_is_dropped_from_the_repository(
    story, member1: Member
) -> None:
    theirs = config_map(story.namespace, "web", word="theirs", more="old")
    member1.kubectl("create", "namespace", story.namespace)
    member1.kubectl("apply", "-f", "-", stdin=manifests(theirs))
    ours = config_map(story.namespace, "web", word="ours", more="new")
    files = {
        "clusters.yaml": manifests(cluster(member1.name)),
        "policies.yaml": manifests(overwriting(story)),
        "web.yaml": manifests(ours),
    }

    story.repository.push(files)
    story.run()
    story.everywhere(lambda member: data(story, member) == {"word": "ours", "more": "new"})
    live = story.get(member1, "configmaps", "web")
    story.repository.push({"web.yaml": manifests(config_map(story.namespace, "web", word="ours"))})
    story.everywhere(lambda member: data(story, member) == {"word": "ours"})

    assert LAST_APPLIED not in live["metadata"].get("annotations", {})
    managers = {each["manager"] for each in live["metadata"]["managedFields"]}
    assert managers == {f"gitopsd-{story.instance}"}


def test_each_mode_of_applying_writes_what_it_says(story, member1: Member) -> None:
    modes = ("CreateOnly", "Merge", "Ignore", "Observe")
    objects = [in_mode(story, mode, word="ours") for mode in modes]
    story.repository.push({**story.fleet(), "modes.yaml": manifests(*objects)})
    story.run()
    story.everywhere(lambda member: story.names(member, "configmaps") == ["createonly", "merge"])
    wait_until(lambda: "it would be created" in said_of(story, "configmap-observe"))
    for name in ("createonly", "merge"):
        edit(member1, story.namespace, name, word="theirs")

    newer = [in_mode(story, mode, word="newer", more="old") for mode in modes]
    story.repository.push({"modes.yaml": manifests(*newer)})
    story.everywhere(
        lambda member: data(story, member, "merge") == {"word": "theirs", "more": "old"}
    )
    wait_until(lambda: "(kubectl-edit)" in said_of(story, "configmap-merge"))

    assert data(story, member1, "createonly") == {"word": "theirs"}
    assert story.names(member1, "configmaps") == ["createonly", "merge"]


def test_an_ignored_field_is_neither_put_back_nor_removed(story, member1: Member) -> None:
    rule = {
        "target": {"group": "", "kind": "ConfigMap", "name": "w*"},
        "paths": ["$.data.word"],
    }
    configuration = {
        "apiVersion": "gitopsd.io/v1alpha1",
        "kind": "Configuration",
        "metadata": {"name": "gitopsd"},
        "spec": {"ignore": [rule]},
    }
    web = config_map(story.namespace, "web", word="ours")
    files = {**story.fleet(), "gitopsd.yaml": manifests(configuration), "web.yaml": manifests(web)}
    story.repository.push(files)
    story.run()
    story.everywhere(lambda member: data(story, member) == {"word": "ours"})

    more = config_map(story.namespace, "web", word="newer", more="old")
    story.repository.push({"web.yaml": manifests(more)})
    story.everywhere(lambda member: data(story, member) == {"word": "ours", "more": "old"})
    edit(member1, story.namespace, "web", word="theirs")
    last = config_map(story.namespace, "web", word="last", more="new")
    story.repository.push({"web.yaml": manifests(last)})

    story.everywhere(lambda member: data(story, member) == {"word": "theirs", "more": "new"})


async def test_a_fight_over_a_field_is_given_up_with_both_names(
    apiserver_only: Member, tmp_path, monkeypatch: pytest.MonkeyPatch, request
) -> None:
    monkeypatch.setattr(noting, "_REPAIR_S", 0.01)
    kubeconfig = write_kubeconfig([apiserver_only], tmp_path / "kubeconfig")
    delivery = Delivery(None, kubeconfig, apiserver_only.name)
    space = "fights"
    web = config_map(space, "web", word="ours")
    await delivery.made(namespace(space))
    delivery.start()
    delivery.want(manifest(web))
    await delivery.finished()
    path = f"/api/v1/namespaces/{space}/configmaps/web"

    for _ in range(3):
        await delivery.patched(web, {"data": {"word": "theirs"}})
        await until(lambda: apiserver_only.get(path)["data"]["word"] == "ours")
    await delivery.patched(web, {"data": {"word": "theirs"}})
    await until(lambda: delivery.outcome(key_of(web)).reason == "FieldFight")
    message = delivery.outcome(key_of(web)).message
    await delivery.close()

    assert "kubectl-edit" in message and "gitopsd" in message
    assert apiserver_only.get(path)["data"]["word"] == "theirs"


def overwriting(story) -> Mapping[str, Any]:
    found = everywhere(story.namespace, [member.name for member in story.members])
    return {**found, "spec": {**found["spec"], "conflictResolution": "Overwrite"}}


def in_mode(story, mode: str, **entries: str) -> Mapping[str, Any]:
    found = config_map(story.namespace, mode.lower(), **entries)
    return {**found, "metadata": {**found["metadata"], "annotations": {"gitopsd.io/apply": mode}}}


def edit(member: Member, namespace: str, name: str, **entries: str) -> None:
    """What `kubectl edit` sends."""
    path = f"/api/v1/namespaces/{namespace}/configmaps/{name}?fieldManager=kubectl-edit"
    patch = json.dumps({"data": entries}).encode()
    assert member.ask("PATCH", path, patch, "application/merge-patch+json").status == 200


def data(story, member: Member, name: str = "web") -> Mapping[str, str]:
    return story.get(member, "configmaps", name)["data"]


def replicas(story, member: Member) -> int:
    return story.get(member, "deployments", "app")["spec"]["replicas"]


def image(story, member: Member) -> str:
    found = story.get(member, "deployments", "app")
    return found["spec"]["template"]["spec"]["containers"][0]["image"]


def patches(member: Member, name: str) -> list[Any]:
    """Applies of an object by the daemon so far."""
    return [each for each in member.writes() if (each.verb, each.name) == ("patch", name)]
