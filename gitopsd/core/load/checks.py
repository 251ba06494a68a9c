"""What is wrong with an object, as far as it can be known from the object alone.

Comes in: a body that has apiVersion, kind and name. Goes out: mistakes. The schema of its kind
comes first; what a schema cannot say stands here and in the file of its kind.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from gitopsd.core.load import crds, metadata, roles
from gitopsd.core.load.metadata import Mistake
from gitopsd.core.sops import leftovers
from gitopsd.kube.body import Body
from gitopsd.kube.schemas import accepted
from gitopsd.kube.wire import encode
from gitopsd.kube.wording import near, one_of
from gitopsd.model.resource import ResourceKey

OBJECT_BYTES = 1024 * 1024

_CRD = ("apiextensions.k8s.io", "CustomResourceDefinition")


def scope_of(group: str, kind: str) -> Literal["Namespaced", "Cluster"] | None:
    """Whether objects of a kind stand in namespaces; None where only CRDs or members know."""
    if (group, kind) in roles.CLUSTER_SCOPED:
        return "Cluster"
    if (group, kind) in roles.ROLES or (group, kind) in roles.NAMESPACED:
        return "Namespaced"
    return accepted().scope(group, kind)


def mistakes(body: Body, key: ResourceKey, version: str) -> Iterator[Mistake]:
    """All mistakes of one object; values of Secrets are never shown."""
    if wrong := _kind(key.group, version, key.kind):
        yield wrong
        return
    found = accepted().validate(body)
    yield from found
    said = {pointer for pointer, _ in found}
    for pointer, words in metadata.mistakes(body, key.group, key.kind):
        if pointer not in said:
            yield pointer, words
    if scope_of(key.group, key.kind) == "Cluster" and body["metadata"].get("namespace"):
        yield "/metadata/namespace", f"{key.kind} stands in no namespace; remove this"
    if found:
        return
    if (key.group, key.kind) == _CRD:
        yield from crds.mistakes(body)
    if (key.group, key.kind) == ("", "Secret"):
        yield from leftovers(body)


def _kind(group: str, version: str, kind: str) -> Mistake | None:
    """A kind that cannot be, because its group is known and does not have it."""
    if words := roles.refusal(group, kind):
        return "/kind", words
    known = accepted()
    served = known.served(group, kind)
    if served and served.virtual:
        return "/kind", f"{kind} is asked of a server, not kept by it; remove it"
    if known.knows(group, version, kind):
        return None
    if group in roles.CLOSED or known.knows_group(group):
        return _unknown_kind(group, version, kind)
    if "." not in group:  # the group of a CRD has a dot
        right = sorted(each for each in known.kinds() if each[2] == kind)
        return "/apiVersion", f"no server has the group {group!r}{_right(right)}"
    return None


def _unknown_kind(group: str, version: str, kind: str) -> Mistake | None:
    known = accepted()
    versions = known.versions(group, kind)
    if versions:
        right = _right([(group, each, kind) for each in versions])
        return "/apiVersion", f"{kind} has no version {version!r}{right}"
    if (group, kind) in roles.ROLES:
        return None
    kinds = {name for owner, _, name in known.kinds() if owner == group}
    return "/kind", f"unknown kind {kind!r} of {group or 'v1'}{near(kind, kinds)}"


def _right(kinds: Sequence[tuple[str, str, str]]) -> str:
    """The apiVersions that would be right, after a semicolon; empty for none."""
    words = [f"{group}/{version}" if group else version for group, version, _ in kinds]
    return f"; right would be {one_of(words)}" if words else ""


def size_mistakes(body: Body, characters: int) -> Iterator[Mistake]:
    """Whether an API server would find the object too large; `characters` of all its texts."""
    if characters > OBJECT_BYTES // 8 and (size := len(encode(body))) > OBJECT_BYTES:
        yield "", f"has {size} bytes; an API server takes {OBJECT_BYTES} at most"
