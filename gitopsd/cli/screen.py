"""Where the demo's rows appear: one live table on a terminal, a line per news elsewhere."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from gitopsd.cli import printing
from gitopsd.cli.story import CLUSTERS, Row

if TYPE_CHECKING:
    from rich.table import Table


class Screen(Protocol):
    """Shows the rows of a chapter as they change, between `with` and its end."""

    def __enter__(self) -> "Screen": ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def show(self, rows: tuple[Row, ...]) -> None: ...


def screen() -> Screen:
    """The right one for where stdout goes."""
    return Live() if printing.is_coloured(sys.stdout) else Lines()


class Lines:
    """A line for every cell that changes, with the seconds since the chapter began."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown: dict[tuple[str, str], str] = {}

    def __enter__(self) -> "Lines":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def show(self, rows: tuple[Row, ...]) -> None:
        """Prints what is new."""
        for title, cells in rows:
            for name, cell in zip(CLUSTERS, cells, strict=True):
                if cell.text and cell.text != "–" and self._shown.get((name, title)) != cell.text:
                    self._shown[(name, title)] = cell.text
                    passed = time.monotonic() - self._began
                    print(f"{passed:6.1f} s  {name}  {title:<24} {cell.text}", flush=True)


class Live:
    """A table that is drawn again and again."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live as RichLive

        self._began = time.monotonic()
        self._live = RichLive(console=Console(), refresh_per_second=8)

    def __enter__(self) -> "Live":
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def show(self, rows: tuple[Row, ...]) -> None:
        """Draws the rows as they are now."""
        self._live.update(_table(rows, time.monotonic() - self._began))


def _table(rows: tuple[Row, ...], passed_s: float) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"{passed_s:.1f} s", title_justify="left")
    table.add_column("")
    for name in CLUSTERS:
        table.add_column(name)
    for title, cells in rows:
        styled = [Text(cell.text, style="green" if cell.is_done else "yellow") for cell in cells]
        table.add_row(title, *styled)
    return table
