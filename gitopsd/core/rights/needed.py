"""Which requests a set of objects leads to, as verb, resource and namespace.

Everything of a kind is listed and watched in all namespaces at once, by our label; what is read,
made, changed and deleted stands in its own namespace. Whoever hands out roles must have what they
say, or may `escalate` and `bind`. What of it an object cannot be kept without is `needed`.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from gitopsd.kube.body import Body, dig
from gitopsd.kube.schemas import bundled
from gitopsd.model.decision import Manifest
from gitopsd.model.resource import ResourceKey

NAMESPACE = "gitopsd-system"
_SEEING = ("list", "watch")
_DOING = ("get", "create", "patch", "delete")
_RBAC = "rbac.authorization.k8s.io"
_BINDINGS = frozenset({"RoleBinding", "ClusterRoleBinding"})
_ROLES = frozenset({"Role", "ClusterRole"})
_NAMESPACE = ("", "Namespace")
_CLAIM = ("", "PersistentVolumeClaim")
_DEFINITION = ("apiextensions.k8s.io", "CustomResourceDefinition")


class Right(NamedTuple):
    """One verb on one resource; no namespace means all of them, no name every object."""

    namespace: str
    group: str
    resource: str
    verb: str
    name: str = ""


Called = Callable[[ResourceKey], str]


def needed(keys: Iterable[ResourceKey], called: Called) -> frozenset[Right]:
    """What must be allowed to keep these objects as they are wanted, and to delete them once."""
    found: set[Right] = set()
    for key in keys:
        resource = called(key)
        found.update(Right("", key.group, resource, verb) for verb in _SEEING)
        found.update(Right(key.namespace, key.group, resource, verb) for verb in _DOING)
        if key.group == _RBAC and key.kind in _ROLES:
            found.add(Right(key.namespace, _RBAC, resource, "escalate"))
        if key.group == _RBAC and key.kind in _BINDINGS:
            found.update(Right("", _RBAC, each, "bind") for each in ("clusterroles", "roles"))
    return frozenset(found)


def beside(manifests: Iterable[Manifest]) -> frozenset[Right]:
    """What must be allowed to look at around these objects.

    Whether an autoscaler sets their replicas, whether the class of a claim waits for a pod; and,
    before a definition or a namespace is deleted, what of others is in it.
    """
    found: set[Right] = set()
    for each in manifests:
        key = each.key
        if dig(each.body, "spec", "replicas") is not None:
            found.add(Right(key.namespace, "autoscaling", "horizontalpodautoscalers", "list"))
        if key[:2] == _CLAIM:
            found.add(Right("", "storage.k8s.io", "storageclasses", "list"))
        if key[:2] == _NAMESPACE:
            found.add(Right(key.name, "*", "*", "list"))
        if key[:2] == _DEFINITION:
            plural, _, group = key.name.partition(".")
            found.add(Right("", group, plural, "list"))
    return frozenset(found)


def own(inventory: str, *, measures: bool) -> frozenset[Right]:
    """What is needed whatever is wanted: the inventory, namespaces, nodes.

    With `measures` also pods, for policies that divide by room. Before all of a set goes, the
    inventories of others are looked at, which may come after it.
    """
    found = {Right("", "", "namespaces", verb) for verb in ("get", "create", *_SEEING)}
    found.add(Right("", "", "nodes", "list"))
    if measures:
        found.add(Right("", "", "pods", "list"))
    found.update(Right(NAMESPACE, "", "configmaps", verb) for verb in ("create", "list"))
    kept = ("get", "update", "delete")
    found.update(Right(NAMESPACE, "", "configmaps", verb, inventory) for verb in kept)
    return frozenset(found)


def looking(inventories: Iterable[str]) -> frozenset[Right]:
    """What must be allowed to see whether sets are ready that come first.

    Their objects must be listed, too; which kinds these are is known on the member alone.
    """
    return frozenset(Right(NAMESPACE, "", "configmaps", "get", each) for each in inventories)


def resources_of(definitions: Iterable[Body]) -> Called:
    """How kinds are called in paths: by these definitions, Kubernetes itself, or a guess."""
    schemas = bundled().with_crds(definitions)

    def called(key: ResourceKey) -> str:
        return schemas.plural(key.group, key.kind) or f"{key.kind.lower()}s"

    return called
