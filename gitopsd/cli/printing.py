"""How results look: kubectl's plain columns, YAML, JSON; a little colour on a terminal.

Comes in: rows or bodies. Goes out: text. Colour is there only where someone looks at it, and never
where `NO_COLOR` is set (https://no-color.org).
"""

import os
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

_GAP = 3
_COLOURS = {
    "True": 32, "Synced": 32, "Current": 32, "Applied": 32,
    "Progressing": 33, "InProgress": 33, "Pending": 33, "warning": 33, "Unknown": 33,
    "False": 31, "Degraded": 31, "Failed": 31, "error": 31,
}  # fmt: skip


def is_coloured(stream: TextIO | None = None) -> bool:
    """Whether to colour what goes to this stream, stdout by default."""
    stream = stream or sys.stdout
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def painted(text: str) -> str:
    """A word in the colour of what it says, where colour is wanted and the word has one."""
    colour = _COLOURS.get(text.strip())
    return f"\x1b[{colour}m{text}\x1b[0m" if colour and is_coloured() else text


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns as kubectl prints them, each as wide as its widest cell; `<none>` for empty cells.

    No cell moves the cursor, as `plain` has it.
    """
    lines = [list(header), *([plain(cell) or "<none>" for cell in row] for row in rows)]
    widths = [max(_width(line[index]) for line in lines) for index in range(len(header))]
    shown = []
    for number, line in enumerate(lines):
        cells = [
            (cell if number == 0 else painted(cell)) + " " * (width - _width(cell) + _GAP)
            for cell, width in zip(line, widths, strict=True)
        ]
        shown.append("".join(cells).rstrip())
    return "\n".join(shown)


def plain(text: str) -> str:
    """The line with `?` for control characters: what others say is shown, and moves no cursor."""
    return "".join("?" if unicodedata.category(sign) == "Cc" else sign for sign in text)


def as_json(value: Any) -> str:
    """Indented JSON."""
    import msgspec

    data: bytes = msgspec.json.format(msgspec.json.encode(value), indent=2)
    return data.decode()


def as_yaml(value: Any) -> str:
    """One YAML document."""
    from gitopsd.kube import yaml

    return yaml.dump(value).rstrip("\n")


def listed(bodies: Sequence[Mapping[str, Any]], form: str) -> str:
    """Bodies as one `List`, in `json` or `yaml`."""
    value = {"apiVersion": "v1", "kind": "List", "items": list(bodies)}
    return as_json(value) if form == "json" else as_yaml(value)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
