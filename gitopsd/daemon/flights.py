"""WHAT IS ON ITS WAY TO A MEMBER: how many requests at a time, and what failures say of all.

Comes in: work on some objects, begun at once. Goes out: that it landed; and whether the member
wants patience or is lost. Stands alone because it knows nothing of what the work is.
"""

import asyncio
from collections.abc import Awaitable, Callable

from gitopsd.core.plan.pace import Pace, after_second, throttled
from gitopsd.daemon.pulse import IN_A_ROW
from gitopsd.daemon.tally import Tally
from gitopsd.edge import clock
from gitopsd.model.errors import ClusterError, ObjectError, Throttled
from gitopsd.model.resource import ResourceKey

Keys = tuple[ResourceKey, ...]
Work = Callable[[], Awaitable[None]]


class Flights:
    """What is under way in one connection; `keys` are its objects.

    `paused_until` is a moment of the steady clock, 0 for none. `lost` is why the member is given
    up.
    """

    def __init__(self, tally: Tally, has_more: Callable[[], bool]) -> None:
        """`has_more` says whether something waits for its turn."""
        self.keys: set[ResourceKey] = set()
        self.paused_until = 0.0
        self.lost: ClusterError | None = None
        self._tally = tally
        self._has_more = has_more
        self._jobs: set[asyncio.Task[None]] = set()
        self._pace = Pace()
        self._second = (0.0, 0)
        self._losses = 0

    @property
    def has_room(self) -> bool:
        """Whether one more may be begun."""
        return len(self._jobs) < self._pace.width

    def is_paused(self) -> bool:
        """Whether nothing may be begun yet."""
        if clock.monotonic() < self.paused_until:
            return True
        self.paused_until = 0.0
        return False

    def start(self, keys: Keys, work: Work, landed: Callable[[Keys], None]) -> None:
        """Begins work on these objects; `landed` is called at its end, whatever that is."""
        self.keys.update(keys)
        job = asyncio.get_running_loop().create_task(self._do(keys, work, landed))
        self._jobs.add(job)

    async def end(self, patience_s: float) -> None:
        """What is under way has so many seconds to be done."""
        if patience_s and self._jobs:
            await asyncio.wait(self._jobs, timeout=patience_s)
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    def lose(self, error: ClusterError) -> None:
        """A request failed for the member's sake: it is lost after some of them in a row."""
        self._losses += 1
        if self._losses >= IN_A_ROW or not error.retry:
            self.lost = error
        else:
            self.paused_until = clock.monotonic() + clock.jitter(0.2)

    def wait_with_all(self, error: Throttled) -> None:
        """The member asks for patience, with whatever it was asked."""
        now = clock.monotonic()
        if now >= self.paused_until:
            # What was on its way together is refused together: that is one refusal.
            self._pace = throttled(self._pace)
            self._second = (0.0, 0)
        until = now + clock.jitter(error.wait_s)
        self._tally.throttled_s += max(0.0, until - max(now, self.paused_until))
        self.paused_until = max(self.paused_until, until)

    async def _do(self, keys: Keys, work: Work, landed: Callable[[Keys], None]) -> None:
        try:
            await work()
            self._losses = 0
            self._count()
        except Throttled as error:
            self.wait_with_all(error)
        except ObjectError:
            self._losses = 0
        except ClusterError as error:
            self.lose(error)
        finally:
            current = asyncio.current_task()
            if current is not None:
                self._jobs.discard(current)
            self.keys.difference_update(keys)
            landed(keys)

    def _count(self) -> None:
        """One more is done; after a second with always more to do, the pace is set."""
        began, done = self._second
        now = clock.monotonic()
        self._second = (began, done + 1)
        if not self._has_more():
            self._second = (now, 0)
        elif now - began >= 1.0:
            if began:
                self._pace = after_second(self._pace, (done + 1) / (now - began))
            self._second = (now, 0)
