"""Which fields of an object cannot be changed once it is there, and what the object asks for then.

Comes in: bodies, and the causes of a refusal. Goes out: a mark over the values of these fields,
which every manifest's hash carries at its end, so that it is known offline that such a field
changes; and what is to happen. Stands alone because rendering marks, plans and guards compare, and
a member's task acts. To add a kind: its line in `RULES`. Its fields: those that stay, or all below
one but those that may change.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from gitopsd.core.kinds.volumes import allows_loss
from gitopsd.kube.body import Body, dig, laid, without
from gitopsd.kube.fields import Tree
from gitopsd.kube.wire import hash_of
from gitopsd.model.claims import Mode
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import Entry

ON_IMMUTABLE = "gitopsd.io/on-immutable"
# Kinds whose objects hold data, or others, that a deletion takes along.
STATEFUL = frozenset(
    {
        ("", "Namespace"),
        ("", "PersistentVolume"),
        ("", "PersistentVolumeClaim"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apps", "StatefulSet"),
    }
)

Path: TypeAlias = tuple[str, ...]
Key: TypeAlias = tuple[str, str]

_FLAG = "immutable:"
_MARK = 8


class Wish(StrEnum):
    """What an object asks for where a field of it cannot be changed."""

    FAIL = "fail"
    RECREATE = "recreate"
    ORPHAN = "recreate-orphan"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Rule:
    """Fields that stay, and those below one mapping but for some."""

    paths: tuple[Path, ...] = ()
    below: str = ""
    but: frozenset[str] = frozenset()


def _fields(*paths: str) -> Rule:
    return Rule(tuple(tuple(path.split(".")) for path in paths))


def _spec(but: str) -> Rule:
    return Rule((), "spec", frozenset(but.split()))


_RBAC, _STORAGE = "rbac.authorization.k8s.io", "storage.k8s.io"
RULES: Mapping[tuple[str, str], Rule] = {
    ("", "ConfigMap"): _fields("data", "binaryData", "immutable"),
    ("", "PersistentVolume"): _spec(
        "capacity accessModes persistentVolumeReclaimPolicy claimRef storageClassName mountOptions "
        "volumeAttributesClassName"
    ),
    ("", "PersistentVolumeClaim"): _spec("resources volumeAttributesClassName"),
    ("", "Pod"): _spec(
        "containers initContainers ephemeralContainers activeDeadlineSeconds tolerations "
        "terminationGracePeriodSeconds schedulingGates"
    ),
    ("", "Secret"): _fields("type", "data", "immutable"),
    ("", "Service"): _fields("spec.clusterIP", "spec.clusterIPs"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _fields(
        "spec.group", "spec.scope", "spec.names.kind", "spec.names.plural"
    ),
    ("apps", "DaemonSet"): _fields("spec.selector"),
    ("apps", "Deployment"): _fields("spec.selector"),
    ("apps", "ReplicaSet"): _fields("spec.selector"),
    ("apps", "StatefulSet"): _spec(
        "replicas template updateStrategy persistentVolumeClaimRetentionPolicy minReadySeconds "
        "ordinals revisionHistoryLimit"
    ),
    ("batch", "Job"): _fields(
        "spec.template", "spec.selector", "spec.completions", "spec.completionMode"
    ),
    ("networking.k8s.io", "IngressClass"): _fields("spec.controller"),
    ("node.k8s.io", "RuntimeClass"): _fields("handler"),
    (_RBAC, "ClusterRoleBinding"): _fields("roleRef"),
    (_RBAC, "RoleBinding"): _fields("roleRef"),
    ("scheduling.k8s.io", "PriorityClass"): _fields("value", "preemptionPolicy"),
    (_STORAGE, "CSIDriver"): _spec(
        "tokenRequests requiresRepublish storageCapacity seLinuxMount podInfoOnMount "
        "nodeAllocatableUpdatePeriodSeconds"
    ),
    (_STORAGE, "StorageClass"): _fields(
        "provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"
    ),
    (_STORAGE, "VolumeAttachment"): _spec(""),
}
# What a server says of a field that it will not change.
_SAYS_SO = re.compile(
    r"immutable|may not (be )?change|cannot (be )?change|updates to \S+ are forbidden|"
    r"self == oldSelf|may not be (modified|updated)|cannot be (modified|updated)",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")
_SEPARATOR = re.compile(r"[.\[]")


def marked(digest: str, body: Body, group_kind: Key) -> str:
    """A hash with a mark at its end over what of the object cannot be changed, if anything.

    Nothing of a Secret's values is in it but what its hash says already.
    """
    rule = RULES.get(group_kind)
    if rule is None:
        return digest
    if group_kind in _ONCE_FIXED:
        kept = [body.get("type") or "Opaque"] if group_kind[1] == "Secret" else []
        values: list[Any] = [*kept, digest] if body.get("immutable") is True else kept
    else:
        values = [[path, dig(body, *path)] for path in _paths(rule, body)]
    return f"{digest}-{hash_of(values)[:_MARK]}" if values else digest


_ONCE_FIXED = frozenset({("", "ConfigMap"), ("", "Secret")})


def differs(applied: str, manifest: Manifest) -> bool:
    """Whether a field that cannot be changed is another one than in what has this hash."""
    before, after = applied.partition("-")[2], manifest.hash.partition("-")[2]
    return bool(before) and before != after


def wish(body: Body) -> Wish:
    """What the object asks for; to fail where it says nothing that can be understood."""
    said = dig(body, "metadata", "annotations", ON_IMMUTABLE)
    return Wish(said) if said in tuple(Wish) else Wish.FAIL


def may_be_lost(manifest: Manifest) -> bool:
    """Whether the object may be deleted for the sake of a change, data and all."""
    return manifest.key[:2] not in STATEFUL or allows_loss(manifest.body)


def asks_to_be_made_anew(manifest: Manifest) -> bool:
    """Whether the object is to be deleted and made again, where only that leads to what is wanted.

    One that holds data must say besides that it may be lost; one that is never changed is not.
    """
    claims = manifest.claims
    if not claims.is_written or claims.mode is Mode.CREATE_ONLY:
        return False
    return wish(manifest.body) in (Wish.RECREATE, Wish.ORPHAN) and may_be_lost(manifest)


def is_recreated(applied: str, manifest: Manifest) -> bool:
    """Whether this deletes the object and makes it anew, by all that is known offline."""
    return differs(applied, manifest) and asks_to_be_made_anew(manifest)


def flagged(entry: Entry, manifest: Manifest) -> tuple[str, ...]:
    """The entry's flags, and that a member was found to refuse the change to this manifest."""
    kept = {flag for flag in entry.flags if not flag.startswith(_FLAG)}
    return tuple(sorted({*kept, f"{_FLAG}{manifest.hash}"}))


