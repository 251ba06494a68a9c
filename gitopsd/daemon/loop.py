"""WHAT STARTS THE NEXT TURN: a new commit, a report, or a time that has come.

Comes in: a source and a world. Goes out: turns, one after the other. A commit starts one at once,
reports are gathered for a moment.
"""

import asyncio
import logging
from collections.abc import Callable

from gitopsd.daemon.source import Source
from gitopsd.daemon.turn import Turn, World
from gitopsd.edge import clock
from gitopsd.model.snapshot import Tree

_GATHER_S = 0.2
_AGAIN_S = 5.0

_log = logging.getLogger(__name__)


class News:
    """Wakes the loop; may be told at any time."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.tree: Tree | None = None

    def report(self) -> None:
        """A member said something."""
        self._event.set()

    def commit(self, tree: Tree) -> None:
        """The desired state is another one."""
        self.tree = tree
        self._event.set()

    @property
    def is_pending(self) -> bool:
        return self._event.is_set()

    async def wait(self, within_s: float | None) -> None:
        """Until there is news, or the time is over."""
        try:
            async with asyncio.timeout(within_s):
                await self._event.wait()
        except TimeoutError:
            return

    async def gather(self) -> None:
        """A moment in which reports come together; a commit ends it."""
        ends = clock.monotonic() + _GATHER_S
        while self.tree is None and (left := ends - clock.monotonic()) > 0:
            self._event.clear()
            await self.wait(left)
        self._event.clear()

    def take(self) -> Tree | None:
        """The newest commit that no turn has seen yet."""
        tree, self.tree = self.tree, None
        self._event.clear()
        return tree


async def follow(source: Source, news: News) -> None:
    """Hands every new tree to the loop."""
    while True:
        news.commit(await source.next())


async def turns(world: World, news: News, done: Callable[[Turn], bool]) -> Turn:
    """Takes turns until `done` says so of one; one that fails holds what was and is tried again."""
    pending: Tree | None = None
    while True:
        await news.wait(0.0 if pending else _wait_s(world))
        if news.tree is None and pending is None:
            await news.gather()
        tree = news.take() or pending
        pending = None
        try:
            turn = await world.turn(tree)
        except Exception:
            world.failures += 1
            _log.exception("turn=failed commit=%s", tree.commit if tree else "")
            pending = tree
            await asyncio.sleep(_AGAIN_S)
            continue
        if turn is not None and done(turn):
            return turn


def _wait_s(world: World) -> float | None:
    at = world.wake_at
    return None if at is None else max(0.0, (at - clock.now()).total_seconds())
