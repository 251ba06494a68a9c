"""HOW SCRIPTS ARE ASKED of a member's objects: in a thread, for as long as there is something new.

Comes in: what the `Sight` has not had judged yet. Goes out: verdicts, written into it. Stands alone
because a script may take half a second, and the event loop waits for nothing. A kind without
scripts never comes here.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice

from gitopsd.core.kinds import Interpreter
from gitopsd.core.plan import Live, failing, judged
from gitopsd.daemon.sight import Sight
from gitopsd.edge import clock
from gitopsd.edge.lane import Lane, Overdue
from gitopsd.kube.body import Body
from gitopsd.model.resource import ResourceKey

LONGEST_S = 120.0
_AT_ONCE = 50

Asked = Mapping[ResourceKey, tuple[Live, Body]]

_log = logging.getLogger(__name__)


class Asking:
    """Has the objects of one member judged; `news` is called after something was written."""

    def __init__(self, sight: Sight, lane: Lane, news: Callable[[], None]) -> None:
        self._sight = sight
        self._lane = lane
        self._news = news
        self._task: asyncio.Task[None] | None = None

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        """Sees to it that what is new is judged; waits for nothing."""
        if self._sight.unjudged and (self._task is None or self._task.done()):
            self._task = tasks.create_task(self._ask())

    async def _ask(self) -> None:
        sight = self._sight
        while sight.unjudged:
            asked = {
                key: (sight.live[key], body)
                for key, body in islice(sight.unjudged.items(), _AT_ONCE)
                if key in sight.live
            }
            for key in [key for key in sight.unjudged if key not in sight.live]:
                del sight.unjudged[key]
            try:
                found = await self._lane.run(partial(_judged, asked, sight.kinds), LONGEST_S)
            except Overdue:
                words = f"no script answered within {LONGEST_S:g} s"
                found = {key: failing(live, words) for key, (live, _) in asked.items()}
            for key, live in found.items():
                sight.judged(key, live, asked[key][1])
            self._news()


def _judged(asked: Asked, kinds: Interpreter) -> Mapping[ResourceKey, Live]:
    """What scripts say of each; a bug of ours costs one object its verdict."""
    found: dict[ResourceKey, Live] = {}
    now = clock.now()
    for key, (live, body) in asked.items():
        try:
            found[key] = judged(live, body, kinds, now)
        except Exception as error:
            _log.exception("object=%s", key)
            found[key] = failing(live, f"internal error: {type(error).__name__}")
    return found
