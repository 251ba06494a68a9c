"""A second sync of an unchanged commit asks for no write and tells nothing, whatever is in use."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from servers.member import Member
from servers.objects import config_map, policy
from servers.repository import cluster, manifests

SLOW = ("Cake", "Ingress", "PersistentVolumeClaim")  # nobody here makes them ready
OBJECTS = [
    each
    for each in yaml.safe_load_all((Path(__file__).parent / "owned_fields.yaml").read_text())
    if each["kind"] not in SLOW
]
CLUSTER_WIDE = ("ClusterRole", "CustomResourceDefinition", "ValidatingWebhookConfiguration")
IGNORED = {"target": {"group": "", "kind": "ConfigMap", "name": "ignored"}, "paths": ["/data/word"]}


@pytest.fixture
def story(member1: Member, story_on):
    yield story_on([member1])
    for kind in CLUSTER_WIDE:
        names = [each["metadata"]["name"] for each in OBJECTS if each["kind"] == kind]
        member1.kubectl("delete", "--ignore-not-found", "--wait=false", kind, *names)


def test_a_second_sync_of_an_unchanged_commit_writes_nothing(story, member1: Member) -> None:
    theirs = config_map(story.namespace, "adopted", word="theirs")
    member1.kubectl("create", "namespace", story.namespace)
    member1.kubectl("apply", "-f", "-", stdin=manifests(theirs))
    story.repository.push(files(story))
    first = story.call("sync", "--wait", "--timeout=40s")
    assert first.code == 0, first.out + first.err
    # A Job that runs is well already; its end is news that would be told.
    member1.kubectl("-n", story.namespace, "wait", "--for=condition=complete", "job", "once")
    for name in ("ignored", "yielded"):
        edit(member1, story, name)
    second = story.call("sync", "--wait", "--timeout=40s")
    before, told = len(member1.writes()), branches(story)

    third = story.call("sync", "--wait", "--timeout=40s")

    assert (second.code, third.code) == (0, 0), second.err + third.err
    assert [(each.verb, each.uri) for each in member1.writes()[before:]] == []
    assert all(told) and branches(story) == told
    assert kinds_of_ours(story, member1) == {each["kind"] for each in OBJECTS} | {"ConfigMap"}
    assert words(story, member1) == {"adopted": "ours", "ignored": "theirs", "yielded": "theirs"}


def files(story) -> Mapping[str, str]:
    """One object of each kind, and whatever may make a second sync write."""
    names = [member.name for member in story.members]
    bodies = [placed(each, story.namespace) for each in OBJECTS]
    # No storage here gives its pods their disks.
    next(each for each in bodies if each["kind"] == "StatefulSet")["spec"]["replicas"] = 0
    selectors = [{"apiVersion": each["apiVersion"], "kind": each["kind"]} for each in OBJECTS]
    inside = policy(story.namespace, "inside", selectors, names)
    inside["spec"]["conflictResolution"] = "Overwrite"
    wide = policy(story.namespace, f"wide-{story.instance}", selectors, names)
    wide["kind"] = "ClusterPropagationPolicy"
    del wide["metadata"]["namespace"]
    configuration = {
        "apiVersion": "gitopsd.io/v1alpha1",
        "kind": "Configuration",
        "metadata": {"name": "gitopsd"},
        "spec": {"ignore": [IGNORED]},
    }
    yielded = config_map(story.namespace, "yielded", word="ours")
    yielded["metadata"]["annotations"] = {"gitopsd.io/yield-fields": "/data/word"}
    return {
        "clusters.yaml": manifests(*map(cluster, names)),
        "policies.yaml": manifests(inside, wide),
        "gitopsd.yaml": manifests(configuration),
        "objects.yaml": manifests(*bodies),
        "hook.yaml": manifests(hook(story.namespace)),
        "more.yaml": manifests(
            config_map(story.namespace, "adopted", word="ours"),
            config_map(story.namespace, "ignored", word="ours"),
            yielded,
        ),
    }


def placed(body: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    inside = {} if body["kind"] in CLUSTER_WIDE else {"namespace": namespace}
    return {**body, "metadata": {**body["metadata"], **inside}}


def hook(namespace: str) -> dict[str, Any]:
    containers = [{"name": "main", "image": "busybox:1"}]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "generateName": "migrate-",
            "namespace": namespace,
            "annotations": {"gitopsd.io/hook": "pre-sync"},
        },
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": containers}}},
    }


def edit(member: Member, story, name: str) -> None:
    patch = f"-p={json.dumps({'data': {'word': 'theirs'}})}"
    member.kubectl("-n", story.namespace, "patch", "configmap", name, patch)


def words(story, member: Member) -> Mapping[str, str]:
    names = ("adopted", "ignored", "yielded")
    return {name: story.get(member, "configmaps", name)["data"]["word"] for name in names}


def branches(story) -> tuple[str, ...]:
    names = (f"gitopsd/{story.instance}/{each}" for each in ("status", "rendered"))
    return tuple(map(story.repository.head, names))


def kinds_of_ours(story, member: Member) -> set[str]:
    """Kinds of the objects that kubectl finds by the label of the set."""
    path = f"/api/v1/namespaces/gitopsd-system/configmaps/gitopsd-inventory-{story.instance}"
    parent = member.get(path)["metadata"]
    kinds = parent["annotations"]["applyset.kubernetes.io/contains-group-kinds"]
    part_of = f"applyset.kubernetes.io/part-of={parent['labels']['applyset.kubernetes.io/id']}"
    found = json.loads(member.kubectl("get", kinds, "-A", "-l", part_of, "-o", "json"))
    return {each["kind"] for each in found["items"]}
