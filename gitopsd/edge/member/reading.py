"""Answers taken for what they are: a member may say anything, and only objects come out.

Checked is what everybody relies on: an object has a kind and metadata that is a mapping, a list
has items that are objects, a version and a token that are text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from gitopsd.kube.body import Body
from gitopsd.kube.wire import decode


class Unreadable(Exception):
    """An answer that no Kubernetes API gives; the text says what it is."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list; `token` leads to the next one, empty on the last."""

    items: tuple[Body, ...]
    version: str
    token: str


def decoded(data: bytes) -> Any:
    """The value of JSON; None for bytes that are none."""
    try:
        return decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def media_type(headers: Mapping[str, str]) -> str:
    """The kind of an answer, in a word that can be shown."""
    said = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return said[:80] if said.isprintable() and said else "nothing readable"


def mapping(data: bytes, headers: Mapping[str, str]) -> Mapping[str, Any]:
    """The JSON mapping of an answer; raises Unreadable for anything else."""
    found = decoded(data)
    if not isinstance(found, dict):
        raise Unreadable(f"answers with {media_type(headers)} that is no JSON object")
    return found


def body(data: bytes, headers: Mapping[str, str]) -> Body:
    """The object of an answer; raises Unreadable for anything else."""
    found = mapping(data, headers)
    if not is_object(found) or not isinstance(found.get("kind"), str):
        raise Unreadable("answers with JSON that is no Kubernetes object")
    return found


def page(data: bytes, headers: Mapping[str, str]) -> Page:
    """One page of a list, its items with kind and version; raises Unreadable for anything else."""
    found = body(data, headers)
    items = found.get("items", ())
    metadata = found["metadata"]
    version, token = metadata.get("resourceVersion", ""), metadata.get("continue", "")
    if "items" not in found or not isinstance(items, list | None):
        raise Unreadable("answers with an object where a list was asked for")
    if not isinstance(version, str) or not isinstance(token, str):
        raise Unreadable("answers with a list whose metadata is not text")
    if not all(map(is_object, items or ())):
        raise Unreadable("answers with a list whose items are no objects")
    return Page(tuple(_typed(items or (), found)), version, token)


def is_object(value: Any) -> bool:
    """Whether it is a mapping with metadata."""
    return isinstance(value, dict) and isinstance(value.get("metadata"), dict)


def _typed(items: Any, of: Body) -> list[Body]:
    """Items say what they are; servers leave that to the list."""
    kind = str(of["kind"]).removesuffix("List")
    head = {"apiVersion": of.get("apiVersion", ""), "kind": kind}
    return [each if "kind" in each else {**head, **each} for each in items]
