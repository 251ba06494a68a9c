"""How much of the time a member may take: one that tells much, and goes on, leaves half to others.

Stands alone because all watches of a member are one teller, however many there are.
"""

import asyncio

from gitopsd.edge import clock

_WINDOW_S, _BUSY_S = 1.0, 0.25
_TURN_S = 0.01
# What comes compressed has cost much before anybody sees it.
_BYTES_A_SECOND = 64 * 1024 * 1024


class Share:
    """How long it took to take in what a member told lately, and when it may go on."""

    def __init__(self) -> None:
        self._since = 0.0
        self._busy_s = 0.0
        self._free_at = 0.0

    async def turn(self) -> float:
        """Waits until more of it may be taken in; the moment at which that begins."""
        while (now := clock.monotonic()) < self._free_at:  # noqa: ASYNC110 (others take turns meanwhile)
            await asyncio.sleep(self._free_at - now)
        return now

    def is_long(self, began: float) -> bool:
        """Whether a turn that began then is to end, for the sake of all others."""
        return clock.monotonic() - began > _TURN_S

    def spent(self, began: float, size: int = 0) -> None:
        """A turn that began then is over, and so many bytes are taken in.

        Where there was much lately, the next turn waits as long.
        """
        now = clock.monotonic()
        if now - self._since > _WINDOW_S:
            self._since, self._busy_s = now, self._busy_s / 2
        took = max(now - began, size / _BYTES_A_SECOND)
        self._busy_s += took
        if self._busy_s > _BUSY_S:
            self._free_at = now + took
