"""ONE TURN: from a commit and what is known to what every member is to hold, and what is told.

A turn reads, decides and hands over; it waits for no member. What members do with it is reported to
the next turn.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

import msgspec

from gitopsd.core import decide as deciding
from gitopsd.core import summary as telling
from gitopsd.core.gate import Gated, gate
from gitopsd.core.load import ParsedFile
from gitopsd.core.schedule.capacity import divides_by_capacity
from gitopsd.daemon.durations import Durations
from gitopsd.daemon.members import Members
from gitopsd.daemon.prepare import Preparation
from gitopsd.daemon.publish import Publication, Publisher
from gitopsd.edge import clock
from gitopsd.edge.lane import Lane
from gitopsd.model.config import Config
from gitopsd.model.decision import Decision
from gitopsd.model.delivery import Report
from gitopsd.model.gating import Approval
from gitopsd.model.memory import Memory
from gitopsd.model.snapshot import Known, Loaded, Snapshot, Tree
from gitopsd.model.standing import Standing
from gitopsd.model.summary import Summary

T = TypeVar("T")

_FIRST_FACTS_S = 10.0
# What is rendered by then is part of the same turn; the rest follows in one of its own.
_FIRST_RENDER_S, _RENDER_S = 10.0, 1.0
_LONGEST_S = 600.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """What one turn came to. `took_s` is from what started it to the sets handed over, `cache` what
    its decision leaves to the next, whoever takes that.
    """

    snapshot: Snapshot
    decision: Decision
    gated: Gated
    known: Known
    took_s: float
    cache: deciding.Cache = field(default_factory=deciding.Cache)

    @property
    def standing(self) -> Standing:
        """How far the members are, as known when this turn was taken."""
        return telling.standing(self.snapshot, self.decision, self.gated.wanted, self.known)


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """What was told last, and of what."""

    turn: Turn
    reports: Mapping[str, Report]
    summary: Summary


class World:
    """All that turns share: what was read, remembered and cached, and the edges they end at.

    `options` say how is decided, and what runs scripts; `failures` counts turns that ended with an
    error; `rendering` and `scheduling` tell how long these take. `tree` is the newest commit that
    was read, also where it changed nothing that counts. `notes` are files that the status branch
    holds besides, None for what it has there already.
    """

    def __init__(
        self,
        config: Config,
        preparation: Preparation,
        members: Members,
        memory: Memory,
        publisher: Publisher | None,
        options: deciding.Options = deciding.GITOPSD,
    ) -> None:
        self.config = config
        self.members = members
        # Before the first turn what the status branch says, then what it would say by now.
        self.memory = memory
        self.publisher = publisher
        self.last: Turn | None = None
        self.summary: Summary | None = None
        self.failures = 0
        self.rendering, self.scheduling = Durations(), Durations()
        self.notes: dict[str, bytes | None] = {}
        self.tree: Tree | None = None
        # Why the repository cannot be read; whoever follows it says so.
        self.unread: Callable[[], str] = str
        self.options = options
        self._preparation = preparation
        self._snapshot: Snapshot | None = None
        self._cache = deciding.Cache()
        self._told = telling.Cache()
        self._came_s = 0.0
        self._telling = asyncio.Lock()
        self._shown: _Shown | None = None
        self._lane = Lane("decide")
        self._began = clock.monotonic()
        self._are_heard = False

    async def turn(self, tree: Tree | None) -> Turn | None:
        """One turn, with a new commit or with news of the members; None before the first commit."""
        began_s = clock.monotonic()
        snapshot = await self._prepare(tree)
        if snapshot is None:
            return None
        loaded = snapshot.loaded
        measures = divides_by_capacity(loaded.policies)
        kinds = frozenset(key[:2] for key in loaded.templates)
        if self.last is None:
            self.members.know(loaded.tokens)
            self.members.follow(loaded.clusters, measures=measures, kinds=kinds)
            await self._first_facts(loaded)
        known = self.known()
        with self.scheduling.timed():
            decision, self._cache = await self._work(
                partial(deciding.decide, snapshot, known, self._cache, self.options)
            )
        # Not those of the commit alone: where a file cannot be read, its Clusters stay.
        self.members.know(self._cache.tokens)
        self.members.follow(decision.clusters, measures=measures, kinds=kinds)
        gated = gate(snapshot, decision, known, self.last.gated if self.last else None)
        self.members.want(gated.wanted, self._cache.kinds)
        before = self.last.decision if self.last else None
        memory = telling.renewed(known, decision, before)
        self.memory = msgspec.structs.replace(
            memory,
            gating=gated.gating,
            approvals=tuple(
                each for each in self.memory.approvals if not each.is_expired(known.now)
            ),
        )
        took_s = clock.monotonic() - began_s
        self.last = Turn(snapshot, decision, gated, known, took_s, self._cache)
        self._are_heard = self._are_heard or self.members.are_settled
        self._publish()
        return self.last

    def approve(self, approval: Approval) -> bool:
        """What a person allowed counts from the next turn on; whether that is news."""
        known = {each.name: each for each in self.memory.approvals}
        if approval.name in known and known[approval.name].covers == approval.covers:
            return False
        known[approval.name] = approval
        found = tuple(known[name] for name in sorted(known))
        self.memory = msgspec.structs.replace(self.memory, approvals=found)
        return True

    def note(self, path: str, content: bytes | None) -> None:
        """A file of the status branch beside what turns tell; None takes it away."""
        if content is None:
            self.notes.pop(path, None)
        else:
            self.notes[path] = content
        self._publish()

    def known(self) -> Known:
        """What is known now, as one value."""
        return Known(self.members.reports, self.memory, clock.now(), self.unread())

    @property
    def in_clear(self) -> tuple[ParsedFile, ...]:
        """The files of the commit that say the same whatever keys one has."""
        return self._preparation.in_clear

    @property
    def wake_at(self) -> datetime | None:
        """When time alone asks for the next turn."""
        return self.last.gated.wake_at if self.last else None

    def close(self) -> None:
        """Ends the threads."""
        self._lane.close()
        self._preparation.close()

    async def _prepare(self, tree: Tree | None) -> Snapshot | None:
        """The snapshot that counts: a commit that changes nothing for us is passed over.

        Without a new one the last, with what was rendered of it since.
        """
        patience_s = _RENDER_S if self.last else _FIRST_RENDER_S
        if tree is not None:
            self._came_s = clock.monotonic()
        elif self.tree is not None and self._preparation.says_more:
            tree, patience_s = self.tree, 0.0
        else:
            return self._snapshot
        found = await self._preparation.snapshot(tree, patience_s)
        if not found.loaded.rendering:
            self.rendering.add(clock.monotonic() - self._came_s)
        self.tree = tree
        before = self._snapshot
        is_news = before is None or found.loaded is not before.loaded
        is_told = before is None or tree.refused == before.tree.refused
        if is_news or not is_told or tree.approved or tree.anomaly:
            self._snapshot = found
        else:
            _log.info("commit=%s changes=none", tree.commit)
        return self._snapshot

    async def _first_facts(self, loaded: Loaded) -> None:
        """Waits a little for members of which nothing is known yet."""
        known = self.memory.clusters
        unknown = {
            name for name in loaded.clusters if name not in known or known[name].facts is None
        }
        await self.members.heard(unknown, _FIRST_FACTS_S)

    async def _work(self, work: Callable[[], T]) -> T:
        return await self._lane.run(work, _LONGEST_S)

    def _publish(self) -> None:
        if self.publisher is not None:
            self.publisher.offer(self._written)

    def is_too_early(self, turn: Turn) -> bool:
        """A new process tells nothing of a commit that was told of until its members were heard.

        Once they were, what they say later is told as it comes.
        """
        if self.summary is not None or self._are_heard:
            return False
        if clock.monotonic() - self._began > _FIRST_FACTS_S:
            return False
        landed = self.memory.history
        is_told = bool(landed) and landed[0].commit == turn.decision.commit
        return is_told and not self.members.are_settled

    async def tell(self) -> Summary | None:
        """What there is to tell, made anew only after a turn or a report; None before a turn."""
        async with self._telling:
            turn, known = self.last, self.known()
            if turn is None:
                return None
            shown = self._shown
            if shown and shown.turn is turn and shown.reports is known.reports:
                return shown.summary
            summary, self._told = await self._work(
                lambda: telling.summarise(
                    turn.snapshot,
                    turn.decision,
                    turn.gated.wanted,
                    known,
                    self._told,
                    turn.cache.kinds,
                )
            )
            self._shown = _Shown(turn, known.reports, summary)
            return summary

    async def _written(self) -> Publication | None:
        """What the branches are to say now."""
        turn = self.last
        if turn is None or self.is_too_early(turn):
            return None
        summary = await self.tell()
        if summary is None:
            return None
        self.summary = summary
        branches: Mapping[str, Mapping[str, bytes | None]] = {
            self.config.rendered_branch: summary.rendered,
            self.config.status_branch: {**summary.status, **self.notes},
        }
        return Publication(branches, telling.message(summary, summary.page.commit))
