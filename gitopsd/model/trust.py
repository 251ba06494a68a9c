"""Whom the operator trusts to change what is followed, and what came of asking: values alone."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Verify(StrEnum):
    """What must be signed; of a range every commit after the one that was applied last."""

    NOTHING = "nothing"
    HEAD = "head"
    TAG = "tag"
    TAG_AND_HEAD = "tag-and-head"
    RANGE = "range"

    @property
    def reads_commits(self) -> bool:
        return self in (Verify.HEAD, Verify.TAG_AND_HEAD, Verify.RANGE)

    @property
    def reads_tags(self) -> bool:
        return self in (Verify.TAG, Verify.TAG_AND_HEAD)


class Rewrites(StrEnum):
    """What becomes of a history that was rewritten, and of a tag that was moved."""

    ALLOW = "allow"
    REQUIRE_APPROVAL = "require-approval"
    REFUSE = "refuse"


class Form(StrEnum):
    """Who understands a signature."""

    OPENPGP = "OpenPGP"
    SSH = "SSH"
    OTHER = "other"


class Validity(StrEnum):
    """What a signature is worth: `GOOD` is accepted, and nothing else."""

    GOOD = "Good"
    UNSIGNED = "Unsigned"
    BAD = "BadSignature"
    UNKNOWN_KEY = "UnknownKey"
    EXPIRED_KEY = "ExpiredKey"
    REVOKED_KEY = "RevokedKey"
    EXPIRED_SIGNATURE = "ExpiredSignature"
    WEAK_HASH = "WeakHash"


@dataclass(frozen=True, slots=True)
class Signed:
    """What was signed, byte by byte, and the signature in its armour."""

    payload: bytes
    signature: bytes
    form: Form


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a signature is worth, whose it is and by which key; both empty where unknown."""

    validity: Validity
    signer: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Seal:
    """Whose good signature a commit in force bears, and by which key."""

    signer: str
    key: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A commit that is not acted on: one CamelCase word why, and a sentence."""

    commit: str
    reason: str
    message: str

    def __str__(self) -> str:
        return f"commit {self.commit[:12]} is refused: {self.message}"


@dataclass(frozen=True, slots=True)
class Lineage:
    """How a commit relates to the one before, with the whole history at hand.

    `is_rewritten`: the one before is no part of it. `since` are the commits that it has beyond the
    one before, newest first; None where that one cannot be had. `named` are commits of this history
    that a trailer on one of `since` names (on the newest alone where they are not known).
    """

    is_rewritten: bool = False
    since: Collection[str] | None = ()
    named: frozenset[str] = frozenset()
