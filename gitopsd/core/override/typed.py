"""Whether an edited object can still be read as what its kind says.

Comes in: a body that was edited freely. Goes out: its first field with a value of another type, in
words. Some steps read the whole object and refuse it then, as in Karmada: image overrides without
a predicate, and taking generated labels out of a Job. Kinds are known by name, of whatever group.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from gitopsd.kube.body import Body
from gitopsd.kube.pointer import escape
from gitopsd.kube.quantity import parse
from gitopsd.kube.schemas import Node, bundled

_KINDS = {
    "Pod": ("", "v1"),
    "ReplicaSet": ("apps", "v1"),
    "Deployment": ("apps", "v1"),
    "DaemonSet": ("apps", "v1"),
    "StatefulSet": ("apps", "v1"),
    "Job": ("batch", "v1"),
}


def mistake(body: Body) -> str:
    """The first field of a wrong type, as `/pointer is …`; empty where all is well.

    Unknown fields and nulls are well; so is every object of a kind without a pod template.
    """
    name = str(body.get("kind"))
    if name not in _KINDS:
        return ""
    node = bundled().type_of(*_KINDS[name], name)
    return _mistake(body, node, "") if node else ""


def _mistake(value: Any, node: Node, pointer: str) -> str:
    if value is None:
        return ""
    kind = node.kind_of_value
    if kind == "scalar":
        return "" if _FORMATS.get(node.format, _by_type)(value, node) else _said(value, pointer)
    if kind == "list":
        if not isinstance(value, list):
            return _said(value, pointer)
        found = (_mistake(each, node.items, f"{pointer}/{n}") for n, each in enumerate(value))
        return next(filter(None, found), "")
    if kind == "untyped":
        return ""
    if not isinstance(value, Mapping):
        return _said(value, pointer)
    below = ((key, each, node.field(key)) for key, each in value.items())
    found = (
        _mistake(each, child, f"{pointer}/{escape(key)}") for key, each, child in below if child
    )
    return next(filter(None, found), "")


def _said(value: Any, pointer: str) -> str:
    names = {dict: "a mapping", list: "a list", str: "a string", bool: "true or false"}
    return f"{pointer} is {names.get(type(value), 'a number')} of the wrong sort"


def _by_type(value: Any, node: Node) -> bool:
    if node.json_type == "integer":
        return _is_number(value) and value == int(value)
    if node.json_type == "number":
        return _is_number(value)
    return isinstance(value, bool if node.json_type == "boolean" else str)


def _is_quantity(value: Any, node: Node) -> bool:
    try:
        parse(value)
    except (ValueError, TypeError):
        return False
    return True


def _is_integer_or_string(value: Any, node: Node) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def _is_time(value: Any, node: Node) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (ValueError, TypeError):
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_FORMATS: Mapping[str, Callable[[Any, Node], bool]] = {
    "quantity": _is_quantity,
    "int-or-string": _is_integer_or_string,
    "date-time": _is_time,
}
