"""YAML as Kubernetes reads it, and YAML that Kubernetes reads as it was meant.

Comes in: bytes of a file. Goes out: documents as plain mappings, lists and scalars, each with its
place. PyYAML's C parser gives the events; what scalars mean is decided in `scalars.py`. Duplicate
keys are refused, and so is what grows without end: nesting, aliases, the file itself. Parsed
aliases share objects, so nobody may change a body in place.

Lines of fields are not kept: `lines_of` parses the one document again that a message speaks of.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.cyaml import CParser

from gitopsd.kube.emit import dump, dump_all
from gitopsd.kube.scalars import CLEAR, resolve
from gitopsd.kube.wording import pointer as pointer_to

__all__ = [
    "LIMITS",
    "Document",
    "Limits",
    "YamlError",
    "documents",
    "dump",
    "dump_all",
    "line_of",
    "lines_of",
]

_BOM = "\ufeff"
_TAG = "tag:yaml.org,2002:"
_NAMES = "binary bool float int map merge null omap pairs seq set str timestamp value yaml"
_TAGS = frozenset(f"!!{each}" for each in _NAMES.split())
# Names of aliases and other tags are not shown: they may be passwords that lack quotes.
_NO_ANCHOR = "an alias names no anchor before this line; put text that begins with '*' in quotes"
_MERGE = object()
_FLOAT_KEY_DIGITS = 6


class YamlError(Exception):
    """A file that is no YAML to Kubernetes; `line` and `column` count from 1."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(f"{line}:{column}: {message}")
        self.line = line
        self.column = column
        self.message = message


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask of its reader."""

    file_bytes: int = 1024 * 1024
    depth: int = 100
    alias_nodes: int = 10_000
    alias_characters: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its number from 0 (empty ones count), first line from 1, and its value.

    `warnings` are lines and words; `has_nulls` tells whether any field may be null; `characters`
    count all texts, aliases written out.
    """

    index: int
    line: int
    body: Any
    warnings: tuple[tuple[int, str], ...] = ()
    has_nulls: bool = False
    characters: int = 0


LIMITS = Limits()


def documents(data: bytes, limits: Limits = LIMITS) -> list[Document]:
    """The documents of a file, empty ones left out; raises YamlError for any other bytes."""
    text = _text(data, limits)
    if text.lstrip().startswith("{"):
        found = _json(text, limits)
        if found is not None:
            return found
    try:
        return _Reader(text, limits).documents()
    except yaml.MarkedYAMLError as error:
        raise _located(error) from None
    except yaml.reader.ReaderError as error:
        raise _unprintable(text, error) from None


def line_of(data: bytes, document: int, pointer: str) -> int:
    """The line of a field, from 1; that of the nearest field above where it does not stand."""
    return lines_of(data, document, (pointer,))[pointer]


def lines_of(data: bytes, document: int, pointers: Iterable[str]) -> Mapping[str, int]:
    """The line of each field, from 1, as `line_of` says."""
    lines: dict[str, int] = {}
    with suppress(yaml.YAMLError, RecursionError):
        _place(data.decode(errors="replace").removeprefix(_BOM), document, lines)
    found = {}
    for pointer in pointers:
        at = pointer
        while at not in lines and at:
            at = at.rpartition("/")[0]
        found[pointer] = lines.get(at, 1)
    return found


def _text(data: bytes, limits: Limits) -> str:
    if len(data) > limits.file_bytes:
        raise YamlError(1, 1, f"has {len(data)} bytes; at most {limits.file_bytes} are read")
    try:
        return data.decode().removeprefix(_BOM)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise YamlError(line, column, "is no UTF-8 text") from None


def _located(error: yaml.MarkedYAMLError) -> YamlError:
    mark = error.problem_mark or error.context_mark
    words = error.problem or error.context or "is no YAML"
    if "found character that cannot start any token" in words:
        words += " (a tab, or an unquoted @, ` or %)"
    return YamlError(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, words)


def _unprintable(text: str, error: yaml.reader.ReaderError) -> YamlError:
    found = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    at = found.start() if found else 0
    line = text.count("\n", 0, at) + 1
    sign = f"the character U+{ord(text[at]):04X}" if found else str(error.reason)
    return YamlError(line, at - (text.rfind("\n", 0, at) + 1) + 1, f"{sign} is not allowed in YAML")


