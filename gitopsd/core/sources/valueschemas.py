"""Where the schemas of a chart's values lead: helm follows their references, so none may lead out.

Comes in: a schema, or a packed chart. Goes out: the references that are no part of the schema
itself. Even a relative one would be sought at the root of the file system.
"""

import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

SCHEMA = "values.schema.json"
ARCHIVE = ".tgz"

_UNPACKED_BYTES = 64 * 1024 * 1024
_DEEPEST = 4
_GZIP = 31
# How a value of these keywords begins that leads nowhere else.
_INSIDE = {
    "$ref": ("#",),
    "$dynamicRef": ("#",),
    "$recursiveRef": ("#",),
    "$schema": ("http://json-schema.org/", "https://json-schema.org/"),
}


class Unpackable(Exception):
    """Why an archive cannot be looked into; the text goes after its name."""


def leading_out(data: bytes) -> Iterator[str]:
    """The references of a schema that lead out of it."""
    try:
        yield from _leading_out(msgspec.json.decode(data))
    except (msgspec.DecodeError, RecursionError):
        return  # helm says what is wrong with it


def schemas_of(archive: bytes, depth: int = 0) -> Iterator[bytes]:
    """All schemas of values in a packed chart, and in those that are packed in it.

    Raises Unpackable for what is no such archive, or too large a one.
    """
    if depth > _DEEPEST:
        raise Unpackable(f"holds charts packed more than {_DEEPEST} times")
    try:
        with tarfile.open(fileobj=io.BytesIO(_unpacked(archive)), mode="r:") as packed:
            for member in packed:
                is_archive = member.name.endswith(ARCHIVE)
                is_schema = member.name.rpartition("/")[2] == SCHEMA
                file = packed.extractfile(member) if is_archive or is_schema else None
                if file is not None:
                    data = file.read()
                    yield from schemas_of(data, depth + 1) if is_archive else [data]
    except (tarfile.TarError, zlib.error):
        raise Unpackable("is no archive of a chart") from None


def _unpacked(data: bytes) -> bytes:
    unpacking = zlib.decompressobj(_GZIP)
    found = unpacking.decompress(data, _UNPACKED_BYTES)
    if unpacking.unconsumed_tail:
        raise Unpackable(f"unpacks to more than {_UNPACKED_BYTES} bytes")
    return found


def _leading_out(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for each in schema:
            yield from _leading_out(each)
    if not isinstance(schema, Mapping):
        return
    for name, each in schema.items():
        if not isinstance(each, str):
            yield from _leading_out(each)
        elif (inside := _INSIDE.get(name)) and not each.startswith(inside):
            yield each
