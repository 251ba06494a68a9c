"""What an approval names: deletions by one hash.

Comes in: deletions as `cluster/object id`. Goes out: their name. Stands alone because plans and
gates compare it, and a member's task tells it where only the member knows of a deletion.
"""

import hashlib
from collections.abc import Iterable


def deletion_hash(ids: Iterable[str]) -> str:
    """The name of a set of deletions, each `cluster/object id`; empty for none."""
    lines = sorted(ids)
    return hash_of_lines(lines) if lines else ""


def hash_of_lines(lines: Iterable[str]) -> str:
    """SHA-256 over the lines, sorted."""
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
