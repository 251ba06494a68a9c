"""What a pod template asks for and refers to: the same for every kind that has one.

Comes in: a pod template or the body around it. Goes out: requirements of one replica, and the
ConfigMaps, Secrets, ServiceAccounts and claims it names. Karmada's rules: karmada-io/karmada
pkg/util/helper/pod.go and pkg/util/resource.go.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from gitopsd.core.kinds.kind import Dependency, Misread, mapping, mappings, text
from gitopsd.kube.body import Body, dig
from gitopsd.kube.quantity import canonical, milli, value
from gitopsd.model.decision import NodeClaim, Requirements

_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")

# A volume has one source; which Secret it names depends on it.
_SECRETS = {
    "azureFile": ("secretName",),
    "cephfs": ("secretRef", "name"),
    "cinder": ("secretRef", "name"),
    "flexVolume": ("secretRef", "name"),
    "rbd": ("secretRef", "name"),
    "secret": ("secretName",),
    "scaleIO": ("secretRef", "name"),
    "iscsi": ("secretRef", "name"),
    "storageos": ("secretRef", "name"),
    "csi": ("nodePublishSecretRef", "name"),
}
_CONFIG_MAPS = {"configMap": ("name",)}


def requirements(template: Body) -> Requirements | None:
    """What one pod of the template asks of a node; None for a pod that asks for nothing."""
    spec = mapping(mapping(template), "spec")
    requests = _requests(spec)
    claim = _claim(spec)
    if not requests and claim is None:
        return None
    return Requirements(node_claim=claim, resource_request=requests or None)


def dependencies(
    spec: Body, namespace: str, without_claims: frozenset[str] = frozenset()
) -> tuple[Dependency, ...]:
    """All that a pod spec names in its namespace, each once, by kind and name.

    `without_claims` are names of claims that its workload makes by itself.
    """
    spec = mapping(spec)
    account = text(spec, "serviceAccountName")
    found = {
        "ConfigMap": set(_named(spec, "configMap", _CONFIG_MAPS)),
        "Secret": set(_named(spec, "secret", _SECRETS))
        | {text(each, "name") for each in mappings(spec, "imagePullSecrets")},
        "ServiceAccount": {account} - {"default"},
        "PersistentVolumeClaim": {
            text(volume, "persistentVolumeClaim", "claimName")
            for volume in mappings(spec, "volumes")
        }
        - without_claims,
    }
    return tuple(
        Dependency("v1", kind, namespace, name)
        for kind, names in found.items()
        for name in sorted(names - {""})
    )


def _named(spec: Body, what: str, volumes: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Names of ConfigMaps or Secrets in environments and volumes."""
    for each in _CONTAINERS:
        for container in mappings(spec, each):
            for source in mappings(container, "envFrom"):
                yield text(source, f"{what}Ref", "name")
            for variable in mappings(container, "env"):
                yield text(variable, "valueFrom", f"{what}KeyRef", "name")
    for volume in mappings(spec, "volumes"):
        for kind, path in volumes.items():
            if volume.get(kind) is not None:
                yield text(volume, kind, *path)
        for part in mappings(volume, "projected", "sources"):
            yield text(part, what, "name")


def _claim(spec: Body) -> NodeClaim | None:
    affinity = dig(
        spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
    )
    selector = spec.get("nodeSelector") or None
    tolerations = mappings(spec, "tolerations") or None
    if affinity is None and selector is None and tolerations is None:
        return None
    return NodeClaim(hard_node_affinity=affinity, node_selector=selector, tolerations=tolerations)


def _requests(spec: Body) -> dict[str, str]:
    """Requests of one pod: all containers together, or its greediest init container if more."""
    total: dict[str, int] = defaultdict(int)
    for container in mappings(spec, "containers"):
        for name, amount in _amounts(_asked(container)):
            total[name] += amount
    for container in mappings(spec, "initContainers"):
        for name, amount in _amounts(_asked(container)):
            total[name] = max(total[name], amount)
    for name, amount in _amounts(spec.get("overhead")):
        total[name] += amount
    return {name: _written(name, amount) for name, amount in sorted(total.items()) if amount > 0}


def _asked(container: Body) -> Mapping[str, Any]:
    """Requests of a container; a limit stands in where no request is written."""
    resources = mapping(container, "resources")
    return {**mapping(resources, "limits"), **mapping(resources, "requests")}


def _amounts(quantities: Mapping[str, Any] | None) -> Iterator[tuple[str, int]]:
    try:
        for name, quantity in (quantities or {}).items():
            if name == "cpu":
                yield name, milli(quantity or 0)
            elif name in ("memory", "ephemeral-storage", "pods") or is_scalar(name):
                yield name, value(quantity or 0)
    except (ValueError, TypeError, AttributeError) as error:
        raise Misread(f"resources: {error}") from None


def is_scalar(name: str) -> bool:
    """Extended and attachable resources and huge pages; not `storage` and the like."""
    if name.startswith(("hugepages-", "attachable-volumes-")):
        return True
    return "/" in name and not name.startswith("requests.")


def _written(name: str, amount: int) -> str:
    return canonical(f"{amount}m") if name == "cpu" else str(amount)
