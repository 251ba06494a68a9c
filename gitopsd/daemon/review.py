"""THE DAEMON AS REVIEWER: every open pull request gets its plan as a comment, and its checks.

Comes in: a git host that is asked now and then (a webhook only hurries that), and the daemon's last
turn. Goes out: one comment of ours per pull request, edited in place, the checks of its commit, and
how far the members are with what was merged. A pull request is planned anew when it, the branch it
goes to or what members hold became another one. What goes wrong with one stays with it.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol
from urllib.parse import unquote

from gitopsd.core.review.commands import Orders, authors, orders
from gitopsd.core.review.comment import MARKED, Terms, comment, made_at, marker
from gitopsd.core.review.states import PLAN, SYNC, failed, pending, planned, synced, validated
from gitopsd.core.summary import paths
from gitopsd.daemon.hosted import Hosted
from gitopsd.daemon.proposals import Planned
from gitopsd.daemon.turn import Turn, World
from gitopsd.edge import clock
from gitopsd.model.errors import GitopsdError, HostError
from gitopsd.model.gating import Approval
from gitopsd.model.hosting import Comment, PullRequest, StateKind
from gitopsd.model.standing import Standing

APPROVED_FOR = timedelta(days=14)
_LATEST_S = 600.0
_SOONEST_S = 1.0
_AGAIN_S = 600.0
_SETTLED_S = 2.0
_MOST_PLAN = 5 << 20

_log = logging.getLogger(__name__)


class Planning(Protocol):
    """Who plans: `daemon.proposals.Proposals`."""

    async def planned(self, pull: PullRequest, turn: Turn) -> Planned:
        """What merging it would do."""
        ...


@dataclass(slots=True, eq=False)
class _Pull:
    """What was last seen of one pull request; `basis` is what its plan was made of.

    `is_read`: all comments up to what was seen are known.
    """

    seen: PullRequest | None = None
    seen_at: float = 0.0
    is_read: bool = False
    orders: Orders = field(default_factory=Orders)
    own: Comment | None = None
    basis: tuple[object, ...] = ()
    planned: Planned | None = None
    planned_at: float = 0.0


class Reviewer:
    """Reviews while `run` runs. `name` is that of the repository, in the comments' first line.

    `reason` says why the host cannot be asked now, empty where it can.
    """

    def __init__(
        self, hosted: Hosted, world: World, planning: Planning, wake: Callable[[], None]
    ) -> None:
        """`wake` starts a turn, when something was approved."""
        self.reason = ""
        self._hosted = hosted
        self._world = world
        self._planning = planning
        self._wake_turn = wake
        self._interval_s = world.config.interval_s
        self._told: tuple[str, bool, int] = ("", False, 0)
        self._wake = asyncio.Event()
        self._is_asked = False
        self._pulls: dict[int, _Pull] = {}
        self._failures = 0

    def trigger(self) -> None:
        """Looks at once; many calls before that are one."""
        self._is_asked = True
        self._wake.set()

    def turned(self) -> None:
        """A turn was taken: what is to be said of the members may be another thing."""
        self._wake.set()

    async def run(self) -> None:
        """Reviews for ever."""
        while True:
            self._is_asked = False
            least_s, most_s = await self._round()
            await asyncio.sleep(least_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(clock.jitter(most_s)):
                    await self._news()

    async def _news(self) -> None:
        """Until somebody asks to look, or the members are further than was told."""
        while not self._is_asked:
            await self._wake.wait()
            self._wake.clear()
            standing = await self._standing()
            if standing is not None and self._progress(standing) != self._told:
                return
            await asyncio.sleep(_SOONEST_S)

    async def _round(self) -> tuple[float, float]:
        """Looks at everything once; the least and the most seconds until the next time."""
        turn, standing = self._world.last, await self._standing()
        if turn is None or standing is None or self._world.is_too_early(turn):
            return _SOONEST_S, _SOONEST_S
        self._told = self._progress(standing)
        try:
            await self._tell_sync(turn, standing)
            await self._review(turn)
        except HostError as error:
            self._failed(error.reason)
            backoff_s = min(_LATEST_S, self._interval_s * (1 << min(self._failures, 10)))
            # Patience that a host asks for is not cut short by news.
            return max(error.wait_s, _SOONEST_S), backoff_s
        except Exception as error:
            _log.exception("review=failed")
            self._failed(f"internal error: {type(error).__name__}")
            return _SOONEST_S, _LATEST_S
        if self.reason:
            _log.info("host=%s ready=true", self._hosted.project)
        self.reason, self._failures = "", 0
        return _SOONEST_S, self._interval_s

    async def _standing(self) -> Standing | None:
        """How far the members are by now; None before the first turn."""
        summary = await self._world.tell()
        return summary.page.standing if summary else None

    def _progress(self, standing: Standing) -> tuple[str, bool, int]:
        """What of a standing asks to be told, or to plan anew."""
        commit = self._world.tree.commit if self._world.tree else ""
        return commit, standing.is_finished, len(standing.failures)

    async def _tell_sync(self, turn: Turn, standing: Standing) -> None:
        """How far the members are; a commit that was done once is not on its way again."""
        commit, state = self._commit(turn), synced(standing)
        if state.kind is StateKind.PENDING:
            before = await self._hosted.stands(commit, SYNC)
            if before not in (None, StateKind.PENDING):
                return
        await self._hosted.say(commit, state)

    def _commit(self, turn: Turn) -> str:
        """The newest commit of the branch, also where it changed nothing that counts."""
        return self._world.tree.commit if self._world.tree else turn.decision.commit

    def _failed(self, reason: str) -> None:
        if reason != self.reason:
            _log.warning("host=%s ready=false reason=%r", self._hosted.project, reason)
        self.reason = reason
        self._failures += 1

    async def _review(self, turn: Turn) -> None:
        branch = turn.snapshot.tree.branch.removeprefix("refs/heads/")
        found = [each for each in await self._hosted.pulls() if each.base == branch]
        open_ = {each.number for each in found}
        self._pulls = {number: each for number, each in self._pulls.items() if number in open_}
        plans = {paths.of_plan(number) for number in open_}
        for path in [path for path in self._world.notes if path not in plans]:
            self._world.note(path, None)
        for pull in found:
            await self._fenced(pull, turn)
        commits = {each.head for each in found} | {self._commit(turn)}
        self._hosted.forget(frozenset(commits))

    async def _fenced(self, pull: PullRequest, turn: Turn) -> None:
        """One pull request; what goes wrong with it alone is told there."""
        known = self._pulls.setdefault(pull.number, _Pull())
        try:
            await self._listen(pull, known)
            await self._plan(pull, known, turn)
            await self._tell(pull, known)
        except HostError as error:
            if error.retry or error.status == 401:
                raise
            # Such as a conversation that is locked: the host itself answers.
            _log.warning("pull=%d told=false reason=%r", pull.number, error.reason)
        except GitopsdError as error:
            _log.warning("pull=%d planned=false reason=%r", pull.number, str(error))
            await self._hosted.say(pull.head, failed(PLAN, error.reason))
        except Exception as error:
            _log.exception("pull=%d planned=false", pull.number)
            words = f"internal error: {type(error).__name__}"
            await self._hosted.say(pull.head, failed(PLAN, words))

    async def _listen(self, pull: PullRequest, known: _Pull) -> None:
        """Reads the comments, where one may be new; ours carries no commands.

        Hosts tell the second of a change: what is read within it may not be all of it.
        """
        now_s = clock.monotonic()
        if known.seen != pull:
            known.seen, known.seen_at, known.is_read = pull, now_s, False
        if known.is_read:
            return
        found = await self._hosted.comments(pull.number)
        first = marker(self._named(pull.number))
        known.own = None
        for each in found:
            if each.body.startswith(first) and await self._hosted.is_me(each):
                known.own = each
                break
        said = tuple(each for each in found if not each.body.startswith(MARKED))
        writers = {each for each in authors(said) if await self._hosted.can_write(each)}
        known.orders = orders(said, writers)
        known.is_read = now_s - known.seen_at > _SETTLED_S

    async def _plan(self, pull: PullRequest, known: _Pull, turn: Turn) -> None:
        """Plans it, unless it was planned of just this."""
        _, is_finished, _ = self._told
        basis = (pull.head, self._commit(turn), is_finished, known.orders.plans)
        is_old = clock.monotonic() - known.planned_at > _AGAIN_S
        if known.planned is not None and known.basis == basis and not is_old:
            return
        if await self._hosted.stands(pull.head, PLAN) is None:
            await self._hosted.say(pull.head, pending(PLAN))
        known.basis = ()
        known.planned = await self._planning.planned(pull, turn)
        known.basis, known.planned_at = basis, clock.monotonic()

    async def _tell(self, pull: PullRequest, known: _Pull) -> None:
        """The comment and the checks, where they do not stand so already."""
        assert known.planned is not None
        preview = known.planned.preview
        changes = preview.changes
        approver = known.orders.approver(changes.deletion_hash)
        if approver:
            covers, until = frozenset(changes.deletions), clock.now() + APPROVED_FOR
            approval = Approval(changes.deletion_hash, covers, until, approver)
            if self._world.approve(approval):
                _log.info("pull=%d approved=%s by=%r", pull.number, approval.name, approver)
                self._wake_turn()
        await self._write(pull, known)
        await self._hosted.say(pull.head, validated(known.planned.problems))
        await self._hosted.say(pull.head, planned(preview, approver, known.orders.held_by))

    async def _write(self, pull: PullRequest, known: _Pull) -> None:
        """The comment, edited only where more than its time is another one."""
        assert known.planned is not None
        preview, own = known.planned.preview, known.own
        first = marker(self._named(pull.number))
        path = paths.of_plan(pull.number)
        config = self._world.config
        link = self._hosted.api.page(config.repo, config.status_branch, path)
        terms = Terms(first, self._hosted.api.most_characters, link, is_heard=True)
        if own is not None:
            as_then = replace(preview, at=made_at(own.body))
            if _lines(comment(as_then, terms)) == _lines(own.body):
                return
        whole = comment(preview, Terms(first, _MOST_PLAN))
        self._world.note(path, whole.encode())
        body = comment(preview, terms)
        await self._hosted.write(pull.number, body, own)
        known.seen = None  # the host has a comment that was not read yet

    def _named(self, number: int) -> str:
        return f"{self._world.config.instance}/{unquote(self._hosted.project)}/{number}"


def _lines(body: str) -> list[str]:
    """A body as hosts may give it back: with other ends of lines."""
    return [line.rstrip() for line in body.strip().splitlines()]
