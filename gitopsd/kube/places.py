"""Places of a body as people write them: JSON pointers, JSONPath, and the words of API servers.

Comes in: `/spec/replicas`, `$.spec.containers[?(@.name=="web")].image`, `.metadata.labels['a.b/c']`
or `.spec.containers[name="web"].image`. Goes out: JSON pointers to what stands there. Stands alone
because annotations, ignore rules and refusals of servers all name fields.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from gitopsd.kube import pointer

_NAME = re.compile(r"\.((?:\\.|[^.\[\\])+)")
_QUOTED = re.compile(r"""\[(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\]""")
_INDEX = re.compile(r"\[(\d+)\]")
_ALL = re.compile(r"\[\*\]|\.\*(?=[.\[]|$)")
_FILTER = re.compile(r"\[\?\((.*?)\)\]")
_KEYED = re.compile(r"\[((?:[A-Za-z][\w-]*=(?:\"(?:\\.|[^\"\\])*\"|[^\",\]]+),?)+)\]")
_EQUAL = re.compile(r"""@\.([\w.-]+)\s*==?\s*(?:'([^']*)'|"([^"]*)"|([\w.+-]+))""")
_PAIR = re.compile(r"([A-Za-z][\w-]*)=(?:\"((?:\\.|[^\"\\])*)\"|([^\",\]]+))")


class Token(NamedTuple):
    """A token of a pointer: a field, or the number of an item."""

    text: str


class Every(NamedTuple):
    """Every field or item."""


class Item(NamedTuple):
    """The items that have these values, as text."""

    values: tuple[tuple[str, str], ...]


Step: TypeAlias = Token | Every | Item


@lru_cache(maxsize=4096)
def read(text: str) -> tuple[Step, ...]:
    """The steps of a path; raises ValueError, in words for users, where it is none.

    A pointer begins with a slash; any other is JSONPath, with or without `$` or braces around it.
    """
    text = text.strip()
    if text.startswith("/"):
        return tuple(map(Token, pointer.split(text)))
    rest = text[1:-1] if text.startswith("{") and text.endswith("}") else text
    rest = rest.removeprefix("$")
    if rest and rest[0] not in ".[":
        rest = f".{rest}"
    steps: list[Step] = []
    while rest:
        step, taken = _first(rest)
        if step is None:
            raise ValueError(f"{text!r} cannot be read at {rest!r}; right would be /a/b or .a.b")
        steps.append(step)
        rest = rest[taken:]
    if not steps:
        raise ValueError(f"{text!r} names no field; right would be /a/b or .a.b")
    return tuple(steps)


def find(body: Any, steps: Sequence[Step]) -> tuple[str, ...]:
    """Pointers to all that stands at this path of the body, in its order; none where nothing does.

    The items of a list are numbered as they are in this body.
    """
    return tuple(pointer.join(place) for place in _walked(body, steps, ()))


def named(body: Any, text: str) -> str | None:
    """The pointer to a field that an API server names; None where the body does not have it.

    Servers write names as they are, dots too: the longest name that the body has is meant.
    """
    place: list[str | int] = []
    while text:
        if text[0] == "[":
            match = _KEYED.match(text) or _INDEX.match(text)
            if match is None or not isinstance(body, (list, tuple)):
                break
            found = _numbered(body, match)
            if found is None:
                return None
            step: str | int = found
            body, text = body[found], text[match.end() :]
        else:
            name = _longest(body, text)
            if name is None:
                return None
            step, body, text = name, body[name], text[len(name) + 1 :]
        place.append(step)
    return pointer.join(place) if place else None


def covers(places: Iterable[str], place: str) -> bool:
    """Whether a place is one of these or stands below one."""
    return any(place == each or place.startswith(f"{each}/") for each in places)


def without(body: Any, places: Iterable[str]) -> Any:
    """The body lacking what stands at these pointers; what becomes empty by that goes too."""
    for place in sorted(places, key=_numerically, reverse=True):
        body = _lacking(body, pointer.split(place))
    return body


def laid(body: Any, place: str, value: Any) -> Any:
    """The body with this value at the pointer, which must lead to something that is there."""
    tokens = pointer.split(place)
    if not tokens:
        return value
    below = pointer.join(tokens[1:])
    if isinstance(body, Mapping):
        return {**body, tokens[0]: laid(body[tokens[0]], below, value)}
    number = int(tokens[0])
    return [laid(each, below, value) if n == number else each for n, each in enumerate(body)]


