"""WHEN our branches are written: the newest content, at most one commit in an interval.

Comes in: a way to write down what should stand on the branches now. Goes out: commits. What was
offered and not yet begun is replaced by what is offered later; a failure is tried again, later
each time, with the newest there is then.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gitopsd.edge import clock
from gitopsd.model.errors import GitopsdError, PublishError

_LATEST_S = 300.0
# To write down what turns out to be the same costs time too, though no commit.
_UNCHANGED_S = 0.5

_log = logging.getLogger(__name__)

Content = Mapping[str, bytes | None]


class Writer(Protocol):
    """Where branches are pushed to: `edge.git.Remote`."""

    async def push(self, name: str, content: Content, message: str, now: datetime) -> str:
        """Makes a branch hold just this; the commit that it stands at then."""
        ...


@dataclass(frozen=True, slots=True)
class Publication:
    """What branches should hold, whole and in the order of pushing, and why."""

    branches: Mapping[str, Content]
    message: str


Write = Callable[[], Awaitable[Publication | None]]


class Publisher:
    """Pushes while `run` runs. `interval_s` is the least time between two commits of a branch.

    `pushed` counts by branch the commits that were new to us; the first may be one found there.
    """

    def __init__(self, writer: Writer, interval_s: float) -> None:
        self.commits: Mapping[str, str] = {}
        self.pushed: Counter[str] = Counter()
        self.reason = ""
        self._writer = writer
        self._interval_s = interval_s
        self._offered: Write | None = None
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._failures = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def offer(self, write: Write) -> None:
        """`write` is called when its turn comes; None means that there is nothing to say yet."""
        self._offered = write
        self._idle.clear()
        self._wake.set()

    async def finish(self, within_s: float) -> None:
        """Publishes what was offered without waiting for the interval; raises PublishError."""
        self._hurry.set()
        try:
            async with asyncio.timeout(within_s):
                await self._idle.wait()
        except TimeoutError:
            reason = self.reason or "was not done in time"
            raise PublishError("publish", reason) from None

    async def run(self) -> None:
        """Publishes for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            write, self._offered = self._offered, None
            if write is None:
                continue
            wait_s = await self._publish(write)
            if self._offered is None and not self._failures:
                self._idle.set()
            await self._pause(wait_s)

    async def _publish(self, write: Write) -> float:
        """Seconds until the next one may begin."""
        try:
            has_moved = await self._push(await write())
        except GitopsdError as error:
            return self._failed(write, str(error))
        except Exception as error:
            _log.exception("published=false")
            return self._failed(write, f"internal error: {type(error).__name__}")
        self._failures = 0
        self.reason = ""
        return self._interval_s if has_moved else min(self._interval_s, _UNCHANGED_S)

    async def _push(self, publication: Publication | None) -> bool:
        """Whether a branch has a new commit now."""
        if publication is None:
            return False
        has_moved = False
        for name, content in publication.branches.items():
            before = self.commits.get(name, "")
            commit = await self._writer.push(name, content, publication.message, clock.now())
            has_moved = has_moved or commit != before
            self.commits = {**self.commits, name: commit}
            if commit != before:
                self.pushed[name] += 1
                _log.info("branch=%s commit=%s", name, commit)
        return has_moved

    def _failed(self, write: Write, reason: str) -> float:
        if reason != self.reason:
            _log.warning("published=false reason=%r", reason)
        self.reason = reason
        self._failures += 1
        if self._offered is None:
            self._offered = write
        self._wake.set()
        wait_s = max(1.0, self._interval_s) * (1 << min(self._failures - 1, 8))
        return clock.jitter(min(_LATEST_S, wait_s))

    async def _pause(self, seconds: float) -> None:
        """Waits, or less once somebody needs it published now."""
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            return
        self._hurry.clear()
