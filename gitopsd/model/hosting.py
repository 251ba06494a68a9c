"""What git hosts say to us and what we ask of them, as values; which host it is does not show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook as it came: names of headers in lower case, the body as it was signed."""

    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """A header's value, empty where it is missing."""
        return self.headers.get(name, "")


class EventKind(StrEnum):
    """What a webhook tells: refs moved, a pull request or a word on it changed, or neither."""

    PUSH = "push"
    REVIEW = "review"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Event:
    """An authentic webhook. Nothing of it is trusted beyond "look there now".

    `urls` are all names that the host has for the repository, empty where it names none; `ref` is
    what moved, empty where it does not say or several did. `ids` are what the delivery is known by
    when it comes again; with none it is always a new one.
    """

    kind: EventKind
    urls: tuple[str, ...] = ()
    ref: str = ""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to the API of a host, below its base; `value` is sent as JSON."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    value: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PullRequest:
    """An open pull request (a merge request on GitLab).

    `head` is the commit it stands at and `ref` where the host keeps that in the repository; `base`
    is the branch it is to be merged into. `is_fork`: its commits come from another repository.
    `updated` is another text after every change and comment.
    """

    number: int
    head: str
    ref: str
    base: str
    is_fork: bool
    title: str = ""
    updated: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of a pull request; `id` is the host's."""

    id: int
    author: str
    body: str
    is_bot: bool = False


class StateKind(StrEnum):
    """How a check of a commit stands; hosts have other words for these."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class CommitState:
    """A check of a commit, by its context; a link is optional."""

    context: str
    kind: StateKind
    description: str
    url: str = ""
