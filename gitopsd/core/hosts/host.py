"""What is special about a git host, as one value: the form of every file in this folder.

A `Host` carries data and functions. `HOSTS` in `__init__.py` holds them all. To add one: a file
with `HOST`, and its line in `HOSTS`.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import msgspec

from gitopsd.model.hosting import Ask, Comment, CommitState, Delivery, Event, PullRequest

_SCP = re.compile(r"(?:[^@/]+@)?(\[[^\]]+\]|[^:/]+):(?!//)(.+)")


class Unauthentic(Exception):
    """A webhook that nobody who knows the secret has signed, or not just now."""


@dataclass(frozen=True, slots=True)
class Place:
    """A repository at a host: the URL that its API begins with, and its own path there."""

    api: str
    project: str


@dataclass(frozen=True, slots=True)
class Api:
    """How a host is asked about pull requests, and what its answers mean.

    Functions that ask are given the project of a `Place`, those of lists a page from 1 on; a page
    with fewer than `page_size` items is the last (0: there is one page). Functions that read are
    given the value of an answer and pass over what is not of the form that the host documents.
    `states_of` is the newest state of each context. `can_write` is asked of one user by name.
    `page` is where people read a file of a branch, by the URL of the repository.
    """

    place: Callable[[str], Place]
    headers: Callable[[str], Mapping[str, str]]
    me: Ask
    name_of: Callable[[Any], str]
    pulls: Callable[[str, int], Ask]
    pulls_of: Callable[[Any], tuple[PullRequest, ...]]
    comments: Callable[[str, int, int], Ask]
    comments_of: Callable[[Any], tuple[Comment, ...]]
    add_comment: Callable[[str, int, str], Ask]
    edit_comment: Callable[[str, int, Comment], Ask]
    states: Callable[[str, str], Ask]
    states_of: Callable[[Any], tuple[CommitState, ...]]
    commit_state: Callable[[str, str, CommitState], Ask]
    permission: Callable[[str, str], Ask]
    can_write: Callable[[Any, str], bool]
    page: Callable[[str, str, str], str]
    most_characters: int
    most_description: int = 140
    page_size: int = 100
    comment_page_size: int = 100
    is_same_state: Callable[[int, str], bool] = lambda status, words: False


@dataclass(frozen=True, slots=True)
class Host:
    """A git host by the names it has in `/webhook/<name>`.

    `read_push(delivery, secrets, now)` is the event of an authentic delivery; it raises Unauthentic
    for any other, before it parses anything. `api` is None where pull requests are not followed.
    """

    names: tuple[str, ...]
    read_push: Callable[[Delivery, tuple[str, ...], datetime], Event]
    api: Api | None = None


def digest(secret: str, body: bytes) -> bytes:
    """HMAC-SHA256 of a body."""
    return hmac.new(secret.encode(), body, sha256).digest()


def is_signed(signature: str, body: bytes, secrets: Iterable[str]) -> bool:
    """Whether one of the secrets made this signature, given in hex; takes the same time for all.

    An empty signature is none, whatever the secrets are.
    """
    given = bytes_of(signature.strip().lower())
    found = False
    for secret in secrets:
        found |= hmac.compare_digest(given, digest(secret, body).hex().encode())
    return found and bool(given)


def demand_signed(delivery: Delivery, header: str, secrets: Iterable[str]) -> None:
    """Raises Unauthentic unless a secret made what this header says after `sha256=`."""
    scheme, _, signature = delivery.header(header).partition("=")
    if scheme != "sha256" or not is_signed(signature, delivery.body, secrets):
        raise Unauthentic


def is_secret(given: str, secrets: Iterable[str]) -> bool:
    """Whether one of the secrets was given; takes the same time for all."""
    found = False
    for secret in secrets:
        found |= hmac.compare_digest(bytes_of(given), secret.encode())
    return found and bool(given)


def bytes_of(header: str) -> bytes:
    """A header's value as bytes, whatever they were when they came."""
    return header.encode(errors="surrogateescape")


def ids_of(delivery: Delivery, *names: str) -> tuple[str, ...]:
    """What a delivery is known by: what its host calls it, and its body, for nobody signs names."""
    given = next(filter(None, (delivery.header(name) for name in names)), "")
    body = sha256(delivery.body).hexdigest()
    return (given, body) if given else (body,)


def payload(body: bytes) -> Mapping[str, Any]:
    """The JSON object of a body; an empty one where it is something else."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return value if isinstance(value, Mapping) else {}


def words(value: Any, *names: str) -> tuple[str, ...]:
    """The texts under these names of a mapping, without empty ones."""
    if not isinstance(value, Mapping):
        return ()
    found = (value.get(name) for name in names)
    return tuple(each for each in found if isinstance(each, str) and each)


def number(value: Any, name: str) -> int:
    """The whole number under a name of a mapping, 0 where there is none."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def items(value: Any) -> list[Any]:
    """The items of a list; none where it is something else."""
    return value if isinstance(value, list) else []


def address_of(url: str) -> tuple[str, str]:
    """Where the web server of a repository's host is, and the repository's path on it.

    Of an ssh URL the host alone is known: its web server is taken to be at the usual port.
    """
    if "://" not in url and (scp := _SCP.fullmatch(url)):
        return f"https://{scp[1]}", path_of(scp[2])
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    if parts.scheme in ("http", "https") and parts.port:
        return f"{parts.scheme}://{host}:{parts.port}", path_of(parts.path)
    scheme = "http" if parts.scheme == "http" else "https"
    return f"{scheme}://{host}", path_of(parts.path)


def path_of(path: str) -> str:
    """The path of a repository without what need not be written."""
    return path.strip("/").removesuffix(".git").rstrip("/")


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters, its end cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def word(value: Any, *path: str) -> str:
    """The text at a path of names, empty where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""
