"""FieldsV1: which fields of an object somebody owns, as `metadata.managedFields` writes it.

Comes in: trees such as `{"f:spec": {"f:replicas": {}}}`, and bodies. Goes out: trees and paths.
A tree is the set itself, in the very form that stands in the object: `f:name` is a
field, `k:{…}` an item of a keyed list, `v:…` a value of a set, `.` the thing itself where
something below it is named too, and an empty mapping ends a path. Trees are never changed in place.
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management and
`sigs.k8s.io/structured-merge-diff fieldpath/set.go`, whose operations these are.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from gitopsd.kube.body import Body

Tree: TypeAlias = Mapping[str, Any]
Path: TypeAlias = tuple[str, ...]

LEAF: Tree = {}
SELF = "."
# Schemas within a CustomResourceDefinition are the deepest, two steps for a level of theirs.
_MOST_LEVELS = 200

# What every object carries and nobody owns.
_UNOWNED = {
    "f:apiVersion": LEAF,
    "f:kind": LEAF,
    "f:metadata": {
        f"f:{name}": LEAF
        for name in (
            "name",
            "namespace",
            "creationTimestamp",
            "selfLink",
            "uid",
            "generation",
            "managedFields",
            "resourceVersion",
        )
    },
}


def owned_by(managed: Iterable[Body], manager: str, operation: str = "Apply") -> Tree:
    """What a manager owns by this operation through the main resource; empty for nothing."""
    found: Tree = LEAF
    for entry in managed:
        if (
            entry.get("manager") == manager
            and entry.get("operation") == operation
            and not entry.get("subresource")
        ):
            found = union(found, entry.get("fieldsV1") or LEAF)
    return found


def is_tree(value: Any, levels: int = _MOST_LEVELS) -> bool:
    """Whether a value of any kind is the tree of a set of fields, and not too deep for one."""
    return (
        isinstance(value, Mapping)
        and levels > 0
        and all(_is_element(each) and is_tree(value[each], levels - 1) for each in value)
    )


@lru_cache(maxsize=65536)
def _is_element(element: str) -> bool:
    kind = element[:2]
    if kind == "f:" or element == SELF:
        return True
    try:
        said = json.loads(element[2:])
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) if kind == "k:" else kind in ("v:", "i:")


def stripped(tree: Tree) -> Tree:
    """The tree without what nobody can own: kind, name, versions and the like."""
    kept = recursive_difference(tree, _UNOWNED)
    metadata = kept.get("f:metadata")
    if metadata is None or not is_member(metadata):
        return kept
    below = {element: each for element, each in metadata.items() if element != SELF}
    rest = {element: each for element, each in kept.items() if element != "f:metadata"}
    return {"f:metadata": below, **rest} if below else rest


def is_member(node: Tree) -> bool:
    """Whether the place itself belongs to the set, not only something below it."""
    return not node or SELF in node


def union(one: Tree, other: Tree) -> Tree:
    """What is in either set."""
    if not one:
        return other
    if not other:
        return one
    return _union(one, other)


def difference(one: Tree, other: Tree) -> Tree:
    """What is in the first set alone, each path for itself."""
    return _difference(one, other) or LEAF if one and other else one


def recursive_difference(one: Tree, other: Tree) -> Tree:
    """What is in the first set and not at or below any path of the other."""
    return _recursive_difference(one, other) or LEAF if one and other else one


def intersection(one: Tree, other: Tree) -> Tree:
    """What is in both sets."""
    return _intersection(one, other) or LEAF if one and other else LEAF


def paths(tree: Tree) -> frozenset[Path]:
    """Every path of the set."""
    return frozenset(_paths(tree, ()))


def leaves(tree: Tree) -> Iterator[Path]:
    """Every path of the set with nothing below it, in order of the tree."""
    for element, below in tree.items():
        if element == SELF:
            continue
        if not below or below.keys() == {SELF}:
            yield (element,)
        else:
            for rest in leaves(below):
                yield (element, *rest)


def tree_of(places: Iterable[Path]) -> Tree:
    """The tree of these paths; the opposite of `paths`."""
    root: dict[str, Any] = {}
    for path in sorted(places):
        node, parent = root, None
        for element in path:
            if parent is not None and not node:
                node[SELF] = LEAF
            parent, node = node, node.setdefault(element, {})
    return root


def text(path: Path) -> str:
    """A path as API servers write it: `.spec.containers[name="web"].image`."""
    return "".join(map(_element_text, path))


def item_key(names: tuple[str, ...], item: Any, defaults: Mapping[str, Any]) -> str | None:
    """The element of an item of a keyed list; None for an item that lacks its keys."""
    if not isinstance(item, Mapping):
        return None
    if len(names) == 1:
        value = item.get(names[0], defaults.get(names[0]))
        return None if value is None else _single_key(names[0], value, type(value).__name__)
    values = {}
    for name in names:
        value = item.get(name, defaults.get(name))
        if value is not None:
            values[name] = value
    return _key(tuple(values.items())) if values else None


def value_key(value: Any) -> str:
    """The element of a value of a set."""
    return "v:" + json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _union(one: Tree, other: Tree) -> Tree:
    if one is other:
        return one
    if not one:
        return other if is_member(other) else {SELF: LEAF, **other}
    if not other:
        return one if SELF in one else {SELF: LEAF, **one}
    out = dict(one)
    for element, below in other.items():
        mine = out.get(element)
        out[element] = below if mine is None else _union(mine, below)
    return out


def _difference(one: Tree, other: Tree) -> Tree | None:
    if one is other:
        return None
    out: dict[str, Any] = {SELF: LEAF} if is_member(one) and not is_member(other) else {}
    is_in = bool(out)
    for element, below in one.items():
        if element == SELF:
            continue
        theirs = other.get(element)
        kept = below if theirs is None else _difference(below, theirs)
        if kept is not None:
            out[element] = kept
    return _node(out, is_in)


def _recursive_difference(one: Tree, other: Tree) -> Tree | None:
    out: dict[str, Any] = {SELF: LEAF} if is_member(one) else {}
    is_in = bool(out)
    for element, below in one.items():
        if element == SELF:
            continue
        theirs = other.get(element)
        if theirs is None:
            out[element] = below
        elif not is_member(theirs):
            kept = _recursive_difference(below, theirs)
            if kept is not None:
                out[element] = kept
    return _node(out, is_in)


def _intersection(one: Tree, other: Tree) -> Tree | None:
    out: dict[str, Any] = {SELF: LEAF} if is_member(one) and is_member(other) else {}
    is_in = bool(out)
    for element, below in one.items():
        theirs = None if element == SELF else other.get(element)
        if theirs is not None:
            both = _intersection(below, theirs)
            if both is not None:
                out[element] = both
    return _node(out, is_in)


def _node(out: dict[str, Any], is_in: bool) -> Tree | None:
    """A node in its shortest form; None where nothing is left."""
    if is_in:
        return LEAF if len(out) == 1 else out
    return out or None


def _paths(tree: Tree, path: Path) -> Iterator[Path]:
    for element, below in tree.items():
        if element != SELF:
            if is_member(below):
                yield (*path, element)
            yield from _paths(below, (*path, element))


@lru_cache(maxsize=65536)
def _element_text(element: str) -> str:
    kind, rest = element[:2], element[2:]
    if kind == "k:":
        keys = json.loads(rest)
        inner = ",".join(f"{name}={_go(keys[name])}" for name in sorted(keys))
        return f"[{inner}]"
    if kind == "v:":
        return f"[={_go(json.loads(rest))}]"
    return f"[{rest}]" if kind == "i:" else f".{rest}"


def _go(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


@lru_cache(maxsize=65536)
def _single_key(name: str, value: Any, _: str) -> str:
    return "k:" + json.dumps({name: value}, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=65536)
def _key(items: tuple[tuple[str, Any], ...]) -> str:
    keys = dict(sorted(items))
    return "k:" + json.dumps(keys, ensure_ascii=False, separators=(",", ":"))
