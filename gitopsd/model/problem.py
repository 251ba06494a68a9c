"""A mistake in the repository, as a value: gathered, shown, never raised."""

from enum import StrEnum

import msgspec

from gitopsd.model.resource import ResourceKey


class Severity(StrEnum):
    """`ERROR` holds what it speaks of and makes commands exit 1; `NOTICE` only tells."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Problem(msgspec.Struct, frozen=True, order=True, omit_defaults=True):
    """Where, what, and what would be right.

    `path` and `line` name the file (`line` 0: the file as a whole; `path` empty: no file, the
    subject is `key` or `cluster`). `pointer` is a JSON pointer into the document. `reason` is one
    CamelCase word. `key` is the object meant,
    as its id (`group/kind/namespace/name`), empty where there is none.
    """

    path: str
    line: int
    pointer: str
    message: str
    reason: str = "Invalid"
    severity: Severity = Severity.ERROR
    key: str = ""
    cluster: str = ""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        subject = " ".join(part for part in (where, self.pointer) if part)
        if not self.path:
            subject = " ".join(part for part in (self.cluster, self.key) if part)
        return f"{subject}: {self.message}" if subject else self.message


def id_of(key: ResourceKey | None) -> str:
    """The id of a key for `Problem.key`; empty for none."""
    return key.id if key else ""
