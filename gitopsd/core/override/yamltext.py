"""YAML text inside a field, written as Karmada writes it.

The text is a value that others compare byte by byte (a ConfigMap that changes restarts pods), so it
must be written as Go's YAML library does (gopkg.in/yaml.v2 through sigs.k8s.io/yaml): keys in
natural order, two spaces per level, list items not indented, quotes only where needed.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cmp_to_key
from typing import Any

from gitopsd.kube.yaml import YamlError, documents

# What YAML 1.1 reads as something else than a string.
_WORDS = (
    frozenset(
        word
        for lower in ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "", "<<")
        for word in (lower, lower.capitalize(), lower.upper())
    )
    | {sign + word for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")}
    | {".nan", ".NaN", ".NAN"}
)
_NUMBER = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]*|0[bB][01_]+|[1-9][0-9_]*)"
    r"|[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
)
_TIME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:.*)?")
_NOT_PLAIN = re.compile(
    r"[#,\[\]{}&*!|>'\"%@`]|[?:-](?: |$)|---|\.\.\.|.*(?:: |:$| #)|^ |.* $", re.DOTALL
)
_UNPRINTABLE = re.compile(
    "[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_ESCAPES = {
    "\0": "\\0", "\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f",
    "\r": "\\r", "\x1b": "\\e", '"': '\\"', "\\": "\\\\", "\x85": "\\N", "\u2028": "\\L",
    "\u2029": "\\P",
}  # fmt: skip


def load(text: str) -> Any:
    """The first document of the text, null for none; raises ValueError where it is no YAML."""
    try:
        found = documents(text.encode())
    except YamlError as error:
        raise ValueError(str(error)) from None
    return found[0].body if found else None


def dump(value: Any) -> str:
    """The value as block style YAML that ends with a line break."""
    return "\n".join(_lines(value, 0)) + "\n"


def _lines(value: Any, indent: int) -> Iterator[str]:
    """The lines of a value that starts a line of its own, without the indent of the first."""
    if isinstance(value, Mapping) and value:
        yield from _mapping(value, indent)
    elif isinstance(value, (list, tuple)) and value:
        yield from _list(value, indent)
    else:
        yield _scalar(value, indent)


def _mapping(value: Mapping[str, Any], indent: int) -> Iterator[str]:
    pad = ""
    for key in sorted(value, key=cmp_to_key(_natural)):
        below = value[key]
        name = _string(key, indent, is_key=True)
        if isinstance(below, Mapping) and below:
            yield f"{pad}{name}:"
            yield from _indented(_mapping(below, indent + 2), indent + 2)
        elif isinstance(below, (list, tuple)) and below:
            yield f"{pad}{name}:"
            yield from _indented(_list(below, indent), indent)
        else:
            yield f"{pad}{name}: {_scalar(below, indent)}"
        pad = " " * indent


def _list(value: list[Any] | tuple[Any, ...], indent: int) -> Iterator[str]:
    pad = ""
    for each in value:
        first, *rest = _lines(each, indent + 2)
        yield f"{pad}- {first}"
        yield from rest
        pad = " " * indent


def _indented(lines: Iterator[str], indent: int) -> Iterator[str]:
    yield " " * indent + next(lines)
    yield from lines


def _scalar(value: Any, indent: int) -> str:
    if isinstance(value, str):
        return _string(value, indent)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Mapping):
        return "{}"
    return "[]" if isinstance(value, (list, tuple)) else str(value)


def _string(text: str, indent: int, *, is_key: bool = False) -> str:
    if _UNPRINTABLE.search(text) or (is_key and "\n" in text):
        return _quoted(text)
    if "\n" in text:
        return _quoted(text) if " \n" in text or text.endswith(" ") else _literal(text, indent + 2)
    if text in _WORDS or _NUMBER.fullmatch(text) or _TIME.fullmatch(text):
        return _quoted(text)
    if _NOT_PLAIN.match(text):
        return "'" + text.replace("'", "''") + "'"
    return text


def _literal(text: str, indent: int) -> str:
    """A block of lines; its head says whether the last line break belongs to the text."""
    hint = "2" if text[0] in " \n" else ""
    chomp = "-" if not text.endswith("\n") else "+" if text.endswith("\n\n") or text == "\n" else ""
    body = text[:-1] if text.endswith("\n") else text
    lines = (" " * indent + line if line else "" for line in body.split("\n"))
    return "\n".join((f"|{hint}{chomp}", *lines))


def _quoted(text: str) -> str:
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if not _UNPRINTABLE.match(char):
        return char
    code = ord(char)
    return f"\\x{code:02X}" if code < 256 else f"\\u{code:04X}"


def _float(value: float) -> str:
    """A float as Go writes it: an exponent from a million on, none for whole numbers."""
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    text = repr(value)
    if 1e-4 <= abs(value) < 1e6 or "e" in text:
        return text
    digits = text.lstrip("-").replace(".", "").strip("0")
    exponent = len(text.lstrip("-").partition(".")[0]) - 1
    mantissa = f"{digits[0]}.{digits[1:]}" if digits[1:] else digits[0]
    return f"{'-' if value < 0 else ''}{mantissa}e+{exponent:02d}"


def _natural(one: str, other: str) -> int:
    """Go's order of keys: numbers in them by value, and before letters."""
    for at, (a, b) in enumerate(zip(one, other, strict=False)):
        if a == b:
            continue
        if a.isalpha() or b.isalpha():
            if a.isalpha() and b.isalpha():
                return -1 if a < b else 1
            return -1 if b.isalpha() else 1
        first, second = _number_at(one, at, a, b), _number_at(other, at, a, b)
        if first != second:
            return -1 if first < second else 1
        return -1 if a < b else 1
    return len(one) - len(other)


def _number_at(text: str, at: int, *differing: str) -> tuple[int, int]:
    """The number that starts here, and where it ends; a zero counts only after other digits."""
    end = at
    while end < len(text) and text[end].isdigit():
        end += 1
    before = re.search(r"[0-9]*$", text[:at])
    leads = "0" in differing and before is not None and before[0].strip("0") != ""
    return int(f"{int(leads)}{text[at:end]}"), end
