"""WHETHER A MEMBER IS STILL THERE: asked again before anything is concluded.

Comes in: a member that failed, or was not heard for a while, or asks for patience. Goes out:
nothing while it says that it is ready, else the last of three errors in a row, which ends the whole
connection.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gitopsd.edge import clock
from gitopsd.edge.member import Member
from gitopsd.model.errors import ClusterError, Throttled

T = TypeVar("T")

IN_A_ROW = 3
AGAIN_S = 0.5
_TIMES = 10


async def sound(member: Member) -> None:
    """Returns once the member says that it is ready, or has too much to do to say so."""
    for left in reversed(range(IN_A_ROW)):
        try:
            return await member.probe()
        except Throttled:
            return
        except ClusterError as error:
            if not left or not error.retry:
                raise
        await asyncio.sleep(clock.jitter(AGAIN_S))


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, asked for again as often as the member wants to be waited for, ten times."""
    for _ in range(_TIMES):
        try:
            return await ask()
        except Throttled as error:
            await asyncio.sleep(clock.jitter(error.wait_s))
    return await ask()
