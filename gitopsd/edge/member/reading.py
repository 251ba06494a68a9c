"""Answers taken for what they are: a member may say anything, and only objects come out.

Checked is what everybody relies on: an object has a kind and metadata of the types that Kubernetes
gives them, a list has items that are objects with a name, a version and a token that are text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from gitopsd.kube.body import Body
from gitopsd.kube.wire import decode


class Unreadable(Exception):
    """An answer that no Kubernetes API gives; the text says what it is."""


class _Managed(msgspec.Struct):
    manager: str = ""
    operation: str = ""
    subresource: str = ""
    fieldsV1: dict[str, Any] | None = None


class _Metadata(msgspec.Struct):
    """The types of what is read of metadata; the values are taken from the body itself."""

    name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    resourceVersion: str | None = None
    generation: int | None = None
    deletionTimestamp: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    finalizers: list[str] | None = None
    ownerReferences: list[dict[str, Any]] | None = None
    managedFields: list[_Managed] | None = None


_PLACE = re.compile(r"`\$(\.[\w.]+)?")


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
    if not is_object(found) or "kind" not in found:
        raise Unreadable("answers with JSON that is no Kubernetes object")
    check(found)
    return found


def page(data: bytes, headers: Mapping[str, str]) -> Page:
    """One page of a list, its items with kind and version; raises Unreadable for anything else."""
    found = mapping(data, headers)
    if not is_object(found) or "kind" not in found:
        raise Unreadable("answers with JSON that is no Kubernetes object")
    metadata = found["metadata"]
    items = found.get("items", ())
    version, token = metadata.get("resourceVersion", ""), metadata.get("continue", "")
    if "items" not in found or not isinstance(items, list | None):
        raise Unreadable("answers with an object where a list was asked for")
    if not isinstance(version, str) or not isinstance(token, str):
        raise Unreadable("answers with a list whose metadata is not text")
    if not all(map(is_object, items or ())):
        raise Unreadable("answers with a list whose items are no objects")
    for each in items or ():
        check(each)
        if not each["metadata"].get("name"):
            raise Unreadable("answers with a list whose items have no names")
    return Page(tuple(_typed(items or (), found)), version, token)


def is_object(value: Any) -> bool:
    """Whether it is a mapping with metadata; kind and version are text where it has them."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("metadata"), dict)
        and isinstance(value.get("kind", ""), str)
        and isinstance(value.get("apiVersion", ""), str)
    )


def check(value: Body) -> None:
    """Returns where metadata has the types that everybody relies on; raises Unreadable."""
    try:
        msgspec.convert(value["metadata"], _Metadata)
    except msgspec.ValidationError as error:
        place = _PLACE.search(str(error))
        field = (place[1] or "") if place else ""
        raise Unreadable(f"answers with an object whose metadata{field} is no such thing") from None


def _typed(items: Any, of: Body) -> list[Body]:
    """Items say what they are; servers leave that to the list."""
    kind = str(of["kind"]).removesuffix("List")
    head = {"apiVersion": of.get("apiVersion", ""), "kind": kind}
    return [each if "kind" in each else {**head, **each} for each in items]
