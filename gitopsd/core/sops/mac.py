"""The MAC of a file: one hash over its values in their order, as SOPS writes them as bytes."""

import hashlib
from decimal import Decimal
from typing import Any

# Keeps the two sorts of MAC apart: over all values, or over the encrypted ones alone.
_OF_ENCRYPTED = hashlib.sha256(b"sops").digest()


class Mac:
    """Takes the plain values one after the other."""

    def __init__(self) -> None:
        self._hash = hashlib.sha512()

    @classmethod
    def of_encrypted(cls) -> "Mac":
        """One that takes only values that are encrypted in the file."""
        made = cls()
        made._hash.update(_OF_ENCRYPTED)
        return made

    def add(self, value: Any) -> None:
        self._hash.update(_bytes(value))

    @property
    def digest(self) -> str:
        return self._hash.hexdigest().upper()


def _bytes(value: Any) -> bytes:
    """A string as it is, a float in its shortest form without exponent."""
    match value:
        case bool():
            return b"True" if value else b"False"
        case float():
            return f"{Decimal(repr(value)):f}".removesuffix(".0").encode()
    return str(value).encode()
