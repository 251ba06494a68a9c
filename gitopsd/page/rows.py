"""Long tables in pages: `?workloads=2` shows the second, and links lead to the others.

Comes in: all rows, the name of the table and the query. Goes out: the rows to show.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

PER_PAGE = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """One page of a table; links are empty where there is no page."""

    shown: Sequence[T]
    total: int
    number: int
    pages: int
    earlier: str
    later: str


def cut(rows: Sequence[T], table: str, query: Mapping[str, str]) -> Rows[T]:
    """The page that the query asks for, the nearest one where there is no such page."""
    pages = max(1, -(-len(rows) // PER_PAGE))
    asked = query.get(table, "")
    wanted = int(asked) if asked.isdecimal() and len(asked) < 9 else 1
    number = min(max(1, wanted), pages)
    return Rows(
        shown=rows[(number - 1) * PER_PAGE : number * PER_PAGE],
        total=len(rows),
        number=number,
        pages=pages,
        earlier=link(query, table, str(number - 1)) if number > 1 else "",
        later=link(query, table, str(number + 1)) if number < pages else "",
    )


def link(query: Mapping[str, str], name: str, value: str) -> str:
    """The same screen with one word of its query changed; an empty value takes it out."""
    kept = {each: words for each, words in query.items() if each != name}
    words = urlencode({**kept, name: value} if value else kept)
    return f"/?{words}" if words else "/"
