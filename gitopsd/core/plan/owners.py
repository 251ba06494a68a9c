"""Who else owns a place of a live object, and how an API server would name the place.

Comes in: a wanted body, pointers into it, and the fields of other managers. Goes out: their names,
and where in the live object the place is. Stands alone because drift, conflicts and ignore rules
ask the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from gitopsd.core.plan.drift import matches
from gitopsd.kube import pointer, wire
from gitopsd.kube.body import Body, dig
from gitopsd.kube.fields import LEAF, SELF, Path, Tree, text, union

Others: TypeAlias = Mapping[str, Tree]


class Owned(NamedTuple):
    """A place of a wanted body, as servers write it, and who owns it instead of us, sorted."""

    place: str
    field: str
    managers: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.field} ({', '.join(self.managers) or 'nobody'})"


def others(body: Body, manager: str) -> bytes | None:
    """The fields of every other manager, as canonical JSON; None where there is no other.

    Who writes a status does not count.
    """
    found: dict[str, Tree] = {}
    for each in dig(body, "metadata", "managedFields", default=()):
        if not isinstance(each, Mapping) or each.get("subresource") == "status":
            continue
        name, tree = each.get("manager"), each.get("fieldsV1")
        if isinstance(name, str) and name != manager and isinstance(tree, Mapping) and tree:
            found[name] = union(found.get(name, LEAF), tree)
    return wire.encode(found) if found else None


def read(fields: bytes | None) -> Others:
    """What `others` wrote; empty for None."""
    found: Others = wire.decode(fields) if fields else {}
    return found


def owned(wanted: Body, places: Iterable[str], others: Others) -> tuple[Owned, ...]:
    """Each of these places with its other owners."""
    return tuple(_owned(wanted, place, others) for place in places)


def path_of(wanted: Body, place: str, tree: Tree) -> Path | None:
    """The elements that lead to a place of the wanted body; None where the tree does not own it.

    What is owned as a whole is owned at every place below; there the path ends at the whole.
    """
    if not tree:
        return None
    path: list[str] = []
    body: Any = wanted
    for token in pointer.split(place):
        if not tree:
            return tuple(path)
        step = _step(body, token, tree)
        if step is None:
            return None
        element, body = step
        path.append(element)
        tree = tree[element]
    return tuple(path) if not tree or SELF in tree or _has_below(body, tree) else None


def value_at(live: Any, path: Iterable[str]) -> Any:
    """What stands in a live object at a path of elements; None for nothing."""
    for element in path:
        live = next(_below(live, element), None)
    return live


def _owned(wanted: Body, place: str, others: Others) -> Owned:
    found = {name: path_of(wanted, place, tree) for name, tree in sorted(others.items())}
    managers = tuple(name for name, path in found.items() if path is not None)
    return Owned(place, _text(wanted, place), managers)


def _step(body: Any, token: str, tree: Tree) -> tuple[str, Any] | None:
    if isinstance(body, Mapping):
        element = f"f:{token}"
        return (element, body.get(token)) if element in tree else None
    if isinstance(body, list) and token.isdigit() and int(token) < len(body):
        found = matches(body, tree).get(int(token))
        return None if found is None else (found, body[int(token)])
    return None


def _has_below(body: Any, tree: Tree) -> bool:
    """Whether something of a wanted structure is owned, though not the structure itself."""
    return isinstance(body, (Mapping, list)) and bool(tree)


def _below(live: Any, element: str) -> Iterator[Any]:
    kind, rest = element[:2], element[2:]
    if kind == "f:":
        if isinstance(live, Mapping) and rest in live:
            yield live[rest]
    elif isinstance(live, list):
        said = wire.decode(rest.encode())
        for number, item in enumerate(live):
            if kind == "k:":
                is_it = isinstance(item, Mapping) and all(
                    item.get(name) == value for name, value in said.items()
                )
            else:
                is_it = said == (item if kind == "v:" else number)
            if is_it:
                yield item


def _text(wanted: Body, place: str) -> str:
    """The place in a server's words; an item goes by its name where it has one."""
    words, body = [], wanted
    for token in pointer.split(place):
        if isinstance(body, Mapping):
            words.append(text((f"f:{token}",)))
            body = body.get(token, {})
            continue
        item = body[int(token)]
        name = dig(item, "name")
        words.append(f'[name="{name}"]' if isinstance(name, str) else f"[{token}]")
        body = item
    return "".join(words) or "all fields"
