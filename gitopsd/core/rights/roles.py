"""Rights as roles and bindings for a person to apply: for the cluster, and for each namespace.

Comes in: rights and who gets them. Goes out: objects, in the order in which they can be applied.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gitopsd.core.rights.needed import Right
from gitopsd.kube.body import Body
from gitopsd.model.delivery import RIGHTS

_API = "rbac.authorization.k8s.io"
# The API server makes these itself.
_ALWAYS_THERE = {"default", "kube-node-lease", "kube-public", "kube-system"}
_PATHS = ("/readyz", "/version", "/api", "/api/*", "/apis", "/apis/*")


@dataclass(frozen=True, slots=True)
class Grant:
    """Who gets the rights: a service account of the member; `name` is that of the roles."""

    name: str
    namespace: str
    account: str


def namespaces(rights: Iterable[Right]) -> tuple[Body, ...]:
    """The namespaces without which the roles cannot be applied."""
    names = {right.namespace for right in rights} - {"", *_ALWAYS_THERE}
    return tuple(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        for name in sorted(names)
    )


def roles(rights: Iterable[Right], grant: Grant) -> tuple[Body, ...]:
    """A ClusterRole with its binding, then a Role with its binding for each namespace."""
    by_namespace: dict[str, set[Right]] = defaultdict(set)
    everywhere = {right[1:] for right in rights if not right.namespace}
    for right in rights:
        if not right.namespace or right[1:] not in everywhere:
            by_namespace[right.namespace].add(right)
    paths = {"nonResourceURLs": list(_PATHS), "verbs": ["get"]}
    found: list[Body] = []
    for namespace in sorted({"", *by_namespace}):
        rules: list[dict[str, Any]] = _rules(by_namespace[namespace])
        found += _pair(namespace, rules if namespace else [paths, *rules], grant)
    return tuple(found)


def _rules(rights: Iterable[Right]) -> list[dict[str, Any]]:
    """Rules as few as can be: resources of a group with the same verbs stand together."""
    verbs: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for right in rights:
        verbs[right.group, right.resource, right.name].add(right.verb)
    alike: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for group, resource, name in sorted(verbs):
        alike[group, name, tuple(sorted(verbs[group, resource, name]))].append(resource)
    return [
        {
            "apiGroups": [group],
            "resources": resources,
            **({"resourceNames": [name]} if name else {}),
            "verbs": list(allowed),
        }
        for (group, name, allowed), resources in sorted(alike.items())
    ]


def _pair(namespace: str, rules: list[dict[str, Any]], grant: Grant) -> list[Body]:
    kind = "Role" if namespace else "ClusterRole"
    place = {"namespace": namespace} if namespace else {}
    metadata = {"name": grant.name, **place, "labels": {RIGHTS: grant.name}}
    subject = {"kind": "ServiceAccount", "name": grant.account, "namespace": grant.namespace}
    return [
        {"apiVersion": f"{_API}/v1", "kind": kind, "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{_API}/v1",
            "kind": f"{kind}Binding",
            "metadata": metadata,
            "roleRef": {"apiGroup": _API, "kind": kind, "name": grant.name},
            "subjects": [subject],
        },
    ]
