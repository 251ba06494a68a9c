"""Which objects go first: kinds that others need before kinds that need them.

Comes in: the key of an object and its wave. Goes out: a weight, or a key to sort by. Stands alone
because applying, deleting and showing all follow the one table. To move a kind, or to add one: its
line in `_TABLE`; a kind without one is a custom resource.
"""

from collections.abc import Mapping
from typing import TypeAlias

from gitopsd.model.resource import ResourceKey

Order: TypeAlias = tuple[int, int, str, str, str, str]
Opposite: TypeAlias = tuple[int | tuple[int, ...], ...]

_CUSTOM = 140
_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"
_TABLE: tuple[tuple[int, str, str], ...] = (
    (10, "", "Namespace"),
    (20, "apiextensions.k8s.io", "CustomResourceDefinition"),
    (40, "", "ResourceQuota LimitRange"),
    (40, "networking.k8s.io", "NetworkPolicy"),
    (50, "", "ServiceAccount"),
    (60, _RBAC, "ClusterRole ClusterRoleBinding Role RoleBinding"),
    (70, "", "Secret ConfigMap"),
    (80, "", "PersistentVolume PersistentVolumeClaim"),
    (90, "", "Service Endpoints"),
    (90, "discovery.k8s.io", "EndpointSlice"),
    (100, "policy", "PodDisruptionBudget"),
    (110, "", "Pod ReplicationController"),
    (110, "apps", "DaemonSet ReplicaSet Deployment StatefulSet"),
    (110, "autoscaling", "HorizontalPodAutoscaler"),
    (110, "batch", "Job CronJob"),
    (120, "networking.k8s.io", "Ingress"),
    (130, "apiregistration.k8s.io", "APIService"),
    (200, _ADMISSION, "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding"),
    (200, _ADMISSION, "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding"),
    (200, _ADMISSION, "MutatingWebhookConfiguration ValidatingWebhookConfiguration"),
)
_WEIGHTS: Mapping[tuple[str, str], int] = {
    (group, kind): weight for weight, group, kinds in _TABLE for kind in kinds.split()
}


def weight(group: str, kind: str) -> int:
    """When a kind is applied, lower first; 140 for what is not known.

    Classes, Gateways and Routes are told by their names alone, since many groups bring some.
    """
    known = _WEIGHTS.get((group, kind))
    if known is not None:
        return known
    if kind.endswith("Class"):
        return 30
    if kind == "Gateway" or kind.endswith("Route"):
        return 120
    return _CUSTOM


def apply_order(key: ResourceKey, wave: int) -> Order:
    """Sorts by wave, weight, kind, namespace and name; equal keys only for equal objects."""
    return wave, weight(key.group, key.kind), key.kind, key.namespace, key.name, key.group


def delete_order(key: ResourceKey, wave: int) -> Opposite:
    """Sorts in exactly the opposite order of `apply_order`."""
    return tuple(
        -each if isinstance(each, int) else _opposite(each) for each in apply_order(key, wave)
    )


def _opposite(word: str) -> tuple[int, ...]:
    """Sorts before what the word sorts after; the 1 puts a word after those it is a start of."""
    return (*(-ord(letter) for letter in word), 1)
