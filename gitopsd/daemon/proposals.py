"""PULL REQUESTS PLANNED: what merging one would do, on what the daemon knows at this moment.

Comes in: a pull request. Goes out: its plan. It is the merge that is planned, never the branch
alone, and nothing is written or handed over for that. What the turn has read and decided is not
read and decided again. A fork's files are read without the keys that decrypt secrets.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from gitopsd.core.review.compare import Compared, compare
from gitopsd.core.review.findings import NOTHING, unmergeable
from gitopsd.daemon.places import Place, Places
from gitopsd.daemon.prepare import Preparation
from gitopsd.daemon.turn import Turn, World
from gitopsd.edge import clock
from gitopsd.model.changes import Preview
from gitopsd.model.hosting import PullRequest
from gitopsd.model.problem import Problem


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A plan, and every mistake that stands in the files it was made of."""

    preview: Preview
    problems: tuple[Problem, ...]


class Proposals:
    """Plans one pull request after another. `prepare` makes what reads trees, `True` for forks."""

    def __init__(
        self,
        places: Places,
        world: World,
        prepare: Callable[[bool], Preparation],
    ) -> None:
        self._places = places
        self._world = world
        self._preparations = {is_fork: prepare(is_fork) for is_fork in (False, True)}

    async def planned(self, pull: PullRequest, turn: Turn) -> Planned:
        """What merging it into what this turn was taken of would do.

        Raises SourceError where its commits cannot be had, or have nothing in common with it.
        """
        tree = self._world.tree or turn.snapshot.tree
        base = Place(tree, f"{tree.branch.removeprefix('refs/heads/')} ({tree.commit[:12]})")
        head = await self._places.named(pull.head, "")
        merged = await self._places.merged(base, replace(head, words=f"{pull.head[:12]}"))
        told = Preview(NOTHING, base.words, merged.words, at=clock.now())
        if merged.conflicts:
            found = unmergeable(merged.conflicts)
            return Planned(replace(told, changes=found), found.problems)
        preparation, world = self._preparations[pull.is_fork], self._world
        preparation.know(world.in_clear)
        after = await preparation.snapshot(merged.tree)
        compared = Compared(turn.snapshot, after, world.known(), False, world.options, turn.cache)
        preview = await asyncio.to_thread(compare, compared)
        return Planned(
            replace(preview, base=told.base, head=told.head),
            after.loaded.problems,
        )

    def close(self) -> None:
        """Ends the threads."""
        for each in self._preparations.values():
            each.close()
