"""What a script returned as what it meant: Lua has one table for empty lists and empty mappings.

Comes in: values with `[]` for every empty table. Goes out: values as Karmada reads them. Where the
script was given an object, an empty field is what it was there; elsewhere it was never meant. See
karmada-io/karmada pkg/resourceinterpreter/customized/declarative/luavm/lua_convert.go.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# A field, whatever place in a list the object has that it is a field of.
_Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Empties:
    """Fields that are empty in an object: which hold a mapping and which a list."""

    mappings: frozenset[_Path] = frozenset()
    lists: frozenset[_Path] = frozenset()


def empties(*bodies: Any) -> Empties:
    """The empty fields of these objects together."""
    found = [each for body in bodies for each in _empty(body, ())]
    return Empties(
        frozenset(path for path, value in found if isinstance(value, Mapping)),
        frozenset(path for path, value in found if not isinstance(value, Mapping)),
    )


def restored(value: Any, known: Empties = Empties()) -> Any:
    """The value with its empty tables as they were in what is known, and without all others.

    The value itself may be empty: it stays a list.
    """
    return _restored(value, (), known)


def _empty(value: Any, path: _Path) -> Iterator[tuple[_Path, Any]]:
    if isinstance(value, Mapping):
        inner = [((*path, key), each) for key, each in value.items()]
    elif isinstance(value, (list, tuple)):
        inner = [(path, each) for each in value]
    else:
        return
    for place, each in inner:
        if isinstance(each, (Mapping, list, tuple)) and not each:
            yield place, each
        else:
            yield from _empty(each, place)


def _restored(value: Any, path: _Path, known: Empties) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _kept(each, (*path, key), known)
            for key, each in value.items()
            if each != [] or _is_known((*path, key), known)
        }
    if isinstance(value, list):
        return [_kept(each, path, known) for each in value if each != [] or _is_known(path, known)]
    return value


def _kept(value: Any, path: _Path, known: Empties) -> Any:
    if value == []:
        return {} if path in known.mappings else []
    return _restored(value, path, known)


def _is_known(path: _Path, known: Empties) -> bool:
    return path in known.mappings or path in known.lists
