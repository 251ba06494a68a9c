"""Credentials that stay fresh: read once, and again when files change, they expire or are refused.

Reading blocks and may take long, so it is done in a thread, by one caller while the others wait.
What cannot be read anew leaves in force what was read before, until that expires.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from gitopsd.edge.credentials.kubeconfig import Context, Seen
from gitopsd.edge.credentials.login import PLUGIN_S, Login, login
from gitopsd.edge.lane import Lane, Overdue
from gitopsd.model.errors import ClusterError, GitopsdError

_LOOK_S = 60.0
_AGAIN_S = 5.0
_READ_S = PLUGIN_S + 15


class Source(Protocol):
    """Where a context is read. `first` is quick, the others may block; all raise GitopsdError."""

    def first(self) -> Seen:
        """What is known at once: the address at least."""
        ...

    def has_changed(self, seen: Seen) -> bool:
        """Whether something else stands there by now."""
        ...

    def again(self, seen: Seen) -> Seen:
        """What stands there; the very same where nothing changed."""
        ...


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read last; no login before the first request."""

    seen: Seen
    login: Login | None = None

    @property
    def context(self) -> Context:
        return self.seen.context


class Credentials:
    """How to reach one member, as a source says.

    Raises UsageError for a context that is not there. `host` is known at once; everything else is
    read with the first request. `member` is what messages call it, the context where it is empty.
    """

    def __init__(self, source: Source, member: str = "") -> None:
        self._source = source
        found = source.first()
        self._member = member or found.context.name
        self._read = _Read(found)
        self._look_at = 0.0
        self._failure: ClusterError | None = None
        self._lock = asyncio.Lock()
        self._lane: Lane | None = None

    @property
    def host(self) -> str:
        """The member's URL, without a slash at the end."""
        return self._read.context.server

    async def login(self) -> Login:
        """What requests need now; the very same value as long as nothing changed.

        Raises ClusterError where there is nothing that could be used.
        """
        found = self._read.login
        if found is not None and time.monotonic() < self._look_at:
            return found
        async with self._lock:
            if time.monotonic() >= self._look_at:
                await self._look()
            if self._read.login is None:
                raise self._failure or ClusterError(self._member, "has no credentials")
            return self._read.login

    async def renewed(self, refused: Login) -> Login:
        """A login in place of a refused one, unless somebody had it renewed already."""
        async with self._lock:
            if self._read.login is None or self._read.login is refused:
                await self._do(self._anew)
            assert self._read.login is not None
            return self._read.login

    async def reload(self) -> None:
        """Reads everything again; raises ClusterError where that fails."""
        async with self._lock:
            await self._do(self._anew)

    async def headers(self) -> Mapping[str, str]:
        """The headers that say who we are; none where a certificate does."""
        return (await self.login()).headers

    async def _look(self) -> None:
        """Reads what changed; a failure counts once there is nothing else that holds."""
        try:
            await self._do(self._fresh)
        except ClusterError as error:
            self._look_at = time.monotonic() + _AGAIN_S
            self._failure = error
            if self._read.login is None or self._read.login.is_over(time.time()):
                self._read = _Read(self._read.seen)

    async def _do(self, work: Callable[[_Read], _Read]) -> None:
        lane = self._lane = self._lane or Lane(f"credentials of {self._member}")
        before = self._read
        try:
            found = await lane.run(lambda: work(before), _READ_S)
        except Overdue:
            raise ClusterError(self._member, "its credentials take too long to read") from None
        except ClusterError:
            raise
        except GitopsdError as error:
            raise ClusterError(self._member, f"its credentials are lost: {error}") from None
        lane.close()
        self._lane = None
        self._read = found
        due = found.login.renew_at if found.login else None
        wait_s = _LOOK_S if due is None else min(_LOOK_S, max(due - time.time(), 1.0))
        self._look_at = time.monotonic() + wait_s

    def _fresh(self, before: _Read) -> _Read:
        """The same, unless something changed or time is up."""
        last = before.login
        is_same = not self._source.has_changed(before.seen)
        is_kept = last is not None and not last.is_due(time.time()) and not before.context.is_asked
        return before if is_same and is_kept else self._anew(before)

    def _anew(self, before: _Read) -> _Read:
        """What files, Secrets, plugins and identity providers say now."""
        seen = self._source.again(before.seen)
        made = login(seen.context, self._member)
        is_equal = before.login is not None and made.says_the_same(before.login)
        return _Read(seen, before.login if is_equal else made)
