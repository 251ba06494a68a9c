"""Words inside Markdown that ping nobody, link nothing and break nothing.

Names and messages come from a repository that anybody may propose changes to. Code hosts read `@`,
`#`, `!` and the like as references to people, issues and requests, links as back-references, and
lines that begin with `/` as commands; inside a fence they read nothing.
"""

import re
from collections.abc import Iterable

_NOTHING = "\u200b"
_REFERS = re.compile(r"(?:[@#!~$%&^]|\bGH-|\bgh-|://)(?=\S)")
_MARKS = re.compile(r"[\\`*_\[\]|~]")
_LINES = re.compile(r"\s*[\r\n\u2028\u2029]+\s*")
_TAGS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def plain(words: str) -> str:
    """The same words, to be read and nothing else, on one line."""
    words = _LINES.sub(" ", words)
    words = _REFERS.sub(lambda found: found.group() + _NOTHING, words)
    words = "".join(_TAGS.get(sign, sign) for sign in words)
    return _MARKS.sub(lambda found: "\\" + found.group(), words)


def summary(words: str) -> str:
    """The same words inside a tag of HTML, where Markdown has no marks."""
    words = _REFERS.sub(lambda found: found.group() + _NOTHING, _LINES.sub(" ", words))
    return "".join(_TAGS.get(sign, sign) for sign in words)


def fenced(lines: Iterable[str], language: str = "") -> str:
    """The lines as they are, in a fence longer than any run of backticks inside."""
    body = "\n".join(lines)
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", body)), 3)
    return f"{fence}{language}\n{body}\n{fence}"


def folded(title: str, body: str) -> str:
    """A body behind a title that opens it."""
    return f"<details><summary>{summary(title)}</summary>\n\n{body}\n\n</details>"


def length(words: str) -> int:
    """How long a host takes this to be: the larger of what hosts count, UTF-16 units."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2
