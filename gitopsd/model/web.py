"""What is asked over HTTP and what is answered, as values: a view makes the one of the other."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

HTML = "text/html; charset=utf-8"
CSS = "text/css; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Question:
    """A GET. `parts` are what stands in the path for the pattern's names, `query` the last of each
    name.
    """

    parts: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; it is never kept by browsers."""

    body: bytes
    content_type: str = TEXT
    code: int = 200


View = Callable[[Question], Answer | Awaitable[Answer]]
# Path patterns to views: `/workloads/{namespace}/{name}`; a name stands for one segment.
Routes = Mapping[str, View]


def text(words: str, code: int = 200) -> Answer:
    """A line of plain text."""
    return Answer(f"{words}\n".encode(), TEXT, code)
