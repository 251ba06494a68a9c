"""References to images, in parts: registry, repository, tag or digest.

The grammar is that of container engines (github.com/distribution/reference); the first segment is
a registry only if it has a dot or a colon, or is `localhost`. Nothing is filled in: `web` stays
`web`, without a registry and a tag.
"""

import re
from typing import NamedTuple

_PATH_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_HOST_PART = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_HOST = rf"(?:{_HOST_PART}(?:\.{_HOST_PART})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_NAME = rf"(?:{_HOST}/)?{_PATH_PART}(?:/{_PATH_PART})*"
_TAG = r"[\w][\w.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"

_REFERENCE = re.compile(
    rf"(?P<name>{_NAME})(?::(?P<tag>{_TAG}))?(?:@(?P<digest>{_DIGEST}))?", re.ASCII
)
_WHOLE_TAG = re.compile(_TAG, re.ASCII)
_WHOLE_DIGEST = re.compile(_DIGEST)
_LONGEST_NAME = 255
_HEX_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}


class Reference(NamedTuple):
    """An image in parts, each empty where it is not written; never both a tag and a digest."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        name = f"{self.registry}/{self.repository}" if self.registry else self.repository
        if self.tag:
            return f"{name}:{self.tag}"
        return f"{name}@{self.digest}" if self.digest else name

    def with_tag_or_digest(self, text: str) -> "Reference":
        """The same image with this tag, or digest; unchanged for what is neither."""
        if _WHOLE_TAG.fullmatch(text):
            return self._replace(tag=text, digest="")
        if _WHOLE_DIGEST.fullmatch(text):
            return self._replace(tag="", digest=text)
        return self


def read(image: str) -> Reference:
    """The parts of an image; a digest beside a tag is dropped. Raises ValueError for no image."""
    found = _REFERENCE.fullmatch(image)
    if not found or len(found["name"]) > _LONGEST_NAME or not _is_known(found["digest"]):
        words = "what stands there is no image; right would be such as registry.example/app:1.2"
        raise ValueError(words)  # without it: a path may lead into a Secret
    first, slash, rest = found["name"].partition("/")
    has_registry = slash and ("." in first or ":" in first or first == "localhost")
    registry, repository = (first, rest) if has_registry else ("", found["name"])
    tag = found["tag"] or ""
    return Reference(registry, repository, tag, "" if tag else found["digest"] or "")


def _is_known(digest: str | None) -> bool:
    """Whether the algorithm is one that engines know, and the digits are of its length."""
    if digest is None:
        return True
    algorithm, _, digits = digest.partition(":")
    return len(digits) == _HEX_DIGITS.get(algorithm) and digits == digits.lower()