def _numerically(place: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(each) if each.isdigit() else -1, each) for each in pointer.split(place))


def _lacking(body: Any, tokens: Sequence[str]) -> Any:
    first, rest = tokens[0], tokens[1:]
    if isinstance(body, Mapping):
        if first not in body:
            return body
        below = _lacking(body[first], rest) if rest else None
        if rest and (below or below == body[first] or not _is_container(below)):
            return {**body, first: below}
        return {name: value for name, value in body.items() if name != first}
    number = pointer.index(first)
    if not isinstance(body, (list, tuple)) or number is None or number >= len(body):
        return body
    if not rest:
        return [each for n, each in enumerate(body) if n != number]
    return [_lacking(each, rest) if n == number else each for n, each in enumerate(body)]


def _is_container(value: Any) -> bool:
    return isinstance(value, (Mapping, list, tuple))


def _first(text: str) -> tuple[Step | None, int]:
    """The first step of what is left of a path, and how long it is."""
    if match := _ALL.match(text):
        return Every(), match.end()
    if match := _NAME.match(text):
        return Token(re.sub(r"\\(.)", r"\1", match[1])), match.end()
    if match := _QUOTED.match(text):
        quoted = match[1] if match[1] is not None else match[2]
        return Token(re.sub(r"\\(.)", r"\1", quoted)), match.end()
    if match := _INDEX.match(text):
        return Token(match[1]), match.end()
    if match := _FILTER.match(text):
        parts = [_EQUAL.fullmatch(each.strip()) for each in match[1].split("&&")]
        values = [(each[1], next(v for v in each.groups()[1:] if v is not None))
                  for each in parts if each]  # fmt: skip
        return (Item(tuple(values)) if all(parts) else None), match.end()
    if match := _KEYED.match(text):
        return Item(_pairs(match[1])), match.end()
    return None, 0


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, re.sub(r"\\(.)", r"\1", quoted) if quoted or not bare else bare)
        for name, quoted, bare in _PAIR.findall(text)
    )


def _walked(
    body: Any, steps: Sequence[Step], place: tuple[str | int, ...]
) -> Iterator[tuple[str | int, ...]]:
    if not steps:
        yield place
        return
    for token, below in _at(body, steps[0]):
        yield from _walked(below, steps[1:], (*place, token))


def _at(body: Any, step: Step) -> Iterator[tuple[str | int, Any]]:
    is_list = isinstance(body, (list, tuple))
    if not is_list and not isinstance(body, Mapping):
        return
    match step:
        case Token(text) if is_list:
            number = pointer.index(text)
            if number is not None and 0 <= number < len(body):
                yield number, body[number]
        case Token(text):
            if text in body:
                yield text, body[text]
        case Every():
            yield from enumerate(body) if is_list else body.items()
        case Item(values) if is_list:
            yield from ((n, each) for n, each in enumerate(body) if _has(each, values))


def _has(item: Any, values: Iterable[tuple[str, str]]) -> bool:
    return isinstance(item, Mapping) and all(_text(_deep(item, name)) == v for name, v in values)


def _deep(item: Mapping[str, Any], name: str) -> Any:
    if name in item:
        return item[name]
    first, _, rest = name.partition(".")
    below = item.get(first)
    return _deep(below, rest) if rest and isinstance(below, Mapping) else None


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else None


def _numbered(items: Sequence[Any], match: re.Match[str]) -> int | None:
    """Which item a server means; keys that the body leaves out were filled in by the server."""
    if match.re is _INDEX:
        number = int(match[1])
        return number if number < len(items) else None
    values = _pairs(match[1])
    for is_exact in (True, False):
        for number, item in enumerate(items):
            if not isinstance(item, Mapping):
                continue
            told = values if is_exact else [pair for pair in values if pair[0] in item]
            if told and _has(item, told):
                return number
    return None


def _longest(body: Any, text: str) -> str | None:
    if not isinstance(body, Mapping):
        return None
    fitting = [
        name
        for name in body
        if text.startswith(f".{name}") and text[len(name) + 1 : len(name) + 2] in ("", ".", "[")
    ]
    return max(fitting, key=len, default=None)
