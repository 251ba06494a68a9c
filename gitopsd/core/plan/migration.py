"""Fields that people wrote by hand become ours when an object is adopted.

Comes in: the live object, the body to apply, and what is claimed of it. Goes out: a JSON patch, or
nothing. Without it a field that is dropped from the repository later would stay for ever, for who
updated it last still owns it. What `client-go/util/csaupgrade` does, for kubectl's other ways too,
and for the tools that an object is taken over from.
"""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from gitopsd.core.plan.drift import extra, leaves, lost
from gitopsd.kube import wire
from gitopsd.kube.body import Body, dig
from gitopsd.kube.fields import LEAF, Tree, recursive_difference, union
from gitopsd.model.claims import Claims, Mode

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_BY_HAND = re.compile(r"^(kubectl(-.*)?|before-first-apply)$")
# The tools whose marks an object may bear; one that is adopted all the same is theirs no more.
_TOOLS = re.compile(
    r"^(argocd-(application-)?controller|kustomize-controller|helm-controller|[Hh]elm|kapp.*)$"
)
# What is never ours to drop because it is not written: who holds an object back, and who owns it.
_NOT_TAKEN: Tree = {
    "f:metadata": {
        "f:annotations": {f"f:{_LAST_APPLIED}": LEAF},
        "f:finalizers": LEAF,
        "f:ownerReferences": LEAF,
    },
    "f:status": LEAF,
}
# Left out of a manifest, this number is somebody else's business; dropped, it would become 1.
_REPLICAS: Tree = {"f:spec": {"f:replicas": LEAF}}


def migration(live: Body, body: Body, claims: Claims, manager: str) -> list[dict[str, Any]]:
    """The patch that makes fields of an adopted object ours; empty where none are to be.

    Taken over are whole entries of managers that updated something which the body declares. The
    patch names the version that was read, so a race is a Conflict.
    """
    if claims.mode is Mode.MERGE:
        return []
    entries = entries_of(live)
    taken = [each for each in entries if _is_taken(each, body, claims)]
    if not taken:
        return []
    mine = next((each for each in entries if is_mine(each, manager)), None)
    tree: Tree = (mine.get("fieldsV1") or LEAF) if mine else LEAF
    kept = dig(body, "spec", "replicas") is not None
    for each in taken:
        fields = recursive_difference(each["fieldsV1"], _NOT_TAKEN)
        tree = union(tree, fields if kept else recursive_difference(fields, _REPLICAS))
    ours = {**(mine or taken[0]), "manager": manager, "operation": "Apply", "fieldsV1": tree}
    rest = [each for each in entries if each is not mine and each not in taken]
    patch = owned_anew(live, [*rest, ours])
    if dig(live, "metadata", "annotations", _LAST_APPLIED) is not None:
        place = f"/metadata/annotations/{_LAST_APPLIED.replace('/', '~1')}"
        patch.append({"op": "remove", "path": place})
    return patch


def removed(live: Body, body: Body, claims: Claims, manager: str) -> tuple[str, ...]:
    """Pointers to what an adoption takes away: fields that become ours and are not declared."""
    patch = migration(live, body, claims, manager)
    return extra(body, wire.encode(patch[0]["value"][-1]["fieldsV1"])) if patch else ()


def owned_anew(live: Body, managed: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The patch that has the fields of an object owned like this, if nobody changed it since."""
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": managed},
        {
            "op": "replace",
            "path": "/metadata/resourceVersion",
            "value": dig(live, "metadata", "resourceVersion"),
        },
    ]


def is_by_hand(entry: Mapping[str, Any]) -> bool:
    """Whether a person wrote these fields with kubectl, but for those that were applied."""
    manager, operation = entry.get("manager"), entry.get("operation")
    return isinstance(manager, str) and bool(_BY_HAND.match(manager)) and operation == "Update"


def entries_of(live: Body) -> list[Mapping[str, Any]]:
    """Who owns what of an object, as it says itself."""
    found = dig(live, "metadata", "managedFields", default=[])
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def is_mine(entry: Mapping[str, Any], manager: str) -> bool:
    """Whether this manager applied these fields."""
    said = entry.get("manager"), entry.get("operation"), entry.get("subresource") or ""
    return said == (manager, "Apply", "")


def _is_taken(entry: Mapping[str, Any], body: Body, claims: Claims) -> bool:
    """Whether somebody wrote what the body declares: by hand, in a trusted manager's name, or as
    the tool that the object says it is adopted from.
    """
    manager, tree = entry.get("manager"), entry.get("fieldsV1")
    if entry.get("subresource") or not tree:
        return False
    if not isinstance(manager, str) or not isinstance(tree, Mapping):
        return False
    is_former = any(fnmatchcase(manager, each) for each in claims.trusted) or (
        claims.adopts and _TOOLS.match(manager)
    )
    is_known = is_former or is_by_hand(entry)
    return bool(is_known) and set(leaves(body)) != set(lost(body, wire.encode(tree)))
