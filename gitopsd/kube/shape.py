"""Shapes: what a type says about merging, and no more.

Comes in: a Node of a schema. Goes out: `Shape` values that server-side apply and strategic merge
walk beside a body. Stands alone because a schema is read once and walked a million times: every
answer is a plain attribute, and what stands below is made on first use.
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gitopsd.kube.schemas import UNTYPED, Node


def _key_defaults(node: Node, keys: tuple[str, ...]) -> Mapping[str, Any]:
    found = {}
    for key in keys:
        below = node.items.field(key)
        if below is not None and below.default is not None:
            found[key] = below.default
    return found


class Shape:
    """One type. `fields` are its declared fields, `element` what maps and lists hold.

    `is_atomic`: owned and replaced as a whole. `keys`: a list whose items are told apart by these.
    `is_set`: a list of values that are there once. `is_open`: fields that are not declared are
    allowed. `json_type` of a leaf is empty where any scalar will do. `merge_key` and `strategy`
    are for strategic merge patches.
    """

    __slots__ = (
        "_element",
        "_fields",
        "_node",
        "is_atomic",
        "is_leaf",
        "is_list",
        "is_open",
        "is_set",
        "json_type",
        "key_defaults",
        "keys",
        "merge_key",
        "strategy",
    )

    def __init__(self, node: Node) -> None:
        kind = node.kind_of_value
        self._node = node
        self._fields: dict[str, Shape] | None = None
        self._element: Shape | None = None
        self.is_leaf = kind == "scalar"
        self.json_type = node.json_type if self.is_leaf else ""
        self.is_list = kind == "list"
        self.is_set = self.is_list and node.list_type == "set"
        is_keyed = self.is_list and node.list_type == "map"
        self.keys: tuple[str, ...] = tuple(sorted(node.map_keys)) if is_keyed else ()
        self.key_defaults: Mapping[str, Any] = _key_defaults(node, self.keys)
        self.is_open = kind in ("map", "untyped") or node.field("\0") is not None
        self.is_atomic = (
            not (is_keyed or self.is_set) if self.is_list else node.map_type == "atomic"
        )
        self.merge_key = node.patch_merge_key
        self.strategy = node.patch_strategy

    @property
    def fields(self) -> "Mapping[str, Shape]":
        """The declared fields by name."""
        if self._fields is None:
            below = {name: self._node.field(name) for name in self._node.fields}
            self._fields = {name: Shape(node) for name, node in below.items() if node is not None}
        return self._fields

    @property
    def element(self) -> "Shape":
        """What items of a list, or entries that are not declared fields, look like."""
        if self._element is None:
            kind = self._node.kind_of_value
            if kind == "list":
                self._element = Shape(self._node.items)
            else:
                self._element = Shape(self._node.values) if kind == "map" else ANY
        return self._element

    def accepts(self, value: Any) -> bool:
        """Whether a value is of this sort, itself, not what stands in it; null always is."""
        if value is None or self is ANY:
            return True
        if self.is_leaf:
            return not isinstance(value, (Mapping, list)) and self._accepts_scalar(value)
        return isinstance(value, list if self.is_list else Mapping) or not self._is_declared

    def _accepts_scalar(self, value: Any) -> bool:
        if self.json_type == "string":
            return isinstance(value, str)
        if self.json_type == "boolean":
            return isinstance(value, bool)
        if self.json_type == "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        return True

    @property
    def _is_declared(self) -> bool:
        return self._node.kind_of_value != "untyped"

    @property
    def go_type(self) -> str:
        """What messages call the type."""
        if self.json_type == "integer":
            return self._node.format or "int64"
        return {"string": "string", "boolean": "bool"}.get(self.json_type, "map[string]string")

    def field(self, name: str) -> "Shape":
        """The type of a field or entry; ANY where nothing is declared."""
        return self.fields.get(name) or self.element


# Nothing is known: mappings go field by field, lists as a whole.
ANY = Shape(UNTYPED)
ANY._element = ANY


@lru_cache(maxsize=4096)
def shape_of(node: Node | None) -> Shape:
    """The shape of a type, made once for each Node; ANY for None."""
    return ANY if node is None else Shape(node)
