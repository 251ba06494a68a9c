"""WHAT THE DAEMON SHOWS: probes, metrics and the page, of whatever is known at the moment.

Comes in: a daemon, once it runs. Goes out: routes for `edge.server`. Views only read; what takes
longer is made in a thread of its own, from values that do not change any more.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from gitopsd import page
from gitopsd.daemon import hooks
from gitopsd.daemon.hooks import Hooks
from gitopsd.daemon.metrics import Exposition, Meter, Reading
from gitopsd.daemon.publish import Publisher
from gitopsd.daemon.review import Reviewer
from gitopsd.daemon.source import Source
from gitopsd.daemon.turn import World
from gitopsd.edge import clock
from gitopsd.edge.lane import Lane, Overdue
from gitopsd.model.config import Config
from gitopsd.model.hosting import EventKind
from gitopsd.model.web import Answer, Question, Routes, text

_LONGEST_S = 15.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What is shown of a daemon; `tasks` must never end while it runs."""

    world: World
    source: Source
    publisher: Publisher | None
    reviewer: Reviewer | None
    tasks: Sequence[asyncio.Task[None]]


class Site:
    """The views. `meter` is told of every turn; nothing else ever changes."""

    def __init__(self, config: Config) -> None:
        self.meter = Meter()
        self._config = config
        secret = config.webhook_secret_file
        self._hooks = Hooks(secret, self._followed, self._look) if secret else None
        self._parts: Parts | None = None
        self._exposition = Exposition()
        self._lane = Lane("page")

    @property
    def routes(self) -> Routes:
        """Every path that is answered."""
        return {
            "/": self._overview,
            "/workloads/{namespace}/{kind}/{name}": self._workload,
            "/style.css": lambda _: page.style(),
            "/healthz": lambda _: self._healthz(),
            "/readyz": lambda _: self._readyz(),
            "/metrics": self._metrics,
            **({hooks.PATH: self._hooks.view} if self._hooks else {}),
        }

    @contextmanager
    def showing(self, parts: Parts) -> Iterator[None]:
        """Shows this daemon while the context is open."""
        self._parts = parts
        try:
            yield
        finally:
            self._parts = None

    def close(self) -> None:
        """Ends the thread."""
        self._lane.close()

    def _followed(self) -> hooks.Followed:
        config = self._config
        turn = self._parts.world.last if self._parts else None
        branch = turn.snapshot.tree.branch if turn else config.branch
        return hooks.Followed(config.repo, branch, config.status_branch.removesuffix("status"))

    def _look(self, what: EventKind) -> None:
        if self._parts is None:
            return
        if what is EventKind.PUSH:
            self._parts.source.trigger()
        if self._parts.reviewer is not None:
            self._parts.reviewer.trigger()

    def _healthz(self) -> Answer:
        for task in self._parts.tasks if self._parts else ():
            if task.done():
                return text(f"the task {task.get_name()} has ended", 503)
        return text("ok")

    def _readyz(self) -> Answer:
        why = self._waits_for()
        return text(why, 503) if why else text("ok")

    def _waits_for(self) -> str:
        """Why there is nothing to show yet; empty once a turn was taken."""
        if self._parts is None:
            return "starting, or stopping"
        status = self._parts.source.status
        if self._parts.world.last is not None:
            return ""
        if not status.commit:
            return f"the repository was not read so far: {status.reason or 'the first look runs'}"
        return "the first turn is not done"

    async def _overview(self, question: Question) -> Answer:
        summary = await self._parts.world.tell() if self._parts else None
        if summary is None:
            return page.notice("Waiting", self._waits_for() or "the first turn is not done", 503)
        warnings = self._warnings()
        return await self._made(lambda: page.overview(summary.page, warnings, question.query))

    async def _workload(self, question: Question) -> Answer:
        summary = await self._parts.world.tell() if self._parts else None
        turn = self._parts.world.last if self._parts else None
        if summary is None or turn is None:
            return page.notice("Waiting", self._waits_for() or "the first turn is not done", 503)
        key = page.key_of(question.parts)
        binding = turn.decision.bindings.get(key)
        found = [each.members for each in summary.page.workloads if each.key == key]
        if binding is None or not found:
            return page.notice("Not found", f"There is no workload {key}.", 404)
        return await self._made(lambda: page.workload(binding, found[0]))

    async def _metrics(self, question: Question) -> Answer:
        reading = self._reading(self._parts) if self._parts else Reading()
        return await self._made(lambda: self._exposition.answer(reading))

    async def _made(self, work: Callable[[], Answer]) -> Answer:
        try:
            return await self._lane.run(work, _LONGEST_S)
        except Overdue:
            return text("busy; try again", 503)

    def _warnings(self) -> Sequence[str]:
        """What keeps that which is shown, or told to git, from being up to date."""
        if self._parts is None:
            return ()
        publisher, status = self._parts.publisher, self._parts.source.status
        reviewer = self._parts.reviewer
        found = []
        if status.refused:
            found.append(f"The newest {status.refused}. What was accepted before holds.")
        elif status.reason:
            found.append(f"The repository cannot be read, what was read holds: {status.reason}")
        if publisher is not None and publisher.reason:
            found.append(f"The branches cannot be pushed: {publisher.reason}")
        if reviewer is not None and reviewer.reason:
            found.append(f"Pull requests are not reviewed: {reviewer.reason}")
        return found

    def _reading(self, parts: Parts) -> Reading:
        world, publisher = parts.world, parts.publisher
        at = world.last.snapshot.tree.time if world.last else None
        return Reading(
            polls=dict(parts.source.polls),
            commit_age_s=(clock.now() - at).total_seconds() if at else None,
            turns={"ok": self.meter.turns, "failed": world.failures},
            durations={
                "turn_duration_seconds": self.meter.durations.buckets,
                "fetch_duration_seconds": parts.source.fetches.buckets,
                "render_duration_seconds": world.rendering.buckets,
                "schedule_duration_seconds": world.scheduling.buckets,
            },
            healthy=dict(self.meter.healthy),
            syncs=dict(self.meter.syncs),
            reports=world.members.reports,
            tallies=world.members.tallies,
            guards=dict(self.meter.guards),
            webhooks=dict(self._hooks.results) if self._hooks else {},
            status_commits=publisher.pushed[world.config.status_branch] if publisher else 0,
        )
