"""A comment below the length that its host takes: what is worth least is shortened first.

Comes in: blocks of Markdown in order, each with shorter forms of itself and what it is worth. Goes
out: one text; what was left out is said. Where even the shortest forms are too long, the text is
cut on a line, and whatever was open there is closed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitopsd.core.review.markdown import length

# Characters of one comment: docs.github.com, docs.gitlab.com, Bitbucket Data Center, Azure DevOps.
LIMITS: Mapping[str, int] = {
    "github": 65_536,
    "gitlab": 1_000_000,
    "bitbucket": 32_768,
    "azure": 150_000,
}

_FENCE = re.compile(r"^\s*(`{3,}|~{3,})(.*)$")
_OPEN = "<details>"
_CLOSED = "</details>"
_GAP = 2
_ITEM = "- "


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of Markdown: `forms` are ever shorter, the last may be empty for leaving it out.

    What has one form is never shortened. `worth` orders: the least goes first.
    """

    forms: tuple[str, ...]
    worth: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """What always stands at the end: `last`, and before it `note` where something is missing."""

    last: str
    note: str


def fitted(blocks: Sequence[Block], end: End, most: int) -> str:
    """The blocks below each other, and the end, in at most so many characters."""
    taken = [0] * len(blocks)
    whole = [*(block.forms[0] for block in blocks), end.last]
    total = sum(map(_size, whole))
    if total <= most:
        return _joined(whole)
    most -= _size(end.note) + _size(end.last)
    total -= _size(end.last)
    order = sorted(range(len(blocks)), key=lambda number: (blocks[number].worth, -number))
    for form in range(1, max(len(block.forms) for block in blocks)):
        for number in order:
            if total <= most:
                break
            forms = blocks[number].forms
            if len(forms) > form:
                total += _size(forms[form]) - _size(forms[form - 1])
                taken[number] = form
    chosen = [block.forms[form] for block, form in zip(blocks, taken, strict=True)]
    text = _joined(chosen)
    if length(text) > most:
        text = next(parts(text, most))
    return _joined((text.rstrip(), end.note, end.last))


def parts(text: str, most: int) -> Iterator[str]:
    """The text in pieces of at most so many characters, cut between lines.

    Fences and folds that a cut falls into are closed before it and opened again after it. A single
    line that is too long by itself is cut within.
    """
    open_at: list[tuple[str, str]] = []  # how it was opened, what closes it
    piece: list[str] = []
    size = 0
    for line in _short_lines(text, most):
        after = _opened(open_at, line)
        closing = sum(length(close) + 1 for _, close in after)
        if piece and size + length(line) + 1 + closing > most:
            yield _closed(piece, open_at)
            piece = [opening for opening, _ in open_at]
            size = sum(length(each) + 1 for each in piece)
        piece.append(line)
        size += length(line) + 1
        open_at = after
    if piece:
        yield _closed(piece, open_at)


def _size(form: str) -> int:
    return length(form) + _GAP if form else 0


def _joined(forms: Iterable[str]) -> str:
    """The forms with an empty line between them, but for items of one list."""
    text = before = ""
    for form in filter(None, forms):
        is_next_item = before.startswith(_ITEM) and form.startswith(_ITEM)
        text += ("\n" if is_next_item else "\n\n" if text else "") + form
        before = form
    return text


def _opened(open_at: list[tuple[str, str]], line: str) -> list[tuple[str, str]]:
    """What is open after a line."""
    inside = open_at[-1][1] if open_at and open_at[-1][1] != _CLOSED else ""
    fence = _FENCE.match(line)
    if inside:
        is_end = fence and fence[1].startswith(inside) and not fence[2].strip()
        return open_at[:-1] if is_end else open_at
    if fence:
        return [*open_at, (line, fence[1])]
    if line.startswith(_OPEN) and not line.endswith(_CLOSED):
        return [*open_at, (f"{line}\n", _CLOSED)]
    if line.startswith(_CLOSED) and open_at:
        return open_at[:-1]
    return open_at


def _closed(piece: Sequence[str], open_at: Sequence[tuple[str, str]]) -> str:
    return "\n".join([*piece, *(close for _, close in reversed(open_at))])


def _short_lines(text: str, most: int) -> Iterator[str]:
    longest = max(most // 4, 1)
    for line in text.split("\n"):
        while len(line) > longest:
            yield line[:longest]
            line = line[longest:]
        yield line
