"""Items that stand twice where a list tells its items apart by keys.

Comes in: a body that fits its schema, and the schema. Goes out: each item that repeats the keys of
one before it. An API server takes such a list in a create and refuses it in an apply, without
saying where. Only places that lead to such a list are looked at.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gitopsd.kube.node import Node

_DEEPEST = 12

_memo: dict[Node, Mapping[str, Node]] = {}


def twice(node: Node, body: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """JSON pointer and words of every such item, in the order of the body's schema."""
    if isinstance(body, list):
        yield from _repeated(node, body, at)
        if _leading(node.items):
            for number, item in enumerate(body):
                yield from twice(node.items, item, f"{at}/{number}")
    elif isinstance(body, Mapping):
        for name, below in _leading(node).items():
            if name in body:
                yield from twice(below, body[name], f"{at}/{name}")


def _repeated(node: Node, items: list[Any], at: str) -> Iterator[tuple[str, str]]:
    if node.list_type == "atomic":
        return
    seen: set[tuple[Any, ...]] = set()
    for number, item in enumerate(items):
        key = _key(node, item)
        if key is None:
            continue
        if key in seen:
            yield f"{at}/{number}", _words(node)
        seen.add(key)


def _key(node: Node, item: Any) -> tuple[Any, ...] | None:
    """What tells an item apart; None where it is not whole."""
    if node.list_type == "set":
        return None if isinstance(item, list | dict) else (type(item), item)
    if not isinstance(item, Mapping):
        return None
    key = tuple(item.get(name, _default(node, name)) for name in node.map_keys)
    return None if any(isinstance(each, list | dict) for each in key) else key


def _default(node: Node, name: str) -> Any:
    field = node.items.field(name)
    return field.default if field else None


def _words(node: Node) -> str:
    if node.list_type == "set":
        return "stands twice in this list"
    return f"has the same {' and '.join(node.map_keys)} as an item before it"


def _leading(node: Node) -> Mapping[str, Node]:
    """The fields that lead to a list with keys; empty for most places."""
    found = _memo.get(node)
    if found is None:
        fields = {name: node.field(name) for name in node.fields}
        found = {name: below for name, below in fields.items() if below and _leads(below, _DEEPEST)}
        _memo[node] = found
    return found


def _leads(node: Node, depth: int) -> bool:
    if node.kind_of_value == "list":
        return node.list_type != "atomic" or _leads(node.items, depth)
    if node.kind_of_value != "object" or depth == 0:
        return False
    return any(
        below is not None and _leads(below, depth - 1) for below in map(node.field, node.fields)
    )
