"""Ignore rules of a Configuration: paths that can be read and that may be left out.

Comes in: the `spec` of a Configuration that fits its schema. Goes out: mistakes.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitopsd.core.load.metadata import Mistake
from gitopsd.kube import places
from gitopsd.kube.places import Token
from gitopsd.kube.schemas import Node, accepted

_IDENTITY = frozenset(
    {("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace")}
)


def mistakes(spec: Mapping[str, Any]) -> Iterator[Mistake]:
    """Every path that cannot be read, or without which an object could not be applied."""
    for number, rule in enumerate(spec.get("ignore") or ()):
        place = f"/spec/ignore/{number}"
        paths = rule.get("paths") or ()
        if not paths and not rule.get("managers"):
            yield place, "says neither paths nor managers; right would be what is to be ignored"
        for index, path in enumerate(paths):
            if words := _wrong(path, rule.get("target") or {}):
                yield f"{place}/paths/{index}", words


def _wrong(path: str, target: Mapping[str, Any]) -> str:
    try:
        steps = places.read(path)
    except ValueError as error:
        return str(error)
    names = tuple(step.text if isinstance(step, Token) else "" for step in steps)
    if not names:
        return "means the whole object; right would be a field of it"
    if names in _IDENTITY:
        return f"{path} tells which object it is and cannot be ignored"
    kind, group = target.get("kind"), target.get("group")
    if not kind or group is None:
        return ""
    known = accepted()
    versions = known.versions(group, kind)
    root = known.type_of(group, versions[-1], kind) if versions else None
    if root is not None and _is_required(root, names):
        return f"{path} is required: no {kind} could be applied without it"
    return ""


def _is_required(node: Node, names: Sequence[str]) -> bool:
    """Whether what stands at the end of the path must be there, by the schema."""
    keys: tuple[str, ...] = ()
    for name in names[:-1]:
        keys = node.map_keys
        below = node.items if node.kind_of_value == "list" else node.field(name)
        if below is None:
            return False
        node = below
    return names[-1] in (*node.required, *keys)
