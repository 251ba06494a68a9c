"""The status branch as the command line sees it: fetched, and whenever it moves.

Comes in: a Config. Goes out: the branch's files, read one by one as they are asked for.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping

from gitopsd.model.config import Config
from gitopsd.model.errors import SourceError

Files = Mapping[str, bytes]


def files(config: Config, folders: tuple[str, ...] = ()) -> Files:
    """The files of the status branch in these folders and at its top; all of them for none.

    Raises SourceError where the remote cannot be read, or has no such branch yet.
    """
    return asyncio.run(_fetch(config, folders))


def follow(
    config: Config, folders: tuple[str, ...], every_s: float, show: Callable[[Files], None]
) -> None:
    """Calls `show` now and whenever the branch has moved, until interrupted."""
    asyncio.run(_follow(config, folders, every_s, show))
