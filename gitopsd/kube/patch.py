"""JSON patch (RFC 6902) and JSON merge patch (RFC 7386), each giving a new value.

Comes in: a value and a patch. Goes out: the patched value, which shares all that was not touched
with the old one; the old one stays as it was. Follows the library that API servers and Karmada
use (github.com/evanphx/json-patch/v5), which is laxer than the RFC: a negative index counts from
the end, a missing `value` is null, and whatever stands before the first slash of a path is ignored.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from gitopsd.kube.pointer import index, unescape

_Leaf = Callable[[Any, str], Any]


class PatchError(ValueError):
    """A patch that cannot be applied; the message says which place is wrong."""


class Operation(NamedTuple):
    """One step of a JSON patch; `source` is what the RFC calls `from`."""

    op: str
    path: str
    value: Any = None
    source: str = ""


def read(patch: Any) -> tuple[Operation, ...]:
    """The operations of a decoded JSON patch document; raises PatchError for anything else."""
    if not isinstance(patch, (list, tuple)):
        raise PatchError("a JSON patch is a list of operations")
    return tuple(_operation(each) for each in patch)


def apply(value: Any, operations: Iterable[Operation]) -> Any:
    """The value after all operations, in order, all of them or none.

    Raises PatchError at the first one that does not apply. No operations: the very same value.
    """
    for operation in operations:
        step = _STEPS.get(operation.op)
        if step is None:
            raise PatchError(f"unknown operation {operation.op!r}")
        value = step(value, operation)
    return value


def merge(value: Any, patch: Any) -> Any:
    """The value after a merge patch: null removes, mappings go in deep, all else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(value) if isinstance(value, Mapping) else {}
    for key, change in patch.items():
        if change is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), change)
    return merged


def _operation(given: Any) -> Operation:
    if not isinstance(given, Mapping) or not isinstance(given.get("path"), str):
        raise PatchError("an operation is a mapping with op and path")
    op, source = given.get("op"), given.get("from", "")
    if not isinstance(op, str) or not isinstance(source, str):
        raise PatchError("op and from are strings")
    return Operation(op, given["path"], given.get("value"), source)


def _add(value: Any, operation: Operation) -> Any:
    if not operation.path:
        return _document(operation)
    return _edited(value, operation.path, lambda place, key: _added(place, key, operation.value))


def _replace(value: Any, operation: Operation) -> Any:
    if not operation.path:
        return _document(operation)
    return _edited(value, operation.path, lambda place, key: _replaced(place, key, operation.value))


def _remove(value: Any, operation: Operation) -> Any:
    return _edited(value, operation.path, _removed)


def _move(value: Any, operation: Operation) -> Any:
    moved = _get(value, operation.source)
    return _edited(
        _edited(value, operation.source, _removed),
        operation.path,
        lambda place, key: _added(place, key, moved),
    )


def _copy(value: Any, operation: Operation) -> Any:
    copied = _get(value, operation.source)
    return _edited(value, operation.path, lambda place, key: _added(place, key, copied))


def _test(value: Any, operation: Operation) -> Any:
    try:
        found = _get(value, operation.path) if operation.path else value
    except PatchError:
        if operation.value is not None:
            raise
        found = None
    if not _same(found, operation.value):
        raise PatchError(f"{operation.path}: test failed")
    return value


_STEPS: Mapping[str, Callable[[Any, Operation], Any]] = {
    "add": _add,
    "replace": _replace,
    "remove": _remove,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


def _document(operation: Operation) -> Any:
    """A whole new document; the library knows mappings and lists alone."""
    if not isinstance(operation.value, (Mapping, list, tuple)):
        raise PatchError(f"{operation.op} of the whole needs a mapping or a list")
    return operation.value


def _tokens(path: str) -> list[str]:
    _, slash, rest = path.partition("/")
    if not slash:
        raise PatchError(f"{path!r} is no JSON pointer: it does not start with /")
    return [unescape(token) for token in rest.split("/")]


def _edited(value: Any, path: str, leaf: _Leaf) -> Any:
    try:
        return _along(value, _tokens(path), leaf)
    except PatchError as error:
        raise PatchError(f"{path}: {error}") from None


def _along(place: Any, tokens: list[str], leaf: _Leaf) -> Any:
    """A copy of each container on the way, with the last one as `leaf` makes it."""
    first, rest = tokens[0], tokens[1:]
    if not rest:
        return leaf(place, first)
    if isinstance(place, Mapping):
        if first not in place:
            raise PatchError(f"there is no {first!r}")
        return {**place, first: _along(place[first], rest, leaf)}
    if isinstance(place, (list, tuple)):
        at = _at(first, len(place))
        return [*place[:at], _along(place[at], rest, leaf), *place[at + 1 :]]
    raise PatchError(f"{first!r} has nothing to stand in")


def _get(value: Any, path: str) -> Any:
    for token in _tokens(path):
        if isinstance(value, Mapping):
            if token not in value:
                raise PatchError(f"{path}: there is no {token!r}")
            value = value[token]
        elif isinstance(value, (list, tuple)):
            value = value[_at(token, len(value))]
        else:
            raise PatchError(f"{path}: {token!r} has nothing to stand in")
    return value


def _added(place: Any, key: str, value: Any) -> Any:
    if isinstance(place, Mapping):
        return {**place, key: value}
    if isinstance(place, (list, tuple)):
        at = len(place) if key == "-" else _at(key, len(place) + 1)
        return [*place[:at], value, *place[at:]]
    raise PatchError("the parent is no mapping or list")


def _replaced(place: Any, key: str, value: Any) -> Any:
    if isinstance(place, Mapping):
        if key not in place:
            raise PatchError("there is nothing to replace")
        return {**place, key: value}
    if isinstance(place, (list, tuple)):
        at = _at(key, len(place))
        return [*place[:at], value, *place[at + 1 :]]
    raise PatchError("the parent is no mapping or list")


def _removed(place: Any, key: str) -> Any:
    if isinstance(place, Mapping):
        if key not in place:
            raise PatchError("there is nothing to remove")
        return {name: value for name, value in place.items() if name != key}
    if isinstance(place, (list, tuple)):
        at = _at(key, len(place))
        return [*place[:at], *place[at + 1 :]]
    raise PatchError("the parent is no mapping or list")


def _at(token: str, length: int) -> int:
    """The place that a token names in a list of this length, counted from 0."""
    number = index(token)
    if number is None:
        raise PatchError(f"{token!r} is no index")
    if not -length <= number < length:
        raise PatchError(f"index {token} is out of range: the list has {length}")
    return number + length if number < 0 else number


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 is 1.0, but true is not 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