class _Reader:
    """Builds the values of one stream from its events."""

    def __init__(self, text: str, limits: Limits) -> None:
        self._limits = limits
        self._next = CParser(text).get_event
        self._anchors: dict[str, tuple[Any, int, int]] = {}
        self._nodes = self._characters = 0
        self._aliased_nodes = self._aliased_characters = 0
        self._warnings: list[tuple[int, str]] = []
        self._has_nulls = False

    def documents(self) -> list[Document]:
        found: list[Document] = []
        number = -1
        while True:
            event = self._next()
            kind = type(event)
            if kind is yaml.StreamEndEvent:
                return found
            if kind is yaml.DocumentStartEvent:
                number += 1
                self._anchors, self._warnings, self._has_nulls = {}, [], False
                before = self._characters
                root = self._next()
                line = root.start_mark.line + 1
                body = self._value(root, 0)
                if body is not None:
                    about = tuple(self._warnings), self._has_nulls, self._characters - before
                    found.append(Document(number, line, body, *about))

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self._alias(event)
        nodes, characters = self._nodes, self._characters
        self._nodes = nodes + 1
        if kind is yaml.ScalarEvent:
            value = self._scalar(event)
        elif depth >= self._limits.depth:
            raise _error(event, f"is nested deeper than {self._limits.depth} levels")
        elif kind is yaml.MappingStartEvent:
            value = self._mapping(event, depth + 1)
        else:
            value = self._sequence(event, depth + 1)
        if event.anchor:
            size = self._nodes - nodes, self._characters - characters
            self._anchors[event.anchor] = (value, *size)
        return value

    def _mapping(self, event: Any, depth: int) -> dict[str, Any]:
        _check_tag(event, "map")
        made: dict[str, Any] = {}
        read, value_of, scalar_of = self._next, self._value, self._scalar
        while True:
            event = read()
            kind = type(event)
            if kind is yaml.MappingEndEvent:
                return made
            key = self._key(event, kind)
            if key is _MERGE:
                self._merge(made, event, value_of(read(), depth))
                continue
            if key in made:
                raise _error(event, f"the key {key!r} stands twice")
            event = read()
            if type(event) is yaml.ScalarEvent and event.anchor is None:
                self._nodes += 1
                value = made[key] = scalar_of(event)
                if value is None:
                    self._has_nulls = True
            else:
                made[key] = value_of(event, depth)

    def _sequence(self, event: Any, depth: int) -> list[Any]:
        _check_tag(event, "seq")
        made: list[Any] = []
        while True:
            item = self._next()
            if type(item) is yaml.SequenceEndEvent:
                return made
            made.append(self._value(item, depth))

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        self._characters += len(text)
        if event.tag is None and event.implicit[0]:
            try:
                value = resolve(text)
            except ValueError as error:
                raise _error(event, str(error)) from None
            if (value is True or value is False) and text not in CLEAR:
                self._warn(event, text, value)
            return value
        if event.tag is None or event.tag == "!" or event.tag == f"{_TAG}str":
            return text
        return _tagged(event)

    def _key(self, event: Any, kind: type) -> Any:
        if kind is not yaml.ScalarEvent:
            if kind is yaml.AliasEvent:
                return _as_key(event, self._alias(event))
            raise _error(event, "a key must be a string; is it an unrendered template?")
        self._nodes += 1
        key = self._scalar(event)
        if key == "<<" and event.tag is None and event.implicit[0]:
            return _MERGE
        if type(key) is not str:
            key = _as_key(event, key)
        if event.anchor:
            self._anchors[event.anchor] = (key, 1, len(key))
        return key

    def _merge(self, made: dict[str, Any], event: Any, value: Any) -> None:
        for part in value if isinstance(value, list) else [value]:
            if not isinstance(part, dict):
                raise _error(event, "'<<' takes a mapping or a list of mappings")
            for key, each in part.items():
                if key in made:
                    raise _error(event, f"the key {key!r} comes from '<<' and stands here too")
                made[key] = each

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise _error(event, _NO_ANCHOR)
        value, nodes, characters = self._anchors[event.anchor]
        self._nodes += nodes
        self._characters += characters
        self._aliased_nodes += nodes
        self._aliased_characters += characters
        if self._aliased_nodes > self._limits.alias_nodes:
            raise _error(event, f"aliases add more than {self._limits.alias_nodes} nodes")
        if self._aliased_characters > self._limits.alias_characters:
            most = self._limits.alias_characters
            raise _error(event, f"aliases add more than {most} characters")
        return value

    def _warn(self, event: Any, text: str, value: bool) -> None:
        meant = "true" if value else "false"
        words = f'{text} without quotes means {meant} to Kubernetes; write {meant} or "{text}"'
        self._warnings.append((event.start_mark.line + 1, words))


def _error(event: Any, message: str) -> YamlError:
    return YamlError(event.start_mark.line + 1, event.start_mark.column + 1, message)


def _check_tag(event: Any, core: str) -> None:
    if event.tag not in (None, "!", f"{_TAG}{core}"):
        raise _error(event, _no_tag(_short(event.tag)))


def _short(tag: str) -> str:
    return f"!!{tag.removeprefix(_TAG)}" if tag.startswith(_TAG) else tag


