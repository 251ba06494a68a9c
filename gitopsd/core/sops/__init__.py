"""ENCRYPTED FILES: documents that SOPS encrypted with age keys, and what they hold.

Comes in: the documents of a file as they stand in git, and a way to open a data key. Goes out: the
documents as they were meant, and which of their values nobody may see; or why they cannot be had.
There are two ways to read such a file, and who loads a repository chooses one:

- `opened_by(unlock)` decrypts every value and checks the file's MAC: what members get;
- `sealed` needs no key and puts a stand-in where a value is encrypted: enough to check and to plan,
  because a Secret's hash is that of its source. What was read so must never reach a member.

`about.py` reads the `sops` block, `selector.py` says which values are encrypted, `value.py` opens
one, `mac.py` checks all of them, `documents.py` walks over the file; `leftover.py` finds what was
put into Secrets without being decrypted, `veil.py` has programs render files without seeing what is
encrypted. See https://getsops.io/docs/.
"""

from gitopsd.core.sops.documents import (
    Unlock,
    Unseal,
    Unsealed,
    is_encrypted,
    opened_by,
    sealed,
    without_keys,
)
from gitopsd.core.sops.leftover import leftovers
from gitopsd.core.sops.veil import NO_VEIL, Veil, lifted, veil_of, veiled

__all__ = [
    "NO_VEIL",
    "Unlock",
    "Unseal",
    "Unsealed",
    "Veil",
    "is_encrypted",
    "leftovers",
    "lifted",
    "opened_by",
    "sealed",
    "veil_of",
    "veiled",
    "without_keys",
]
