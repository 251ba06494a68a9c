"""WHETHER A MEMBER IS STILL THERE: asked again before anything is concluded.

Comes in: a member that failed, or was not heard for a while. Goes out: nothing while it says that
it is ready, else the last of three errors in a row, which ends the whole connection.
"""

import asyncio

from gitopsd.edge import clock
from gitopsd.edge.member import Member
from gitopsd.model.errors import ClusterError, Throttled

IN_A_ROW = 3
AGAIN_S = 0.5


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
