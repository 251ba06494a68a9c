"""Kubernetes' protobuf, reading only: kubectl writes some native kinds in no other form.

Comes in: the bytes of a request. Goes out: the same object as plain values. Answers are always
JSON, which every client takes. The layout of the messages is data of the package, written by
`.ci/protobuf.py`.
See https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding.
"""

import base64
import gzip
import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from gitopsd.kube.body import Body
from gitopsd.kube.wire import decode

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"

_MAGIC = b"k8s\x00"
_META = "k8s.io.apimachinery.pkg.apis.meta.v1"
_RESOURCE = "k8s.io.apimachinery.pkg.api.resource"
_UTIL = "k8s.io.apimachinery.pkg.util.intstr"
_RUNTIME = "k8s.io.apimachinery.pkg.runtime"
_DEEPEST = 100


class ProtobufError(ValueError):
    """Bytes that are no protobuf of a kind that is known."""


class _Field(NamedTuple):
    name: str
    type: str
    is_list: bool
    is_map: bool
    is_pointer: bool
    is_inline: bool


def read(data: bytes) -> Body:
    """The object in the bytes; raises ProtobufError."""
    if not data.startswith(_MAGIC):
        raise ProtobufError("the prefix of Kubernetes' protobuf is missing")
    try:
        return _read(data[len(_MAGIC) :])
    except (IndexError, struct.error, UnicodeDecodeError, KeyError) as error:
        raise ProtobufError(f"malformed protobuf: {error}") from None


def _read(data: bytes) -> Body:
    parts = dict(_parts(data))
    about = {number: value.decode() for number, value in _parts(parts.get(1, b""))}
    version, kind = about.get(1, ""), about.get(2, "")
    made = _message(_name_of(version, kind), parts.get(2, b""), 0)
    return {"kind": kind, "apiVersion": version, **made}


def _name_of(api_version: str, kind: str) -> str:
    group, _, version = api_version.rpartition("/")
    package = group.partition(".")[0] or "core"
    name = f"k8s.io.api.{package}.{version}.{kind}"
    if name in _messages():
        return name
    if f"{_META}.{kind}" in _messages():
        return f"{_META}.{kind}"
    raise ProtobufError(f"no layout of {api_version} {kind} is known")


@lru_cache
def _messages() -> Mapping[str, Mapping[int, _Field]]:
    packed = files("gitopsd.apiserver").joinpath("data", "protobuf.json.gz").read_bytes()
    return {
        name: {
            number: _Field(field, kind, "*" in marks, "m" in marks, "p" in marks, "i" in marks)
            for number, field, kind, marks in fields
        }
        for name, fields in decode(gzip.decompress(packed)).items()
    }


def _message(name: str, data: bytes, depth: int) -> dict[str, Any]:
    if depth > _DEEPEST:
        raise ProtobufError("nested too deep")
    layout = _messages()[name]
    made: dict[str, Any] = {}
    for number, raw in _parts(data):
        field = layout.get(number)
        if field is None:
            continue
        if field.is_map:
            entry = dict(_parts(raw))
            key = entry.get(1, b"").decode()
            value = _value(field.type, entry.get(2, b""), depth)
            made.setdefault(field.name, {})[key] = value
        elif field.is_list:
            made.setdefault(field.name, []).append(_value(field.type, raw, depth))
        else:
            value = _value(field.type, raw, depth)
            if field.is_inline:
                made.update(value or {})
            elif field.is_pointer or value not in (None, "", 0, False, {}):
                made[field.name] = value
    return made


def _value(kind: str, raw: Any, depth: int) -> Any:
    if kind == "string":
        return raw.decode() if isinstance(raw, bytes) else str(raw)
    if kind == "bool":
        return bool(raw)
    if kind in ("int32", "int64"):
        number = int(raw or 0)
        return number - 2**64 if number >= 2**63 else number
    if kind == "bytes":
        return base64.b64encode(raw).decode()
    if kind == "double":
        return struct.unpack("<d", raw)[0]
    return _special(kind, raw, depth)


def _special(kind: str, raw: bytes, depth: int) -> Any:
    """Messages that are something else than a mapping in JSON."""
    if kind == f"{_RESOURCE}.Quantity":
        return dict(_parts(raw)).get(1, b"").decode()
    if kind == f"{_UTIL}.IntOrString":
        parts = dict(_parts(raw))
        return parts.get(3, b"").decode() if parts.get(1) else _value("int32", parts.get(2, 0), 0)
    if kind in (f"{_META}.Time", f"{_META}.MicroTime"):
        return _time(dict(_parts(raw)))
    if kind == f"{_META}.FieldsV1":
        return decode(dict(_parts(raw)).get(1, b"{}"))
    if kind == f"{_RUNTIME}.RawExtension":
        return decode(dict(_parts(raw)).get(1, b"null"))
    if kind == f"{_META}.Duration":
        return f"{dict(_parts(raw)).get(1, 0) / 10**9:g}s"
    return _message(kind, raw, depth + 1)


def _time(parts: Mapping[int, Any]) -> str | None:
    seconds = parts.get(1)
    if not seconds:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parts(data: bytes) -> Iterator[tuple[int, Any]]:
    """Number and raw value of each field: an integer, or bytes."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield tag >> 3, value
        elif kind == 2:
            size, at = _varint(data, at)
            if at + size > len(data):
                raise ProtobufError("it ends too early")
            yield tag >> 3, data[at : at + size]
            at += size
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            yield tag >> 3, data[at : at + size]
            at += size
        else:
            raise ProtobufError(f"wire type {kind} is not known")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
        if shift > 63:
            raise ProtobufError("a number is too long")
