"""WHETHER OUR SET MAY GO: the sets of other instances that come first there are ready, or are not.

Comes in: what is wanted, and that something new is due. Goes out: in the `Sight`, what all that is
new waits for. Sets are looked at only while something waits for them, ever more seldom. Once they
were ready for a wanted set it goes, whatever becomes of them. The way back is the opposite: where
all of ours is to go, those that come after it go first. It outlives connections, so that a set that
may go still may after one.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from gitopsd.core.plan import Wait, sets
from gitopsd.daemon.ledger import Ledger, NotOurs, parent
from gitopsd.daemon.neighbours import Look, Neighbour, dependents
from gitopsd.daemon.session import Session
from gitopsd.daemon.sight import Sight
from gitopsd.edge import clock
from gitopsd.edge.member import Member
from gitopsd.model.decision import Wanted
from gitopsd.model.errors import ClusterError, ObjectError, Throttled
from gitopsd.model.instance import inventory_of

FIRST_S, LONGEST_S, LOOK_S = 2.0, 30.0, 60.0
# Instances whose inventories are read to find out who waits for whom.
_MOST = 16

_log = logging.getLogger(__name__)


class Awaiting:
    """Waits for the sets that come before that of `instance`; `news` is called after a look."""

    def __init__(
        self, instance: str, sight: Sight, ledger: Ledger, news: Callable[[], None]
    ) -> None:
        self._instance = instance
        self._sight = sight
        self._ledger = ledger
        self._news = news
        self._wanted: Wanted | None = None
        self._neighbours: dict[str, Neighbour] = {}
        # The inventories with which all were ready last.
        self._ready: Mapping[str, str] = {}
        self._task: asyncio.Task[None] | None = None
        self._begin(None)

    def _begin(self, wanted: Wanted | None) -> None:
        """Another set is wanted: whether it may go is an open question."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._wanted = wanted
        after = wanted.after if wanted is not None else ()
        after = self._ledger.after if after is None else after
        self._neighbours = {name: self._neighbours.get(name) or Neighbour(name) for name in after}
        self._is_farewell = wanted is not None and wanted.is_nothing
        self._wait = sets.unasked(after) if after else None
        if self._is_farewell:
            self._wait = sets.unknown_dependents()
        self._since: datetime | None = None
        self._looks = 0
        self._again_at = 0.0

    def learn(self, wanted: Wanted) -> bool:
        """Lets the `Sight` know what this set waits for; whether that is news."""
        if not _is_same(self._wanted, wanted):
            self._begin(wanted)
        is_news = self._sight.behind != self._wait
        self._sight.behind = self._wait
        return is_news

    def wait_s(self) -> float | None:
        """Seconds until the sets are looked at again; None where that is not to be."""
        if self._wait is None or (self._task is not None and not self._task.done()):
            return None
        return self._again_at - clock.monotonic()

    def look(self, session: Session) -> None:
        """Has the sets looked at if it is time; waits for nothing."""
        wait_s = self.wait_s()
        if wait_s is not None and wait_s <= 0.0:
            self._task = session.begin(self._look(session.member))

    async def _look(self, member: Member) -> None:
        names, pause_s = tuple(self._neighbours), 0.0
        wait: Wait | None = None
        try:
            async with asyncio.timeout(LOOK_S):
                wait = await self._judged(member)
        except Throttled as error:
            wait, pause_s = self._wait, error.wait_s
        except TimeoutError:
            wait = sets.unanswered(names, "no answer in time")
        except ClusterError as error:
            wait = sets.unanswered(names, error.reason)
        except Exception as error:
            _log.exception("cluster=%s other_sets=unread", member.name)
            wait = sets.unanswered(names, f"internal error: {type(error).__name__}")
        if wait is not None and (self._is_farewell or not self._ready):
            self._since = self._since or clock.now()
            wait = sets.overdue(wait, self._since, clock.now())
            pause_s = max(pause_s, min(LONGEST_S, FIRST_S * 2.0**self._looks))
            self._looks = min(self._looks + 1, 10)
        self._again_at = clock.monotonic() + clock.jitter(pause_s or FIRST_S)
        if wait != self._wait:
            words = wait.message if wait is not None else "ready"
            _log.info("cluster=%s other_sets=%r", member.name, words)
        self._wait = wait
        self._news()

    async def _judged(self, member: Member) -> Wait | None:
        """Why the first that is not ready is not; None where all are.

        Ready is a set that was found so twice with the same inventory: amid a change there are
        moments in which all that was recorded so far is well.
        """
        if self._is_farewell:
            return await dependents(member, self._instance)
        before, self._ready = self._ready, {}
        versions: dict[str, str] = {}
        for name, neighbour in self._neighbours.items():
            found = await neighbour.look(member, self._sight.discovery.kinds)
            if found.wait is not None:
                path = await self._circle(member, name, found)
                return sets.circle(path) if path else found.wait
            versions[name] = found.version
        self._ready = versions
        return None if versions == before else sets.unsettled(tuple(versions))

    async def _circle(self, member: Member, name: str, found: Look) -> Sequence[str]:
        """The way from our set over this one back to it, by inventories; empty for none."""
        paths: deque[tuple[str, ...]] = deque((self._instance, name, each) for each in found.after)
        known = {name}
        while paths and len(known) < _MOST:
            path = paths.popleft()
            last = path[-1]
            if last == self._instance:
                return path
            if last in known:
                continue
            known.add(last)
            with suppress(ObjectError, NotOurs):
                _, inventory = await parent(member, inventory_of(last))
                paths.extend((*path, each) for each in inventory.after)
        return ()


def _is_same(before: Wanted | None, now: Wanted) -> bool:
    """Whether the same is wanted, after the same sets."""
    return (
        before is not None
        and before.manifests is now.manifests
        and before.hooks is now.hooks
        and before.after == now.after
    )
