"""The whole daemon in the test's own event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gitopsd.daemon.loop import turns
from gitopsd.daemon.wiring import Daemon, running
from gitopsd.model.config import Config


@asynccontextmanager
async def following(config: Config) -> AsyncIterator[Daemon]:
    """A daemon that takes turns while the context is open."""
    async with running(config) as daemon:
        task = asyncio.create_task(turns(daemon.world, daemon.news, lambda turn: False))
        try:
            yield daemon
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
