"""What a member gives out, and what its controllers and hands set, stays when templates change."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from servers.member import Member
from servers.objects import config_map, deployment, policy
from servers.repository import manifests
from servers.waiting import wait_until

RETAIN = {"resourcetemplate.karmada.io/retain-replicas": "true"}
CLAIMED = (
    ("batch/v1", "Job"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Pod"),
    ("v1", "Secret"),
    ("v1", "ServiceAccount"),
)
PATHS = {
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments/{}",
    "Job": "/apis/batch/v1/namespaces/{}/jobs/{}",
    "PersistentVolume": "/api/v1/persistentvolumes/{1}",
    "PersistentVolumeClaim": "/api/v1/namespaces/{}/persistentvolumeclaims/{}",
    "Pod": "/api/v1/namespaces/{}/pods/{}",
    "Secret": "/api/v1/namespaces/{}/secrets/{}",
    "Service": "/api/v1/namespaces/{}/services/{}",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts/{}",
}
PORT = 32_123
ADDRESS = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}


@pytest.fixture
def story(member1: Member, story_on):
    return story_on([member1])


def test_what_is_the_members_stays_and_is_written_over_by_nobody(story, member1: Member) -> None:
    space = story.namespace
    story.repository.push(
        {
            **story.fleet(claims(space, member1.name), volumes(space, member1.name)),
            "all.yaml": manifests(*templates(space, "1")),
        }
    )
    story.run()
    given = wait_until(lambda: retained(member1, space), 60, lambda: live(member1, space))

    by_hand(member1, space)
    changed = wait_until(
        lambda: (found := retained(member1, space)) and found["Deployment"] == 3 and found
    )
    wait_until(lambda: robot(member1, space) == (["registry", "theirs"], ["token"]))
    settled(story, member1, "first")
    writes = applies(member1)
    story.repository.push({"all.yaml": manifests(*templates(space, "2"))})
    wait_until(lambda: revisions(member1, space) == dict.fromkeys(PATHS, "2"), 60,
               lambda: (revisions(member1, space), story.status()["README.md"]))  # fmt: skip
    settled(story, member1, "second")

    assert given["Service"][2] != PORT
    assert changed == {**given, "Deployment": 3, "Service": (*given["Service"][:2], PORT)}
    assert retained(member1, space) == changed
    assert robot(member1, space) == (["registry", "theirs"], ["token"])
    # One for each change, and none that would fight over what is not ours.
    assert applies(member1) - writes == Counter(path.split("/")[-2] for path in PATHS.values())


def test_suspended_dispatching_leaves_the_object_and_tells_of_it(story, member1: Member) -> None:
    space = story.namespace
    app = deployment(space, "app", replicas=1)
    story.repository.push({**story.fleet(), "app.yaml": manifests(app)})
    story.run()
    wait_until(lambda: item(story)["health"] == "Healthy", 60, lambda: binding(story))

    stopped = everything(space, member1.name, suspension={"dispatching": True})
    newer = deployment(space, "app", "nginx:1.30", replicas=1)
    story.repository.push({"policies.yaml": manifests(stopped), "app.yaml": manifests(newer)})
    wait_until(lambda: binding(story)["members"][0]["state"] == "Suspended")
    writes = len(member1.writes())
    member1.kubectl("scale", "deployment/app", "--replicas=2", "-n", space)
    wait_until(lambda: item(story)["status"].get("replicas") == 2, seen=lambda: binding(story))

    assert len(member1.writes()) == writes
    assert item(story)["applied"] is True
    story.repository.push({"policies.yaml": manifests(everything(space, member1.name))})
    wait_until(lambda: "nginx:1.30" in json.dumps(story.get(member1, "deployments", "app")))


def templates(space: str, revision: str) -> list[dict[str, Any]]:
    """One object of each kind of which a member keeps something; every one changes."""
    pod = {"containers": [{"name": "main", "image": f"nginx:1.{revision}"}]}
    app = deployment(space, "web", f"nginx:1.{revision}")
    app["metadata"]["labels"] |= RETAIN
    bound = {"storageClassName": "", "accessModes": ["ReadWriteOnce"]}
    size = {"storage": "1Gi"}
    front = {
        "type": "LoadBalancer",
        "externalTrafficPolicy": "Local",
        "selector": {"app": f"web-{revision}"},
        "ports": [{"name": "http", "port": 80, "targetPort": 8080 + int(revision)}],
    }
    suspended = {"suspend": True, "parallelism": int(revision)}
    account = {"kubernetes.io/service-account.name": name_of("ServiceAccount", space)}
    found: list[dict[str, Any]] = [
        app,
        made("batch/v1", "Job", spec={**suspended, "template": once(pod)}),
        made(
            "v1",
            "PersistentVolume",
            spec={
                **bound,
                "capacity": size,
                "hostPath": {"path": "/data"},
                "persistentVolumeReclaimPolicy": "Retain",
                "claimRef": {"name": "web", "namespace": space},
            },
        ),
        made("v1", "PersistentVolumeClaim", spec={**bound, "resources": {"requests": size}}),
        made("v1", "Pod", spec=pod),
        made("v1", "Secret", type="kubernetes.io/service-account-token"),
        made("v1", "Service", spec=front),
        made("v1", "ServiceAccount", imagePullSecrets=[{"name": "registry"}]),
    ]
    for each in found:
        metadata = each["metadata"]
        metadata["name"] = name_of(each["kind"], space)
        metadata["labels"] = {**metadata.get("labels", {}), "revision": revision}
        if each["kind"] != "PersistentVolume":
            metadata["namespace"] = space
        if each["kind"] == "Secret":
            metadata["annotations"] = account
    return found


def made(api_version: str, kind: str, **rest: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {}, **rest}


def once(pod: Mapping[str, Any]) -> dict[str, Any]:
    """The pod of a Job, which cannot be changed."""
    containers = [{"name": "main", "image": "busybox:1"}]
    return {"spec": {**pod, "containers": containers, "restartPolicy": "Never"}}


def name_of(kind: str, space: str) -> str:
    """What has no namespace must be the test's own by its name."""
    return f"web-{space}" if kind == "PersistentVolume" else "web"


