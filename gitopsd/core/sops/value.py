"""One encrypted value: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`.

Comes in: its text, the data key and the path it stands at. Goes out: the value, of its type. The
path is part of what is checked: a value that was moved elsewhere does not open.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gitopsd.core.sops.refused import Refused

_FORM = re.compile(r"ENC\[AES256_GCM,data:(.+),iv:(.+),tag:(.+),type:(.+)\]")
# What files of any form hold that SOPS wrote.
_MARKS = ("ENC[AES256_GCM", '"mac": "ENC[', "sops_mac=ENC[")
_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True"))
_FALSE = frozenset(("0", "f", "F", "FALSE", "false", "False"))
_INTEGERS = range(-(2**63), 2**63)
_WHOLE_BELOW = 1e21
_KEY_BYTES = 32

# What stands for a comment that was encrypted as an item of a list.
COMMENT = object()


def looks_encrypted(value: Any) -> bool:
    """Whether a value looks like one that SOPS encrypted."""
    return isinstance(value, str) and _FORM.match(value) is not None


def is_output(text: str) -> bool:
    """Whether a text is, or holds, what SOPS writes instead of a secret."""
    return any(mark in text for mark in _MARKS)


def stand_in(text: str) -> Any:
    """Something of the type of an encrypted value, another one for another text; of a string, it
    is base64 and no text that SOPS writes.
    """
    found = _FORM.match(text)
    plain = {"int": 0, "float": 0, "bool": False, "comment": COMMENT}
    name = found[4] if found else ""
    return plain[name] if name in plain else _digest(text)


def _digest(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()


class Opener:
    """Decrypts values with one data key; raises Refused that never holds any of them."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise Refused("holds a data key that is none: it does not have 32 bytes")
        self._cipher = AESGCM(key)

    def open(self, text: Any, bound_to: str) -> Any:
        """The value of a text that was encrypted for this place; an empty one is empty."""
        if text == "":
            return ""
        found = _FORM.match(text) if isinstance(text, str) else None
        if found is None:
            raise Refused("stands in clear text where SOPS would encrypt it")
        try:
            data, nonce, tag = (b64decode(part, validate=True) for part in found.groups()[:3])
            plain = self._cipher.decrypt(nonce, data + tag, bound_to.encode())
        except (InvalidTag, ValueError):
            words = "cannot be decrypted: it was changed, or moved here from another place"
            raise Refused(words) from None
        try:
            return _typed(plain.decode(), found[4])
        except UnicodeDecodeError:
            words = "is no text; put bytes into a Secret's data, in base64"
            raise Refused(words) from None
        except ValueError:
            raise Refused(f"is no {found[4]}, as it says of itself") from None


def _typed(text: str, name: str) -> Any:
    """The value as YAML of SOPS would say it to Kubernetes; raises ValueError for none."""
    match name:
        case "str" | "bytes" | "time":
            return text
        case "int" if int(text) in _INTEGERS:
            return int(text)
        case "float":
            number = float(text)
            is_whole = number.is_integer() and abs(number) < _WHOLE_BELOW
            return int(number) if is_whole else number
        case "bool" if text in _TRUE or text in _FALSE:
            return text in _TRUE
        case "comment":
            return COMMENT
    raise ValueError(name)
