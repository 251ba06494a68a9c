"""Secrets that hold what SOPS wrote instead of a secret: nobody decrypted them."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from gitopsd.core.sops.value import is_output
from gitopsd.kube.body import Body, dig
from gitopsd.kube.wording import pointer


def leftovers(secret: Body) -> Iterator[tuple[str, str]]:
    """Pointer and words of every value of a Secret that is still encrypted, in base64 or not."""
    for part in ("data", "stringData"):
        values = dig(secret, part)
        for key, value in values.items() if isinstance(values, Mapping) else ():
            if isinstance(value, str) and (is_output(value) or is_output(_decoded(value))):
                yield pointer((part, key)), "is still encrypted by SOPS; it is not applied"


def _decoded(value: Any) -> str:
    try:
        return b64decode(value, validate=True).decode(errors="replace")
    except ValueError:
        return ""
