"""HOW WHAT IS DUE IS SET ON ITS WAY: recorded, then as many at a time as the member bears.

Comes in: the steps of an `Agenda` that may go. Goes out: deeds under way, in `flights`; what landed
is planned anew.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

from gitopsd.core.plan import REMOVALS, Deed, Step
from gitopsd.daemon.agenda import Agenda
from gitopsd.daemon.deeds import Deeds
from gitopsd.daemon.flights import Flights, Keys
from gitopsd.daemon.recording import Recording
from gitopsd.daemon.session import Session
from gitopsd.daemon.sight import Sight
from gitopsd.model.decision import Wanted
from gitopsd.model.errors import Throttled
from gitopsd.model.resource import ResourceKey


class Dispatch:
    """Sets the deeds of one connection on their way."""

    def __init__(self, agenda: Agenda, sight: Sight, wake: Callable[[], None]) -> None:
        """`wake` is called when something landed."""
        self._agenda = agenda
        self._sight = sight
        self._wake = wake
        self._queue: deque[tuple[Step, ...]] = deque()
        self.flights = Flights(sight.tally, lambda: bool(self._queue))

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way, nor about to be."""
        return not (self._queue or self.flights.keys)

    def plan(self, session: Session) -> None:
        """Plans what is new; what was queued for another set is not begun any more."""
        self.look_again(self._agenda.awake(), session)
        if self._agenda.plan(self.flights.keys, session):
            self._queue.clear()

    def look_again(self, keys: Iterable[ResourceKey], session: Session) -> None:
        """Reads these objects of ours again, but for those that are on their way."""
        for key in keys:
            if key in self.flights.keys:
                continue
            landed = partial(self._landed, session)
            self.flights.start((key,), partial(session.deeds.look_at, key), landed)

    async def start(self, session: Session, recording: Recording) -> None:
        """Begins what may go, once it is recorded."""
        agenda, wanted = self._agenda, self._agenda.planned
        assert wanted is not None
        if agenda.is_stale or (agenda.due and self.is_idle):
            found = agenda.ready(self.flights.keys)
            go = await recording.announce(wanted, found, session)
            self._queue = deque(_jobs(self._unhurried(go, wanted)))
        self._pump(session)

    def wait_with_all(self, error: Throttled) -> None:
        """The member asks for patience: what may go is found out anew after it."""
        self.flights.wait_with_all(error)
        self._agenda.is_stale = True

    async def end(self, patience_s: float) -> None:
        """Begins nothing new; what is under way has so many seconds to be done."""
        self._queue.clear()
        await self.flights.end(patience_s)

    def _unhurried(self, go: Sequence[Step], wanted: Wanted) -> Sequence[Step]:
        """Without removals while something wanted is on its way: they come after it."""
        if self.flights.keys.isdisjoint(wanted.manifests):
            return go
        return [step for step in go if step.deed not in REMOVALS]

    def _pump(self, session: Session) -> None:
        """Starts what may be done at once; a newer set stops it at once."""
        if not self._agenda.is_current or self.flights.is_paused():
            return
        while self._queue and self.flights.has_room:
            steps = self._queue.popleft()
            if any(
                step.key in self.flights.keys or step.key in self._sight.touched for step in steps
            ):
                # Something is new there: what was planned may not be right any more.
                self._agenda.is_stale = True
                continue
            keys = tuple(step.key for step in steps)
            self.flights.start(keys, _work(session.deeds, steps), partial(self._landed, session))

    def _landed(self, session: Session, keys: Keys) -> None:
        """What is due of these objects is found out anew."""
        self._sight.touched.update(keys)
        for key in keys:
            self._agenda.due.pop(key, None)
        if self.flights.paused_until:
            self._agenda.is_stale = True
        self._wake()
        if self.flights.lost is None:
            self._pump(session)


def _work(deeds: Deeds, steps: tuple[Step, ...]) -> Callable[[], Awaitable[None]]:
    return lambda: deeds.do(steps[0]) if len(steps) == 1 else deeds.look(steps)


def _jobs(go: Sequence[Step]) -> list[tuple[Step, ...]]:
    """Steps in their order; look-ups of one kind and namespace go together."""
    found: list[tuple[Step, ...]] = []
    looks: dict[tuple[str, str, str], int] = {}
    for step in go:
        if step.deed is not Deed.LOOK:
            found.append((step,))
            continue
        place = step.key[:3]
        if place in looks:
            found[looks[place]] = (*found[looks[place]], step)
        else:
            looks[place] = len(found)
            found.append((step,))
    return found
