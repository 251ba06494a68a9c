"""What is special about a git host, as one value: the form of every file in this folder.

A `Host` carries data and functions. `HOSTS` in `__init__.py` holds them all. To add one: a file
with `HOST`, and its line in `HOSTS`.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from gitopsd.model.hosting import Delivery, Event


class Unauthentic(Exception):
    """A webhook that nobody who knows the secret has signed, or not just now."""


@dataclass(frozen=True, slots=True)
class Host:
    """A git host by the names it has in `/webhook/<name>`.

    `read_push(delivery, secrets, now)` is the event of an authentic delivery; it raises Unauthentic
    for any other, before it parses anything.
    """

    names: tuple[str, ...]
    read_push: Callable[[Delivery, tuple[str, ...], datetime], Event]


def digest(secret: str, body: bytes) -> bytes:
    """HMAC-SHA256 of a body."""
    return hmac.new(secret.encode(), body, sha256).digest()


def is_signed(signature: str, body: bytes, secrets: Iterable[str]) -> bool:
    """Whether one of the secrets made this signature, given in hex; takes the same time for all.

    An empty signature is none, whatever the secrets are.
    """
    given = signature.strip().lower().encode()
    found = False
    for secret in secrets:
        found |= hmac.compare_digest(given, digest(secret, body).hex().encode())
    return found and bool(given)


def is_secret(given: str, secrets: Iterable[str]) -> bool:
    """Whether one of the secrets was given; takes the same time for all."""
    found = False
    for secret in secrets:
        found |= hmac.compare_digest(given.encode(), secret.encode())
    return found and bool(given)


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


def word(value: Any, *path: str) -> str:
    """The text at a path of names, empty where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""
