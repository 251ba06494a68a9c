"""Karmada's policies as its samples use them: a weighted split, overrides, a CRD and its CR."""

from typing import Any

from servers.objects import config_map, definition, deployment, image_of, policy
from servers.repository import cluster, manifests

WEIGHTS = {
    "replicaSchedulingType": "Divided",
    "replicaDivisionPreference": "Weighted",
    "weightPreference": {
        "staticWeightList": [
            {"targetCluster": {"clusterNames": ["member1"]}, "weight": 2},
            {"targetCluster": {"clusterNames": ["member2"]}, "weight": 1},
        ]
    },
}
DEPLOYMENTS = [{"apiVersion": "apps/v1", "kind": "Deployment"}]


def test_replicas_are_divided_and_overridden_per_cluster(story) -> None:
    overrides = override_policy(
        story.namespace,
        "per-cluster",
        DEPLOYMENTS[0],
        [
            rule(
                "member1",
                imageOverrider=[
                    {
                        "component": "Registry",
                        "operator": "replace",
                        "value": "mirror.example.com",
                    }
                ],
            ),
            rule("member2", labelsOverrider=[{"operator": "add", "value": {"env": "stage"}}]),
        ],
    )
    split = policy(story.namespace, "split", DEPLOYMENTS, ["member1", "member2"], WEIGHTS)
    web = deployment(story.namespace, "web", "docker.io/library/nginx:1.29", replicas=6)
    story.repository.push(clusters(story) | {"web.yaml": manifests(split, overrides, web)})

    story.run()

    one, two, three = story.members
    story.members = [one, two]
    story.everywhere(lambda member: ready(story.get(member, "deployments", "web")))
    first, second = (story.get(member, "deployments", "web") for member in (one, two))
    assert (first["spec"]["replicas"], second["spec"]["replicas"]) == (4, 2)
    assert image_of(first) == "mirror.example.com/library/nginx:1.29"
    assert image_of(second) == "docker.io/library/nginx:1.29"
    assert second["metadata"]["labels"]["env"] == "stage"
    assert story.get(three, "deployments", "web") is None


def test_a_custom_resource_follows_its_definition(story) -> None:
    group = f"{story.namespace}.example.com"
    book = {
        "apiVersion": f"{group}/v1",
        "kind": "Book",
        "metadata": {"name": "first", "namespace": story.namespace},
        "spec": {"size": 2},
    }
    chosen = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    books = {"apiVersion": f"{group}/v1", "kind": "Book"}
    files = {
        "00-book.yaml": manifests(book),
        "01-policy.yaml": manifests(
            policy(story.namespace, "books", [books], ["member1"]),
            cluster_policy(story.namespace, [chosen | {"name": f"books.{group}"}], ["member1"]),
            override_policy(
                story.namespace,
                "books",
                books,
                [
                    rule(
                        "member1",
                        plaintext=[{"path": "/spec/size", "operator": "replace", "value": 4}],
                    )
                ],
            ),
        ),
        "02-definition.yaml": manifests(definition_of_books(group)),
    }
    story.repository.push(clusters(story) | files)

    story.run()

    one, two, _ = story.members
    path = f"/apis/{group}/v1/namespaces/{story.namespace}/books/first"
    story.members = [one]
    story.everywhere(lambda member: member.get(path))
    assert one.get(path)["spec"]["size"] == 4
    assert two.get(f"/apis/{group}/v1") is None


def test_what_a_policy_no_longer_claims_is_removed(story) -> None:
    maps = [config_map(story.namespace, f"map-{n}") for n in range(10)]
    chosen = [{"apiVersion": "v1", "kind": "ConfigMap", "name": f"map-{n}"} for n in range(10)]
    both = policy(story.namespace, "maps", chosen, ["member1", "member2"])
    story.repository.push(
        clusters(story) | {"maps.yaml": manifests(*maps), "policy.yaml": manifests(both)}
    )
    story.run()
    one, two, _ = story.members
    story.members = [one, two]
    story.everywhere(lambda member: len(story.names(member, "configmaps")) == 10)

    fewer = policy(story.namespace, "maps", chosen[1:], ["member1", "member2"])
    story.repository.push({"policy.yaml": manifests(fewer)})

    story.everywhere(lambda member: "map-0" not in story.names(member, "configmaps"))
    assert len(story.names(one, "configmaps")) == 9


def clusters(story) -> dict[str, str]:
    names = [member.name for member in story.members]
    return {"clusters.yaml": manifests(*map(cluster, names))}


def ready(found: dict[str, Any] | None) -> bool:
    """All replicas that the object asks for are ready."""
    return bool(found) and found["status"].get("readyReplicas") == found["spec"]["replicas"]


def rule(cluster_name: str, **overriders: Any) -> dict[str, Any]:
    return {"targetCluster": {"clusterNames": [cluster_name]}, "overriders": overriders}


def override_policy(
    namespace: str, name: str, selector: dict[str, Any], rules: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "OverridePolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"resourceSelectors": [selector], "overrideRules": rules},
    }


def cluster_policy(name: str, selectors: list[dict[str, Any]], names: list[str]) -> dict[str, Any]:
    found = policy("", name, selectors, names)
    return found | {"kind": "ClusterPropagationPolicy", "metadata": {"name": name}}


def definition_of_books(group: str) -> dict[str, Any]:
    size = {"type": "integer", "minimum": 1, "maximum": 10}
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"size": size}}},
    }
    return definition(group, "Book", schema)
