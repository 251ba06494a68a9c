"""Bodies as bytes: one encoder for hashes and requests, one decoder for answers.

Canonical bytes have sorted keys and no white space. They are valid YAML for an API server too,
which reads apply patches with a YAML parser: characters that YAML refuses raw are escaped, and
characters above the Basic Multilingual Plane are raw, because YAML refuses surrogate escapes.
"""

import hashlib
import re
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder()

# DEL, C1 controls, line and paragraph separators, byte order mark, non-characters: YAML refuses
# them raw or silently turns them into a space.
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def encode(value: Any) -> bytes:
    """Canonical JSON that Kubernetes' YAML reader takes for the same value.

    Raises TypeError for a key that is not a string.
    """
    data = _ENCODER.encode(value)
    if data.isascii() and b"\x7f" not in data:
        return data
    text = data.decode()
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode()


def decode(data: bytes | str) -> Any:
    """The value of JSON bytes; raises `msgspec.DecodeError` for anything else."""
    return _DECODER.decode(data)


def hash_of(value: Any) -> str:
    """SHA-256 of the canonical bytes, in hex; equal for equal values whatever their key order."""
    return hashlib.sha256(encode(value)).hexdigest()
