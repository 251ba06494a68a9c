"""GOING BACK: a change that failed is taken back by a commit, where its Rollout asks for that.

Comes in: turns. Goes out: one commit on top of the newest one that was read; where the branch has
moved on since, nothing, for what came may be the cure. Nothing is switched off: the commit is acted
on like any other. A push that fails is tried again.
"""

import asyncio
import logging
from typing import Protocol

from gitopsd.core.returning import Back, going_back, message
from gitopsd.daemon.turn import World
from gitopsd.edge import clock
from gitopsd.edge.git import Entry, Restoration
from gitopsd.model.errors import GitopsdError

_AGAIN_S = 30.0

_log = logging.getLogger(__name__)


class Repository(Protocol):
    """Where the commit goes to: `edge.git.Remote`."""

    async def ancestor(self, name: str) -> Entry:
        """The commit of this name, if what is followed builds on it."""
        ...

    async def restore(self, asked: Restoration) -> str:
        """Makes what is followed hold what a commit held; the commit it is at then."""
        ...


class Returner:
    """Goes back while `run` runs. `must_sign`: nobody can, because commits must be signed."""

    def __init__(self, repository: Repository, world: World, *, must_sign: bool) -> None:
        self._repository = repository
        self._world = world
        self._must_sign = must_sign
        self._wake = asyncio.Event()
        # The commit that was gone back from last: once for each.
        self._done = ""

    def turned(self) -> None:
        """There was a turn."""
        self._wake.set()

    async def run(self) -> None:
        """Looks after every turn, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            turn, tree = self._world.last, self._world.tree
            if turn is None or tree is None or tree.commit == self._done:
                continue
            if (back := going_back(turn.gated.stages)) is None:
                continue
            try:
                await self._go(back, tree.commit)
                self._done = tree.commit
            except GitopsdError as error:
                _log.warning("rollback=false to=%s reason=%r", back.commit, error.reason)
                await asyncio.sleep(_AGAIN_S)
                self._wake.set()

    async def _go(self, back: Back, on: str) -> None:
        if self._must_sign:
            words = "commits must be signed, so a person goes back"
            _log.warning("rollback=false to=%s reason=%r", back.commit, words)
            return
        target = await self._repository.ancestor(back.commit)
        said = message(back, target.message)
        commit = await self._repository.restore(Restoration(back.commit, said, clock.now(), on=on))
        if commit == on:
            _log.warning("rollback=false to=%s reason='holds just that'", back.commit)
        else:
            _log.warning("rollback=true from=%s to=%s commit=%s", on, back.commit, commit)