def claims(space: str, member: str) -> dict[str, Any]:
    selectors = [{"apiVersion": version, "kind": kind} for version, kind in CLAIMED]
    return policy(space, "claims", selectors, [member])


def volumes(space: str, member: str) -> dict[str, Any]:
    selector = {"apiVersion": "v1", "kind": "PersistentVolume"}
    found = policy("", "volumes", [selector], [member])
    return found | {"kind": "ClusterPropagationPolicy", "metadata": {"name": "volumes"}}


def everything(space: str, member: str, **spec: Any) -> dict[str, Any]:
    selectors = [{"apiVersion": "apps/v1", "kind": "Deployment"}]
    found = policy(space, "everywhere", selectors, [member])
    return found | {"spec": found["spec"] | spec}


def live(member: Member, space: str) -> dict[str, Any]:
    return {
        kind: member.get(path.format(space, name_of(kind, space))) for kind, path in PATHS.items()
    }


def retained(member: Member, space: str) -> dict[str, Any]:
    """What of each kind the member gave out; raises while it did not."""
    found = live(member, space)
    service, volume = found["Service"]["spec"], found["PersistentVolume"]["spec"]
    return {
        "Deployment": found["Deployment"]["spec"]["replicas"],
        "Job": (
            found["Job"]["spec"]["selector"]["matchLabels"],
            found["Job"]["spec"]["template"]["metadata"]["labels"],
        ),
        "PersistentVolume": volume["claimRef"]["uid"],
        "PersistentVolumeClaim": found["PersistentVolumeClaim"]["spec"]["volumeName"],
        "Pod": found["Pod"]["spec"]["nodeName"],
        "Secret": found["Secret"]["data"]["token"],
        "Service": (
            service["clusterIP"],
            service["healthCheckNodePort"],
            service["ports"][0]["nodePort"],
        ),
    }


def robot(member: Member, space: str) -> tuple[list[str], list[str]]:
    """What its ServiceAccount may pull with, and its secrets."""
    found = live(member, space)["ServiceAccount"]
    return tuple([each["name"] for each in found[of]] for of in ("imagePullSecrets", "secrets"))


def by_hand(member: Member, space: str) -> None:
    """People set what is theirs: replicas, a port, an address, what an account has."""
    member.kubectl("scale", "deployment/web", "--replicas=3", "-n", space)
    port = [{"port": 80, "nodePort": PORT}]
    patch(member, space, "service", {"spec": {"ports": port}})
    patch(member, space, "service", {"status": ADDRESS}, "--subresource=status")
    account = {"imagePullSecrets": [{"name": "theirs"}], "secrets": [{"name": "token"}]}
    patch(member, space, "serviceaccount", account)


def patch(member: Member, space: str, kind: str, change: Mapping[str, Any], *more: str) -> None:
    member.kubectl("patch", kind, "web", "-n", space, "-p", json.dumps(change), *more)


def revisions(member: Member, space: str) -> dict[str, str]:
    return {
        kind: body["metadata"]["labels"]["revision"] for kind, body in live(member, space).items()
    }


def settled(story, member: Member, word: str) -> None:
    """Whatever the daemon had to do before is done: one commit more has arrived, and is told of."""
    story.repository.push({"mark.yaml": manifests(config_map(story.namespace, "mark", word=word))})
    wait_until(lambda: story.get(member, "configmaps", "mark")["data"] == {"word": word})
    wait_until(lambda: "phase: Synced" in story.status()["status.yaml"], 60,
               lambda: story.status()["README.md"])  # fmt: skip


def applies(member: Member) -> Counter[str]:
    """Applies by kind so far, but of what only tells that a commit arrived."""
    patched = (each for each in member.writes() if each.verb == "patch")
    return Counter(each.resource for each in patched if each.name.startswith("web"))


def binding(story) -> dict[str, Any]:
    return yaml.safe_load(story.status()[f"bindings/{story.namespace}/deployment.apps-app.yaml"])


def item(story) -> dict[str, Any]:
    return binding(story)["status"]["aggregatedStatus"][0]
