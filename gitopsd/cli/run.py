"""`gitopsd run`: the daemon, until it is told to stop."""

import argparse
import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

from gitopsd.cli import flags, logs, settings

NAME = "run"
HELP = "follow the repository and keep the members as it says"


def arguments(parser: argparse.ArgumentParser) -> None:
    flags.add(
        parser,
        flags.SOURCE,
        flags.TRUST,
        flags.MEMBERS,
        flags.KEYS,
        flags.TURNS,
        flags.LISTEN,
        flags.REVIEW,
        flags.LOGS,
    )


def run(args: argparse.Namespace) -> int:
    from gitopsd.daemon.wiring import serve

    logs.start(args)
    return asyncio.run(_until_told(serve(settings.config(args))))


async def _until_told(serving: Coroutine[Any, Any, int]) -> int:
    """Serves until SIGTERM or SIGINT; what is under way is finished first."""
    task = asyncio.ensure_future(serving)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return 0
