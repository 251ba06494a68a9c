"""Which wanted fields of a live object are no longer ours, told by its managedFields alone.

Comes in: the live object, our field manager and the wanted body. Goes out: the fields that our
apply left its name on, and JSON pointers to what differs. Needs neither schema nor the live
values: whoever changes a field takes it from us. Stands alone because no request is made for it;
for what cannot be known this way there is a dry run.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from gitopsd.kube import pointer, wire
from gitopsd.kube.body import Body, dig
from gitopsd.kube.fields import LEAF, SELF, Tree, is_tree, owned_by, text
from gitopsd.model.resource import split_api_version

Tokens: TypeAlias = tuple[str | int, ...]

_FIELD, _KEYED, _VALUE, _INDEX = "f:", "k:", "v:", "i:"
_IDENTITY = frozenset(
    {("apiVersion",), ("kind",)}
    | {
        ("metadata", name)
        for name in (
            "name",
            "namespace",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "selfLink",
            "managedFields",
        )
    }
)


def owned(body: Body, manager: str) -> bytes | None:
    """The fields that this manager owns by apply, as canonical JSON; None where it owns none.

    What it wrote through a subresource does not count, and neither does what is no set of fields.
    """
    managed = dig(body, "metadata", "managedFields", default=())
    listed = [
        each
        for each in managed
        if isinstance(each, Mapping) and is_tree(each.get("fieldsV1") or LEAF)
    ]
    tree = owned_by(listed, manager)
    return wire.encode(tree) if tree else None


def applied_as(body: Body, manager: str) -> str | None:
    """The API group as whose object this manager applied it; None where it owns nothing of it."""
    for each in dig(body, "metadata", "managedFields", default=()):
        if isinstance(each, Mapping) and owned_by((each,), manager):
            return split_api_version(dig(each, "apiVersion", default=""))[0]
    return None


def lost(desired: Body, fields: bytes) -> tuple[str, ...]:
    """JSON pointers to leaves of the desired body that we do not own, in the body's order.

    Null, and an empty mapping or list of which nothing is owned, count as absent; what identifies
    an object belongs to nobody.
    """
    return tuple(pointer.join(place) for place in _lost(desired, wire.decode(fields), ()))


def leaves(desired: Body) -> tuple[str, ...]:
    """JSON pointers to all that is written in the desired body, but for what identifies it."""
    return tuple(pointer.join(place) for place in _leaves(desired, ()))


def extra(desired: Body, fields: bytes) -> tuple[str, ...]:
    """Pointers to fields that we own and do not want any more, sorted.

    An item that the desired list lacks stands there by its key, as in `ports/[port=80]`.
    """
    return tuple(sorted(pointer.join(place) for place in _extra(desired, wire.decode(fields), ())))


def _lost(wanted: Any, ours: Tree, place: Tokens) -> Iterator[Tokens]:
    if not ours:
        return
    if isinstance(wanted, Mapping):
        for name, value in wanted.items():
            below = ours.get(f"{_FIELD}{name}")
            if below is None:
                yield from _leaves(value, (*place, name))
            else:
                yield from _lost(value, below, (*place, name))
    elif isinstance(wanted, Sequence) and not isinstance(wanted, str):
        found = matches(wanted, ours)
        for index, item in enumerate(wanted):
            if index in found:
                yield from _lost(item, ours[found[index]], (*place, index))
            else:
                yield from _leaves(item, (*place, index))
    elif wanted is not None and SELF not in ours:
        yield place


def _leaves(wanted: Any, place: Tokens) -> Iterator[Tokens]:
    """Where something is written at or below this place."""
    if wanted is None or place in _IDENTITY:
        return
    if isinstance(wanted, Mapping):
        for name, value in wanted.items():
            yield from _leaves(value, (*place, name))
    elif isinstance(wanted, Sequence) and not isinstance(wanted, str):
        for index, item in enumerate(wanted):
            yield from _leaves(item, (*place, index))
    else:
        yield place


def _extra(wanted: Any, ours: Tree, place: Tokens) -> Iterator[Tokens]:
    if isinstance(wanted, Mapping):
        taken = {f"{_FIELD}{name}": (value, name) for name, value in wanted.items()}
    elif isinstance(wanted, Sequence) and not isinstance(wanted, str):
        found = matches(wanted, ours)
        taken = {element: (wanted[index], index) for index, element in found.items()}
    else:
        taken = {}
    for element, below in ours.items():
        if element == SELF or (element in taken and not below):
            continue
        value, token = taken.get(element, (None, _token(element)))
        if value is None:
            yield from _owned_leaves(below, (*place, token))
        else:
            yield from _extra(value, below, (*place, token))


def _owned_leaves(ours: Tree, place: Tokens) -> Iterator[Tokens]:
    """What is owned at or below; an item of a list is named as one, not field by field."""
    below = [element for element in ours if element != SELF]
    if not below or SELF in ours:
        yield place
        return
    for element in below:
        yield from _owned_leaves(ours[element], (*place, _token(element)))


def matches(wanted: Sequence[Any], ours: Tree) -> Mapping[int, str]:
    """Which element of a tree each item is, by index; no element is given to two items.

    Items that write all keys choose first: the keys that others leave out were defaulted.
    """
    free = {element: _read(element) for element in ours if element != SELF}
    found: dict[int, str] = {}
    for choose in (_is_exactly, _agrees):
        for index, item in enumerate(wanted):
            if index in found:
                continue
            for element, (kind, said) in free.items():
                if choose(kind, said, item, index):
                    found[index] = element
                    del free[element]
                    break
    return found


def _read(element: str) -> tuple[str, Any]:
    return element[:2], element[2:] if element[:2] == _FIELD else wire.decode(element[2:])


def _is_exactly(kind: str, said: Any, item: Any, index: int) -> bool:
    if kind == _KEYED:
        return isinstance(item, Mapping) and all(
            name in item and _same(value, item[name]) for name, value in said.items()
        )
    if kind == _VALUE:
        return _same(said, item)
    return kind == _INDEX and _same(said, index)


def _agrees(kind: str, said: Any, item: Any, _: int) -> bool:
    if kind != _KEYED or not isinstance(item, Mapping):
        return False
    written = [name for name in said if item.get(name) is not None]
    return bool(written) and all(_same(said[name], item[name]) for name in written)


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 and 1.0 are one number, true is none."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _token(element: str) -> str:
    return element[2:] if element[:2] == _FIELD else text((element,))