def _no_tag(tag: str) -> str:
    """What is wrong with a tag; one that is not YAML's own may be a password without quotes."""
    if tag in _TAGS:
        return f"the tag {tag} is not read; only core tags are"
    return "a tag is not read, only core tags are; put text that begins with '!' in quotes"


def _tagged(event: Any) -> Any:
    """The value of a scalar with an explicit core tag."""
    text, tag = event.value, _short(event.tag)
    if tag == "!!binary":
        try:
            return b64decode(re.sub(r"\s", "", text), validate=True).decode()
        except ValueError:
            raise _error(event, "!!binary is no base64 of UTF-8 text") from None
    wanted = {"!!int": int, "!!float": int | float, "!!bool": bool, "!!null": type(None)}
    if tag not in wanted:
        raise _error(event, _no_tag(tag))
    try:
        value = resolve(text)
    except ValueError as error:
        raise _error(event, str(error)) from None
    is_bool = isinstance(value, bool)
    if not isinstance(value, wanted[tag]) or (is_bool and tag != "!!bool"):
        raise _error(event, f"is no {tag}")
    return value


def _as_key(event: Any, value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if float(f"{value:.{_FLOAT_KEY_DIGITS}g}") == value:
            return f"{value:g}"
        case None:
            raise _error(event, "a key must not be null")
    raise _error(event, "a key must be a string; put it in quotes")


def _json(text: str, limits: Limits) -> list[Document] | None:
    """The one document of a text that is JSON; None where it is none, or a YAML flow mapping."""
    line = text[: len(text) - len(text.lstrip())].count("\n") + 1
    try:
        body = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_refuse,
        )
    except _InJson as error:
        raise YamlError(_line_with(text, error.sign), 1, error.message) from None
    except (ValueError, RecursionError):
        return None
    _check_json(body, limits, line)
    return [Document(0, line, body, has_nulls="null" in text, characters=len(text))]


class _InJson(Exception):
    def __init__(self, sign: str, message: str) -> None:
        super().__init__(message)
        self.sign = sign
        self.message = message


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise _InJson(json.dumps(key), f"the key {key!r} stands twice")
        seen.add(key)
    return made


def _integer(text: str) -> int:
    number = int(text)
    if not -(2**63) <= number < 2**64:
        raise _InJson(text, "needs more than 64 bits; put it in quotes")
    return number


def _number(text: str) -> Any:
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 1e21 else value


def _refuse(text: str) -> Any:
    raise _InJson(text, f"{text} is no number in JSON")


def _line_with(text: str, sign: str) -> int:
    """The line where a text stands last, from 1: of a doubled key that is the second one."""
    at = text.rfind(sign)
    return text.count("\n", 0, at) + 1 if at >= 0 else 1


def _check_json(body: Any, limits: Limits, line: int) -> None:
    level = [body]
    for _ in range(limits.depth + 1):
        for value in level:
            if isinstance(value, str) and not value.isascii() and _is_broken(value):
                raise YamlError(line, 1, "a string holds half a surrogate pair")
            if isinstance(value, float) and value in (float("inf"), float("-inf")):
                raise YamlError(line, 1, "a number is too large")
        level = [each for value in level for each in _below(value)]
        if not level:
            return
    raise YamlError(line, 1, f"is nested deeper than {limits.depth} levels")


def _below(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else ()


def _is_broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _place(text: str, document: int, lines: dict[str, int]) -> None:
    """Notes the line of every field of one document by its pointer."""
    read = CParser(text).get_event
    number = -1
    while number < document:
        event = read()
        if isinstance(event, yaml.StreamEndEvent):
            return
        number += isinstance(event, yaml.DocumentStartEvent)
    _place_value(read, read(), (), lines)


def _place_value(read: Any, event: Any, path: tuple[str | int, ...], lines: dict[str, int]) -> None:
    lines.setdefault(pointer_to(path), event.start_mark.line + 1)
    if isinstance(event, yaml.MappingStartEvent):
        while not isinstance(key := read(), yaml.MappingEndEvent):
            name = _name_of(read, key)
            lines[pointer_to((*path, name))] = key.start_mark.line + 1
            _place_value(read, read(), (*path, name), lines)
    elif isinstance(event, yaml.SequenceStartEvent):
        number = 0
        while not isinstance(item := read(), yaml.SequenceEndEvent):
            _place_value(read, item, (*path, number), lines)
            number += 1


def _name_of(read: Any, event: Any) -> str:
    if isinstance(event, yaml.ScalarEvent):
        try:
            return _as_key(event, resolve(event.value)) if event.implicit[0] else event.value
        except (ValueError, YamlError):
            return str(event.value)
    if isinstance(event, yaml.CollectionStartEvent):
        _place_value(read, event, (), {})
    return ""
