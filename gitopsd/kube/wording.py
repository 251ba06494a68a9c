"""Mistakes against a schema in words for people, which never show what stands there.

Comes in: an error of the validator and the body it speaks of. Goes out: a JSON pointer and a
sentence that says what would be right. Values are left out because any of them may be a secret.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

Path: TypeAlias = Sequence[str | int]
Fields: TypeAlias = Callable[[Path], Iterable[str]]

_TYPES = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "null",
}
_QUOTE = "; put it in quotes"


def worded(error: Any, body: Any, fields: Fields) -> Iterator[tuple[str, str]]:
    """Pointer and words of one error; a missing field is said of what should have it.

    `fields` tells which fields there are at a path, to suggest the nearest of them.
    """
    path = list(error.instance_path)
    keyword, value = error.kind.name, error.kind.value
    if keyword == "additionalProperties":
        for name in sorted(value):
            yield pointer([*path, name]), unknown(name, fields(path))
    else:
        yield pointer(path), _words(keyword, value, _at(body, path))


def pointer(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901); empty for the whole document."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def one_of(words: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"


def kind_of(value: Any) -> str:
    """What sort of thing a value is, as people say it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "a string"
        case int():
            return "a whole number"
        case float():
            return "a number"
        case dict():
            return "a mapping"
    return "a list"


def unknown(name: str, known: Iterable[str]) -> str:
    """That a field is not known, and which one is nearest."""
    return f"unknown field {name!r}{near(name, known)}"


def near(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the nearest known name; empty where none is near."""
    found = get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    return f"; did you mean {found[0]!r}?" if found else ""


def _words(keyword: str, value: Any, found: Any) -> str:
    match keyword:
        case "type":
            wanted = value if isinstance(value, list) else [value]
            return _of_type([each for each in wanted if each != "null"] or wanted, found)
        case "required":
            return f"lacks the field {value!r}"
        case "enum":
            return f"must be {one_of([str(each) for each in value if each is not None])}"
        case "format" if value == "quantity":
            return "is no quantity; right would be 500m, 2 or 1Gi"
        case "pattern":
            return f"does not match {value}"
        case "format" if value == "byte":
            return "is not base64; plain text belongs into stringData of a Secret"
        case "format" if value == "date-time":
            return "is no time; right would be 2026-01-31T12:00:00Z"
        case "format":
            return f"is no {value}"
        case "minimum":
            return f"must be {value} or more"
        case "maximum":
            return f"must be {value} or less"
        case "exclusiveMinimum":
            return f"must be more than {value}"
        case "exclusiveMaximum":
            return f"must be less than {value}"
        case "minItems" | "minLength" | "minProperties":
            if value == 1:
                return "must not be empty"
            return f"must have {value} or more {_units(keyword)}"
        case "maxItems" | "maxLength" | "maxProperties":
            return f"must have {value} or fewer {_units(keyword)}"
        case "uniqueItems":
            return "must not hold the same item twice"
        case "multipleOf":
            return f"must be a multiple of {value}"
        case "oneOf" | "anyOf":
            return "fits none of the forms that the schema allows"
        case "not":
            return "has a form that the schema forbids"
    return f"breaks the rule {keyword!r} of the schema"


def _of_type(wanted: Sequence[str], found: Any) -> str:
    words = f"must be {one_of([_TYPES.get(each, each) for each in wanted])}, is {kind_of(found)}"
    is_plain = isinstance(found, bool | int | float)
    return words + (_QUOTE if "string" in wanted and is_plain else "")


def _units(keyword: str) -> str:
    return {"Items": "items", "Length": "characters", "Properties": "fields"}[keyword[3:]]


def _at(body: Any, path: Iterable[str | int]) -> Any:
    for step in path:
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return None
    return body
