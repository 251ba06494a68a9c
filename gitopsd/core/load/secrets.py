"""Files and Secrets that are still encrypted: what must never be read as plain, nor applied.

Comes in: documents. Goes out: what is wrong, without any value.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gitopsd.core.load.metadata import Mistake
from gitopsd.kube.wording import pointer
from gitopsd.kube.yaml import Document

_MARKS = ("ENC[AES256_GCM", '"mac": "ENC[', "sops_mac=ENC[")


def encrypted(documents: Iterable[Document]) -> str:
    """Why a file is not read: SOPS encrypted it; empty for others."""
    for document in documents:
        about = document.body.get("sops") if isinstance(document.body, Mapping) else None
        if isinstance(about, Mapping) and "mac" in about:
            return "is encrypted with SOPS, which this version does not decrypt"
    return ""


def leftovers(body: Mapping[str, Any]) -> Iterator[Mistake]:
    """Values of a Secret that are the output of an encryption, not a secret."""
    for part in ("data", "stringData"):
        values = body.get(part)
        for key, value in values.items() if isinstance(values, Mapping) else ():
            if isinstance(value, str) and any(mark in value for mark in _MARKS):
                yield pointer((part, key)), "is still encrypted by SOPS; it is not applied"
