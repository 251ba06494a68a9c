"""What both sorts of repositories take and give: a tip, a push, and how a push may fail."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gitopsd.model.errors import NoSuchRef, PublishError

HEADS = "refs/heads/"
TAGS = "refs/tags/"
# Branches that are written here, which nobody means as desired state.
_OWN = "gitopsd/"
_SHOWN = 10
_ID = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Tip:
    """The whole name of a branch or tag and the commit it stands at.

    `tag` is the id of the annotated tag between them, empty where there is none.
    """

    ref: str
    commit: str
    tag: str = ""

    @property
    def is_tag(self) -> bool:
        return self.ref.startswith(TAGS)

    @property
    def name(self) -> str:
        """The name as people say it."""
        return self.ref.removeprefix(HEADS).removeprefix(TAGS)


@dataclass(frozen=True, slots=True)
class Objects:
    """Objects of git by kind: bytes by id."""

    commits: Mapping[bytes, bytes] = field(default_factory=dict)
    trees: Mapping[bytes, bytes] = field(default_factory=dict)
    blobs: Mapping[bytes, bytes] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.commits) + len(self.trees) + len(self.blobs)


@dataclass(frozen=True, slots=True)
class Push:
    """A commit for a branch that must stand at `old` (empty: must not exist), with new objects.

    All objects are bytes by id; `below` are the commit at `old` and its folders, for libraries that
    want to compare before they send.
    """

    ref: str
    old: str
    new: str
    new_objects: Objects
    below: Objects


class Outdated(Exception):
    """The branch does not stand where it was thought to: read it and build anew."""


def named(wanted: str, refs: Mapping[str, str], head: str) -> Tip | None:
    """What a name means among refs (name to commit); empty: where `head` points. None: nothing."""
    candidates = [wanted] if wanted.startswith("refs/") else [HEADS + wanted, TAGS + wanted]
    for ref in candidates if wanted else [head]:
        if ref in refs:
            return Tip(ref, refs[ref])
    return None


def missing(url: str, wanted: str, refs: Iterable[str], head: str) -> NoSuchRef:
    """What is said when a name means nothing, with the branches that somebody may have meant."""
    found = sorted(ref.removeprefix(HEADS) for ref in refs if ref.startswith(HEADS))
    named = [name for name in found if not name.startswith(_OWN)]
    shown = ", ".join(named[:_SHOWN]) + (", …" if len(named) > _SHOWN else "")
    if wanted:
        there = f"; there are: {shown}" if named else ""
        words = f"has no branch or tag {wanted!r}{there}; what was read from it before stays"
        return NoSuchRef(url, f"{words} in force")
    default = head.removeprefix(HEADS)
    words = f"has no commit on its default branch{f' {default}' if default else ''} yet"
    told = f"--branch names another one; there are: {shown}" if named else "push one"
    return NoSuchRef(url, f"{words}; {told}")


def is_id(name: str) -> bool:
    """Whether a name is the whole id of a commit."""
    return _ID.fullmatch(name) is not None


def unknown(name: str) -> str:
    """What is said when somebody asks for something that is not there."""
    return f"has no branch or tag {name!r}, and no commit of this id"


def not_in_the_way(ref: str, refs: Iterable[str], url: str) -> None:
    """PublishError when a branch that exists keeps this one from being made."""
    for other in refs:
        if other.startswith(f"{ref}/") or ref.startswith(f"{other}/"):
            there, wanted = other.removeprefix(HEADS), ref.removeprefix(HEADS)
            words = f"branch {there!r} stands in the way of {wanted!r}: git cannot hold both"
            raise PublishError(url, words, retry=False)
