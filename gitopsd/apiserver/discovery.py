"""Discovery: which groups, versions and resources there are, in both forms clients ask for.

Comes in: a catalogue. Goes out: the aggregated documents (apidiscovery.k8s.io v2) and the older
ones of single groups and versions. A document is made once for each state of the catalogue.
"""

import base64
import hashlib
from collections.abc import Iterable
from typing import Any

from gitopsd.apiserver.resources import Catalogue, ResourceType
from gitopsd.kube.wire import hash_of

_SUB_VERBS = ("get", "patch", "update")
_CUSTOM_VERBS = (
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "create",
    "update",
    "watch",
)
_SCALE = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
_ONE_VERB = {
    "binding": ("create", "", "v1", "Binding"),
    "eviction": ("create", "policy", "v1", "Eviction"),
    "token": ("create", "authentication.k8s.io", "v1", "TokenRequest"),
    "finalize": ("update", "", "", ""),
}
_CONNECTED = frozenset({"attach", "exec", "portforward", "proxy", "log"})


def aggregated(catalogue: Catalogue, is_core: bool) -> dict[str, Any]:
    """The APIGroupDiscoveryList of `/api` or `/apis`."""
    items = [
        {
            "metadata": {"name": group} if group else {},
            "versions": [
                {
                    "version": version,
                    "resources": [_entry(each) for each in _of(catalogue, group, version)],
                    "freshness": "Current",
                }
                for version in versions
            ],
        }
        for group, versions in catalogue.groups().items()
        if (group == "") == is_core
    ]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def groups(catalogue: Catalogue) -> dict[str, Any]:
    """The APIGroupList of `/apis`."""
    found = [_group(group, versions) for group, versions in catalogue.groups().items() if group]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": found}


def group(catalogue: Catalogue, name: str) -> dict[str, Any] | None:
    """The APIGroup of `/apis/<name>`; None for a group that is not there."""
    versions = catalogue.groups().get(name)
    if not versions or not name:
        return None
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, versions)}


def resources(catalogue: Catalogue, group: str, version: str) -> dict[str, Any] | None:
    """The APIResourceList of one version; None for one that is not there."""
    found = _of(catalogue, group, version)
    if not found:
        return None
    listed = [entry for each in found for entry in _legacy(each)]
    name = f"{group}/{version}" if group else version
    if all(each.custom is None for each in found):
        listed.sort(key=lambda entry: str(entry["name"]))
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": name,
        "resources": listed,
    }


def etag(document: Any) -> str:
    """A mark that changes with the document."""
    return f'"{hash_of(document).upper()}"'


def _storage_hash(of: ResourceType) -> str:
    digest = hashlib.sha256(f"{of.group}/{of.version}/{of.kind}".encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def _of(catalogue: Catalogue, group: str, version: str) -> list[ResourceType]:
    found = [each for each in catalogue if (each.group, each.version) == (group, version)]
    return sorted(found, key=lambda each: each.plural)


def _group(name: str, versions: Iterable[str]) -> dict[str, Any]:
    listed = [{"groupVersion": f"{name}/{each}", "version": each} for each in versions]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def _entry(of: ResourceType) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resource": of.plural,
        "responseKind": {"group": "", "version": "", "kind": of.kind},
        "scope": "Namespaced" if of.is_namespaced else "Cluster",
        "singularResource": of.singular,
        "verbs": list(of.verbs),
    }
    if of.custom is not None:
        made["responseKind"] = {"group": of.group, "version": of.version, "kind": of.kind}
    if of.short_names:
        made["shortNames"] = list(of.short_names)
    if of.categories:
        made["categories"] = list(of.categories)
    below = [_subresource(of, name) for name in sorted(of.subresources)]
    if below:
        made["subresources"] = below
    return made


def _subresource(of: ResourceType, name: str) -> dict[str, Any]:
    kind = {"group": "", "version": "", "kind": of.kind}
    verbs: list[str] = list(_SUB_VERBS)
    if name == "scale":
        kind = _SCALE
    elif name in _ONE_VERB:
        verb, group, version, other = _ONE_VERB[name]
        verbs = [verb]
        kind = {"group": group, "version": version, "kind": other or of.kind}
    elif name in _CONNECTED:
        verbs = ["get"]
    return {"subresource": name, "responseKind": kind, "verbs": verbs}


def _legacy(of: ResourceType) -> Iterable[dict[str, Any]]:
    made: dict[str, Any] = {
        "name": of.plural,
        "singularName": of.singular,
        "namespaced": of.is_namespaced,
        "kind": of.kind,
        "verbs": list(of.verbs) if of.custom is None else list(_CUSTOM_VERBS),
    }
    if of.short_names:
        made["shortNames"] = list(of.short_names)
    if of.categories:
        made["categories"] = list(of.categories)
    if not of.is_virtual:
        made["storageVersionHash"] = _storage_hash(of)
    yield made
    for name in sorted(of.subresources, reverse=of.custom is not None):
        below = _subresource(of, name)
        kind = below["responseKind"]
        entry: dict[str, Any] = {
            "name": f"{of.plural}/{name}",
            "singularName": "",
            "namespaced": of.is_namespaced,
        }
        if kind["version"] and name in (*_ONE_VERB, "scale"):
            entry["group"], entry["version"] = kind["group"], kind["version"]
        yield {**entry, "kind": kind["kind"], "verbs": below["verbs"]}
