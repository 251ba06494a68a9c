"""What a program says of a failed build, without the secrets it may quote.

Comes in: its words, and the build. Goes out: the words, shortened, in which no value of a Secret of
the build's files stands, and none that a chart is given under a name that sounds secret.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from gitopsd.core.sources.kustomizations import secret_literals
from gitopsd.kube.yaml import YamlError, documents
from gitopsd.model.build import Build
from gitopsd.model.errors import GitopsdError

MASK = "***"

_LONGEST = 600
_SHORTEST_SECRET = 3
_SOUNDS_SECRET = re.compile(r"pass|pwd|secret|token|key|cred|auth|cert|private|salt|dsn", re.I)


def masked(words: str, build: Build, read: Callable[[str], bytes]) -> str:
    """The words, at most 600 characters of them; a file that cannot be read hides nothing."""
    found: set[str] = set()
    for blob in build.files.values():
        with suppress(GitopsdError, YamlError):
            for document in documents(read(blob)):
                found.update(_secrets(document.body))
    if build.release is not None:
        found.update(_sounding(build.release.values))
    lines = {line.strip() for each in found for line in each.splitlines()}
    for line in sorted(lines, key=len, reverse=True):
        if len(line) >= _SHORTEST_SECRET:
            words = words.replace(line, MASK)
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]} …"


def _secrets(body: Any) -> Iterator[str]:
    """Values of a Secret, what a kustomization makes Secrets of, and what sounds secret."""
    if not isinstance(body, Mapping):
        return
    yield from _sounding(body)
    yield from secret_literals(body)
    if body.get("kind") != "Secret":
        return
    for field in ("data", "stringData"):
        values = body.get(field)
        for value in values.values() if isinstance(values, Mapping) else ():
            yield str(value)
            with suppress(binascii.Error, ValueError):
                yield base64.b64decode(str(value), validate=True).decode()


def _sounding(value: Any, *, is_secret: bool = False) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _sounding(
                each, is_secret=is_secret or bool(_SOUNDS_SECRET.search(str(name)))
            )
    elif isinstance(value, list):
        for each in value:
            yield from _sounding(each, is_secret=is_secret)
    elif is_secret and value is not None and not isinstance(value, bool):
        yield str(value)
