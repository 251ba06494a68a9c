"""In which fields two states of an object differ, when both went through the same API server.

Comes in: the live object, and what a dry run of an apply would make of it. Goes out: pointers.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gitopsd.kube import pointer
from gitopsd.kube.body import Body

_SERVERS_OWN = frozenset(
    {"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"}
)


def differing(one: Body, other: Body) -> tuple[str, ...]:
    """Pointers to what differs, in order; lists of different lengths differ as a whole.

    A status, and what only a server writes, do not count.
    """
    places = _differing(_comparable(one), _comparable(other), ())
    return tuple(pointer.join(place) for place in places)


def _comparable(body: Body) -> Body:
    metadata = body.get("metadata")
    kept = metadata if isinstance(metadata, Mapping) else {}
    own = {name: each for name, each in kept.items() if name not in _SERVERS_OWN}
    return {**{name: each for name, each in body.items() if name != "status"}, "metadata": own}


def _differing(one: Any, other: Any, place: tuple[str | int, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted({*one, *other}):
            yield from _differing(one.get(name), other.get(name), (*place, name))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _differing(left, right, (*place, index))
    elif one != other:
        yield place
