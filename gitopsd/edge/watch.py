"""A word when something below a folder changed.

Comes in: folders and which paths count. Goes out: one word for changes that come close together.
The operating system tells; nothing is read and nothing is said of what changed.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from watchfiles import Change, awatch

_GATHER_MS = 100
_QUIET_MS = 50
_LOOK_MS = 1000


async def changes(folders: Iterable[Path], counts: Callable[[str], bool]) -> AsyncIterator[None]:
    """Yields after changes to paths that count, once it was quiet for a moment."""

    def is_heard(change: Change, path: str) -> bool:
        return counts(path)

    async for _ in awatch(
        *folders,
        watch_filter=is_heard,
        debounce=_GATHER_MS,
        step=_QUIET_MS,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=False,
    ):
        yield
