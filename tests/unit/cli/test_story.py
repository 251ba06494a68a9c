"""The demo's story and the example it tells of are one."""

import pytest

from gitopsd.cli import bundled, story
from gitopsd.kube import yaml

FILES = bundled.files(bundled.EXAMPLE)
BODIES = [
    document.body
    for path, data in FILES.items()
    if path.endswith(".yaml")
    for document in yaml.documents(data)
]


def named(kind: str) -> set[str]:
    return {body["metadata"]["name"] for body in BODIES if body["kind"] == kind}


def test_the_clusters_and_namespaces_are_those_of_the_example():
    assert named("Cluster") == set(story.CLUSTERS)
    assert named("Namespace") == set(story.NAMESPACES)


def test_every_workload_of_the_example_is_told_of():
    kinds = ("Deployment", "Job", "Campaign")
    there = {
        f"{body['kind']} {body['metadata']['namespace']}/{body['metadata']['name']}"
        for body in BODIES
        if body["kind"] in kinds
    }

    assert there == {thing.title for thing in story.THINGS}


def test_every_cluster_scoped_object_is_taken_away_at_the_end():
    kinds = ("ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition")
    there = {name for kind in kinds for name in named(kind)}

    assert there == {path.rpartition("/")[2] for path in story.CLUSTER_SCOPED}


def test_the_change_that_is_pushed_changes_something():
    assert FILES[story.CHANGED].count(story.BEFORE.encode()) == 1
    assert story.AFTER.encode() not in FILES[story.CHANGED]


def test_the_front_is_known_by_its_binding():
    front = {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "web"}

    assert story.is_front(front)
    assert not story.is_front(front | {"kind": "Service"})


WEB = story.THINGS[0]


@pytest.mark.parametrize(
    ("status", "image", "text", "is_done"),
    [
        ({"readyReplicas": 1}, "nginx:1", "1/2", False),
        ({"readyReplicas": 2}, "nginx:1", "2/2", True),
    ],
)
def test_a_cell_counts_what_is_ready(status, image, text, is_done):
    found = story.rows({("eu-1", WEB.path): deployment(image, status)})

    assert found[0][1][0] == story.Cell(text, is_done)


@pytest.mark.parametrize(
    ("image", "status", "text", "is_done"),
    [
        (story.BEFORE, {"readyReplicas": 2}, "2/2 old image", False),
        (
            story.AFTER,
            {"readyReplicas": 2, "updatedReplicas": 1, "observedGeneration": 2},
            "1/2 new image",
            False,
        ),
        (
            story.AFTER,
            {"readyReplicas": 2, "updatedReplicas": 2, "observedGeneration": 1},
            "0/2 new image",
            False,
        ),
        (
            story.AFTER,
            {"readyReplicas": 2, "updatedReplicas": 2, "observedGeneration": 2},
            "2/2 new image",
            True,
        ),
    ],
)
def test_a_rollout_counts_only_the_new_image(image, status, text, is_done):
    found = story.rows({("eu-1", WEB.path): deployment(image, status)}, story.AFTER)

    assert found[0][1][0] == story.Cell(text, is_done)


def test_what_is_missing_is_named():
    said = story.missing(story.rows({}))

    assert said.startswith("Deployment shop/web on eu-1: –; ")
    assert "orders" not in said
    assert not story.is_over(story.rows({}))


def test_what_nobody_expects_there_is_not_over():
    found = story.rows({("us-1", story.THINGS[2].path): deployment("redis", {})})

    assert found[2][1][1] == story.Cell("not expected", False)


def deployment(image: str, status: dict) -> dict:
    containers = [{"image": f"docker.io/library/{image}"}]
    return {
        "metadata": {"generation": 2},
        "spec": {"template": {"spec": {"containers": containers}}},
        "status": status,
    }
