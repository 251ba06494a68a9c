"""ONE CONNECTION TO A MEMBER: what is done there, and a watch for each kind.

Comes in: the member, and what all tasks of a daemon share. Goes out: watches begun and ended with
the task group of the connection. Stands alone because a follower outlives its connections.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gitopsd.daemon.asking import Asking
from gitopsd.daemon.deeds import Deeds
from gitopsd.daemon.seats import Seats
from gitopsd.daemon.sight import Kind, Sight
from gitopsd.daemon.watcher import Watcher
from gitopsd.edge.lane import Lane
from gitopsd.edge.member import Member
from gitopsd.model.config import Config


@dataclass(frozen=True, slots=True)
class Setup:
    """What all tasks of one daemon share: the operator's word, the repository's URL, the thread in
    which scripts are asked, and the watches that one process may have.
    """

    config: Config
    source: str
    scripts: Lane = field(default_factory=partial(Lane, "scripts"))
    seats: Seats = field(default_factory=Seats)


class Session:
    """One connection: the member's API, what is done there, and a watch for each kind."""

    def __init__(
        self,
        member: Member,
        tasks: asyncio.TaskGroup,
        sight: Sight,
        wake: asyncio.Event,
        setup: Setup,
    ) -> None:
        self.member = member
        self.deeds = Deeds(member, sight, setup.scripts)
        self._asking = Asking(sight, setup.scripts, wake.set)
        self._tasks = tasks
        self._sight = sight
        self._seats = setup.seats
        self._watcher = Watcher(member, sight, setup.seats, wake.set)
        self._watched: dict[Kind, asyncio.Task[None]] = {}

    def watch(self, kinds: Iterable[Kind]) -> None:
        """Follows these kinds, as far as they are served and not followed yet."""
        wanted = tuple(kinds)
        self._seats.ask(self.member.name, {*self._watched, *wanted})
        for kind in wanted:
            served = self._sight.served(kind)
            known = self._watched.get(kind)
            if served is not None and (known is None or known.done()):
                self._watched[kind] = self._tasks.create_task(self._watcher.follow(served))

    def watch_anew(self, kinds: Iterable[Kind]) -> None:
        """Follows these kinds from a new list on."""
        for kind in kinds:
            if (known := self._watched.pop(kind, None)) is not None:
                known.cancel()
                self.watch((kind,))

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begins work that ends with the connection at the latest."""
        return self._tasks.create_task(work)

    def ask(self) -> None:
        """Has scripts asked of what is new; waits for nothing."""
        self._asking.begin(self._tasks)