def is_flagged(entry: Entry, manifest: Manifest) -> bool:
    """Whether a member refused this very change, and the object asks to be made anew."""
    if f"{_FLAG}{manifest.hash}" not in entry.flags or entry.hash == manifest.hash:
        return False
    return asks_to_be_made_anew(manifest)


def is_candidate(group_kind: Key, causes: Iterable[Mapping[str, Any]]) -> bool:
    """Whether every cause of a refusal is of a field that cannot be changed, or says so.

    One on the identity of the object is not.
    """
    found = list(causes)
    return bool(found) and all(_is_fixed(group_kind, cause) for cause in found)


def _is_fixed(group_kind: Key, cause: Mapping[str, Any]) -> bool:
    field = tuple(filter(None, _SEPARATOR.split(str(cause.get("field") or ""))))
    if not field or field[0] == "metadata":
        return False
    if _SAYS_SO.search(str(cause.get("message") or "")):
        return True
    rule = RULES.get(group_kind)
    if rule is None:
        return False
    if rule.below and field[0] == rule.below:
        return len(field) == 1 or field[1] not in rule.but
    return any(field[: len(path)] == path for path in rule.paths)


def with_live(
    body: Body, live: Body, ours: Tree, refused: tuple[Key, Iterable[Mapping[str, Any]]]
) -> Body:
    """The body with what the live object has where it cannot be changed.

    `ours` is what we own of it, `refused` the kind and the causes of the refusal. What is neither
    wanted nor ours is left out.
    """
    group_kind, causes = refused
    rule = RULES.get(group_kind)
    paths = list(_paths(rule, body, live)) if rule else []
    for cause in causes:
        path = tuple(str(cause.get("field") or "").split("."))
        if _PLAIN.match(".".join(path)) and (rule is None or path[0] != rule.below):
            paths.append(path)
    for path in paths:
        body = _as_in(body, live, ours, path)
    return body


def _as_in(body: Body, live: Body, ours: Tree, path: Path) -> Body:
    value = dig(live, *path)
    if value is None:
        return without(body, *path)
    if dig(body, *path) is None and not _is_owned(ours, path):
        return body
    return laid(body, value, *path)


def _is_owned(ours: Tree, path: Path) -> bool:
    for name in path:
        found = ours.get(f"f:{name}")
        if found is None:
            return False
        ours = found
    return True


def _paths(rule: Rule, *bodies: Body) -> Iterator[Path]:
    """The fields that stay; below a mapping those that any of these bodies has."""
    yield from rule.paths
    if rule.below:
        names = {name for body in bodies for name in dig(body, rule.below, default={})}
        yield from ((rule.below, name) for name in sorted(names - rule.but))
