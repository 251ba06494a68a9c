"""A schema to walk, with all that merging as an API server does asks of it.

Comes in: the schema of a kind. Goes out: a Node for each place in it. Walk from the root::

    node = schemas.bundled().type_of("apps", "v1", "Deployment")
    node.field("spec").field("template").field("spec").field("containers")  # a list
        .list_type            # "map": "atomic" (the default), "set" or "map"
        .map_keys             # ("name",): the fields that tell items of a "map" list apart
        .patch_strategy       # "merge", "replace", "retainKeys", "merge,retainKeys" or ""
        .patch_merge_key      # "name" or ""
        .items                # the Node of an item
    node.field("metadata").field("labels")  # a map
        .map_type             # "granular" (the default) or "atomic"
        .values               # the Node of a value

`field(name)` answers for a mapping of either sort: a declared field, else a value of a map, else
`UNTYPED` where unknown fields are kept, else None: there is no such field. Below `UNTYPED` (and a
list without items, an object that declares nothing) everything is `UNTYPED`: mappings merge field
by field, lists are atomic. `default` is the default of a field (only those of list keys are known
for native kinds: `protocol: TCP`), None where there is none; `kind_of_value` is one of "object",
"map", "list", "scalar", "untyped". Nodes are made once, so they may be compared by identity.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

REF = "#/$defs/"


class Node:
    """One place of a schema; how to walk it stands at the top of this file."""

    __slots__ = ("_definitions", "_made", "_raw")

    def __init__(self, raw: Mapping[str, Any], definitions: Mapping[str, Any]) -> None:
        self._raw = raw
        self._definitions = definitions
        self._made: dict[str, Node | None] = {}

    @property
    def kind_of_value(self) -> Literal["object", "map", "list", "scalar", "untyped"]:
        type_ = self._raw.get("type")
        if self._raw.get("properties"):
            return "object"
        if isinstance(self._raw.get("additionalProperties"), Mapping):
            return "map"
        if type_ == "array" and "items" in self._raw:
            return "list"
        if type_ in (None, "object", "array"):
            return "untyped"
        return "scalar"

    @property
    def list_type(self) -> Literal["atomic", "set", "map"]:
        found: Literal["atomic", "set", "map"] = self._raw.get("x-kubernetes-list-type", "atomic")
        return found

    @property
    def map_keys(self) -> tuple[str, ...]:
        return tuple(self._raw.get("x-kubernetes-list-map-keys", ()))

    @property
    def map_type(self) -> Literal["granular", "atomic"]:
        found: Literal["granular", "atomic"] = self._raw.get("x-kubernetes-map-type", "granular")
        return found

    @property
    def patch_strategy(self) -> str:
        found: str = self._raw.get("x-kubernetes-patch-strategy", "")
        return found

    @property
    def patch_merge_key(self) -> str:
        found: str = self._raw.get("x-kubernetes-patch-merge-key", "")
        return found

    @property
    def default(self) -> Any:
        return self._raw.get("default")

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(self._raw.get("required", ()))

    @property
    def format(self) -> str:
        """`quantity`, `int-or-string`, `int32`, `byte`, `date-time`, … or empty."""
        found: str = self._raw.get("format", "")
        return found

    @property
    def json_type(self) -> str:
        """`string`, `integer`, `number`, `boolean`, `object`, `array`, or empty for any."""
        found = self._raw.get("type", "")
        return found if isinstance(found, str) else ""

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the declared fields, sorted."""
        return tuple(sorted(self._raw.get("properties", ())))

    @property
    def items(self) -> "Node":
        """The Node of an item of a list."""
        return self._child("[]", self._raw.get("items")) or UNTYPED

    @property
    def values(self) -> "Node":
        """The Node of a value of a map."""
        return self._child("{}", self._raw.get("additionalProperties")) or UNTYPED

    def field(self, name: str) -> "Node | None":
        """What stands under a name; None where the schema knows no such field."""
        declared = self._raw.get("properties")
        if declared and name in declared:
            return self._child(f".{name}", declared[name])
        if isinstance(self._raw.get("additionalProperties"), Mapping):
            return self.values
        is_closed = declared and self._raw.get("additionalProperties", False) is False
        return None if is_closed else UNTYPED

    def fields_at(self, path: Iterable[str | int]) -> tuple[str, ...]:
        """Names of the declared fields at a path below; empty where none are declared."""
        node = self
        for step in path:
            below = node.items if isinstance(step, int) else node.field(step)
            if below is None:
                return ()
            node = below
        return node.fields

    def _child(self, key: str, raw: Any) -> "Node | None":
        if not isinstance(raw, Mapping):
            return None
        if key not in self._made:
            self._made[key] = node_of(raw, self._definitions)
        return self._made[key]


UNTYPED = Node({}, {})


def node_of(raw: Mapping[str, Any], definitions: Mapping[str, Any]) -> Node:
    """The Node of a schema; what stands beside a reference is laid over what it refers to."""
    if "$ref" not in raw:
        return Node(raw, definitions)
    referred = definitions.get(raw["$ref"].removeprefix(REF), {})
    beside = {key: value for key, value in raw.items() if key != "$ref"}
    return Node({**referred, **beside}, definitions)
