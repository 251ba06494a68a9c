"""Objects that the stories put into repositories."""

from collections.abc import Mapping, Sequence
from typing import Any

Body = dict[str, Any]


def namespace(name: str) -> Body:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def deployment(namespace: str, name: str, image: str = "nginx:1.29", replicas: int = 1) -> Body:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "main", "image": image}]},
            },
        },
    }


def service(namespace: str, name: str) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80}]},
    }


def config_map(namespace: str, name: str, **entries: str) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": entries,
    }


def definition(group: str, kind: str, *schemas: Mapping[str, Any]) -> Body:
    """The definition of a namespaced kind, with a version for each schema; `v1` is stored."""
    name = kind.lower()
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{name}s.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {
                "kind": kind,
                "plural": f"{name}s",
                "singular": name,
                "listKind": f"{kind}List",
            },
            "versions": [
                {
                    "name": f"v{number}",
                    "served": True,
                    "storage": number == 1,
                    "schema": {"openAPIV3Schema": dict(schema)},
                }
                for number, schema in enumerate(schemas, 1)
            ],
        },
    }


def policy(
    namespace: str,
    name: str,
    selectors: Sequence[Mapping[str, str]],
    clusters: Sequence[str],
    scheduling: Mapping[str, Any] | None = None,
) -> Body:
    """A PropagationPolicy that brings what it selects to these clusters."""
    placement: Body = {"clusterAffinity": {"clusterNames": list(clusters)}}
    if scheduling:
        placement["replicaScheduling"] = dict(scheduling)
    return {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": "PropagationPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"resourceSelectors": [dict(each) for each in selectors], "placement": placement},
    }


def everywhere(namespace: str, clusters: Sequence[str]) -> Body:
    """A PropagationPolicy for all Deployments, Services and ConfigMaps of the namespace."""
    selectors = [
        {"apiVersion": "apps/v1", "kind": "Deployment"},
        {"apiVersion": "v1", "kind": "Service"},
        {"apiVersion": "v1", "kind": "ConfigMap"},
    ]
    return policy(namespace, "everywhere", selectors, clusters)


def image_of(body: Mapping[str, Any] | None) -> str:
    """The image of a workload's first container; empty for None."""
    return body["spec"]["template"]["spec"]["containers"][0]["image"] if body else ""
