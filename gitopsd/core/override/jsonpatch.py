"""The one place where overriders edit: each change is a JSON patch on a body.

Comes in: a body and the operations that an overrider asks for. Goes out: a new body that shares
what was not touched. `Refusal` says which overrider of a rule could not be applied, and why.
"""

from collections.abc import Iterable
from typing import Any, Protocol

from gitopsd.kube import patch
from gitopsd.kube.body import Body
from gitopsd.kube.patch import Operation, PatchError


class Refusal(ValueError):
    """An overrider does not fit the object; `pointer` is its place in the rule's `overriders`."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.message = message


class Change(Protocol):
    """What the overriders for plain text and for fields have in common."""

    @property
    def operator(self) -> str: ...

    @property
    def value(self) -> Any: ...


def operation(change: Change, path: str) -> Operation:
    """The patch operation that an overrider describes."""
    return Operation(change.operator, path, change.value)


def edited(value: Any, operations: Iterable[Operation], pointer: str) -> Any:
    """The value after the operations, all or none; raises Refusal where one does not apply."""
    try:
        return patch.apply(value, operations)
    except PatchError as error:
        raise Refusal(pointer, str(error)) from None


def replaced(body: Body, path: tuple[str | int, ...], value: Any) -> Body:
    """The body with what stands at the path replaced; raises KeyError where nothing does."""
    changed: Body = _replaced(body, path, value)
    return changed


def _replaced(place: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    first, rest = path[0], path[1:]
    below = _replaced(place[first], rest, value)
    if isinstance(first, int):
        return [*place[:first], below, *place[first + 1 :]]
    return {**place, first: below}
