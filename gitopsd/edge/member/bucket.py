"""How often a member is asked that does not look after itself: a bucket of tokens.

Stands alone because members with API priority and fairness need none: they say themselves when it
is too much.
"""

import asyncio


class Bucket:
    """Gives `rate_s` tokens a second, after `burst` at once."""

    def __init__(self, rate_s: float, burst: int) -> None:
        self._rate_s = rate_s
        self._burst = burst
        self._level = float(burst)
        self._at = 0.0

    async def take(self) -> None:
        """Returns when there is a token; who came first gets the first."""
        now = asyncio.get_running_loop().time()
        self._level = min(self._burst, self._level + (now - self._at) * self._rate_s) - 1
        self._at = now
        if self._level < 0:
            await asyncio.sleep(-self._level / self._rate_s)
