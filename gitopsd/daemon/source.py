"""WHEN the desired state is looked at: at once, at every interval, and when something says so.

Comes in: a reader (a remote or a working tree). Goes out: the newest tree that was not taken yet.
A failure keeps what was read before in force and makes the next look later, up to ten minutes. A
commit that is refused and a branch that is not there do so too, but the next look may find what is
right, so it is taken as ever.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from gitopsd.daemon.durations import Durations
from gitopsd.edge import clock
from gitopsd.model.errors import CommitRefused, NoSuchRef, SourceError
from gitopsd.model.snapshot import Tree
from gitopsd.model.trust import Refusal

_LATEST_S = 600.0
_LONGEST = 64
# A hook that calls often does not make us look more often than this.
_SOONEST_S = 0.02

_log = logging.getLogger(__name__)


class Reader(Protocol):
    """What is followed: `edge.git.Remote` or `edge.files.WorkTree`."""

    @property
    def url(self) -> str:
        """Where it is, without credentials."""
        ...

    async def poll(self) -> str:
        """The commit that stands there now."""
        ...

    async def tree(self, previous: str = "") -> Tree:
        """What the last poll saw."""
        ...

    def read(self, blob: str) -> bytes:
        """The bytes of a file; any thread may ask."""
        ...

    def changes(self) -> AsyncIterator[None]:
        """Yields when it may be worth a poll; it need not ever."""
        ...


class Gate(Protocol):
    """Who lets trees in: `daemon.admission.Admission`."""

    async def admitted(self, tree: Tree) -> Tree:
        """The tree as it may be acted on; raises CommitRefused."""
        ...

    async def former(self, commit: str) -> Tree | None:
        """What was acted on before, if it can be had and may still be."""
        ...


@dataclass(frozen=True, slots=True)
class Status:
    """How the source stands: the last good commit, and why it cannot be read now, if so.

    `failures` counts looks in a row that failed; `refused` is what stands there but is not let in.
    `lacks_ref`: it was answered, and all that failed is that there is no such branch or tag.
    """

    commit: str = ""
    reason: str = ""
    failures: int = 0
    refused: Refusal | None = None
    lacks_ref: bool = False

    @property
    def is_ready(self) -> bool:
        """Whether the last look succeeded."""
        return bool(self.commit) and not self.reason


class Source:
    """Follows a reader while `run` runs. `previous` is the commit that was processed before.

    Every tree tells of all that happened since the last one that was taken by `next`. `gate` lets
    them in, all of them where there is none. `polls` counts looks, `ok`, `failed` and `refused`;
    `news` is called when looks begin to fail or to succeed again.
    """

    def __init__(
        self, reader: Reader, interval_s: float, previous: str = "", gate: Gate | None = None
    ) -> None:
        self.status = Status()
        self.polls: Counter[str] = Counter()
        self.fetches = Durations()
        self._reader = reader
        self._interval_s = interval_s
        self._gate = gate
        self._taken = previous
        self._newest: Tree | None = None
        self._is_new = asyncio.Event()
        self._triggered = asyncio.Event()
        self._looked = asyncio.Event()
        self.news: Callable[[], object] = str

    @property
    def url(self) -> str:
        """Where it is, as it may be shown."""
        return self._reader.url

    @property
    def unread(self) -> str:
        """Why the last look failed; empty after one that succeeded, whatever was let in."""
        return self.status.reason if self.status.failures else ""

    def trigger(self) -> None:
        """Looks at once; many calls before that are one."""
        self._triggered.set()

    async def next(self) -> Tree:
        """The newest tree, once there is one that was not taken before.

        The same one again where a commit after it is refused, or is not there any more.
        """
        await self._is_new.wait()
        self._is_new.clear()
        assert self._newest is not None
        self._taken = self._newest.commit
        return self._newest

    async def looked(self) -> Status:
        """How the source stands after the first look, whether or not it succeeded."""
        await self._looked.wait()
        return self.status

    async def run(self) -> None:
        """Looks at the source for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch())
            tasks.create_task(self._poll())

    async def _poll(self) -> None:
        while True:
            self._triggered.clear()
            await self._look()
            self._looked.set()
            await asyncio.sleep(_SOONEST_S)
            try:
                async with asyncio.timeout(clock.jitter(self._wait_s())):
                    await self._triggered.wait()
            except TimeoutError:
                continue

    async def _look(self) -> None:
        try:
            commit = await self._reader.poll()
            if self._newest is None or commit != self._newest.commit:
                with self.fetches.timed():
                    tree = await self._reader.tree(self._taken)
                try:
                    self._offer(await self._gate.admitted(tree) if self._gate else tree)
                except CommitRefused as error:
                    await self._refused(tree, error.refusal)
                    return
                commit = tree.commit
                _log.info("source=%s commit=%s", self._reader.url, commit)
                if tree.anomaly:
                    words = (self._reader.url, tree.anomaly, tree.previous, commit)
                    _log.warning("source=%s anomaly=%s from=%s to=%s", *words)
            elif self._newest.refused:
                self._offer(replace(self._newest, refused=None))
        except SourceError as error:
            self._failed(error)
            return
        self.polls["ok"] += 1
        was_unread = self.unread
        if self.status.reason:
            _log.info("source=%s ready=true", self._reader.url)
        if not self.status.is_ready or self.status.commit != commit:
            self.status = Status(commit)
        if was_unread:
            self.news()

    def _offer(self, tree: Tree) -> None:
        self._newest = tree
        self._is_new.set()

    async def _refused(self, tree: Tree, refusal: Refusal) -> None:
        """What was let in last stays in force; a new process asks for what was acted on last."""
        self.polls["refused"] += 1
        if refusal != self.status.refused:
            words = (self._reader.url, refusal.commit, refusal.reason, refusal.message)
            _log.warning("source=%s commit=%s refused=%s reason=%r", *words)
        newest = self._newest
        if newest is None and self._taken and self._gate is not None:
            newest = await self._gate.former(self._taken)
        if newest is not None and newest.refused != refusal:
            self._offer(replace(newest, branch=tree.branch, refused=refusal))
        was_unread = self.unread
        commit = newest.commit if newest else ""
        self.status = Status(commit, str(refusal), refused=refusal)
        if was_unread:
            self.news()

    def _failed(self, error: SourceError) -> None:
        self.polls["failed"] += 1
        # What is asked besides the repository, a program or a file of keys, has to be named.
        reason = error.reason if error.subject == self._reader.url else str(error)
        if reason != self.status.reason:
            _log.warning("source=%s ready=false reason=%r", self._reader.url, reason)
        was_unread = self.unread
        self.status = Status(
            commit=self.status.commit,
            reason=reason,
            failures=self.status.failures + 1,
            lacks_ref=isinstance(error, NoSuchRef),
        )
        if not was_unread:
            self.news()

    def _wait_s(self) -> float:
        """The interval; while nobody answers twice as long each time, up to ten minutes."""
        if self.status.lacks_ref:
            return self._interval_s
        factor = 1 << min(self.status.failures, 10)
        longest = min(_LATEST_S, _LONGEST * self._interval_s)
        return max(self._interval_s, min(longest, self._interval_s * factor))

    async def _watch(self) -> None:
        try:
            async for _ in self._reader.changes():
                self.trigger()
        except OSError as error:
            _log.warning("source=%s watched=false reason=%r", self._reader.url, str(error))
