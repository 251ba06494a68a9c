"""What is asked over HTTP and what is answered, as values: a view makes the one of the other."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

HTML = "text/html; charset=utf-8"
CSS = "text/css; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Question:
    """A request. `parts` are what stands in the path for the pattern's names, `query` the last of
    each name, `headers` have names in lower case, `remote` is the address that asks. A GET has no
    body.
    """

    parts: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    remote: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; it is never kept by browsers. `allow` are the methods that would do."""

    body: bytes
    content_type: str = TEXT
    code: int = 200
    allow: tuple[str, ...] = ()


View = Callable[[Question], Answer | Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Taking:
    """A view of POSTs alone, whose bodies have at most so many bytes.

    `refused` is asked before anything of a body is read: what is answered instead, if anything is.
    """

    view: View
    most_bytes: int
    refused: Callable[[Question], Answer | None] = lambda _: None


# Path patterns to views: `/workloads/{namespace}/{name}`; a name stands for one segment.
Routes = Mapping[str, View | Taking]


def text(words: str, code: int = 200) -> Answer:
    """A line of plain text."""
    return Answer(f"{words}\n".encode(), TEXT, code)
