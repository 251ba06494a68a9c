"""The operator's age keys, with which SOPS encrypted files are opened.

Comes in: files with secret keys, one per line, `#` before comments. Goes out: what an armoured age
file holds. No part of a key or of what it opened ever stands in an error.
"""

from collections.abc import Iterable
from pathlib import Path

from pyrage import DecryptError, IdentityError, decrypt
from pyrage.x25519 import Identity

from gitopsd.model.errors import UsageError

_FLAG = "--age-key-file"


class AgeKeys:
    """Secret keys, read once; raises UsageError for a file that holds none, or anything else."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._identities = [identity for file in files for identity in _identities(file)]

    def open(self, armoured: str) -> bytes | None:
        """What the age file holds; None where none of the keys opens it."""
        try:
            found: bytes = decrypt(armoured.encode(), self._identities)
        except (DecryptError, ValueError):
            return None
        return found


def _identities(file: Path) -> list[Identity]:
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        words = getattr(error, "strerror", None) or "is no text"
        raise UsageError(_FLAG, f"{file}: {words}") from None
    found = []
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text and not text.startswith("#"):
            found.append(_identity(text, f"{file}:{number}"))
    if not found:
        raise UsageError(_FLAG, f"{file}: holds no key; `age-keygen -o FILE` makes one")
    return found


def _identity(text: str, where: str) -> Identity:
    try:
        return Identity.from_str(text)
    except IdentityError:
        words = "is no age key; right would be a line AGE-SECRET-KEY-1…, as age-keygen writes it"
        raise UsageError(_FLAG, f"{where}: {words}") from None
