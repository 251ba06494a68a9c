"""HOW THE TASK OF A MEMBER SEES: one watch for each kind, of what is ours alone.

Comes in: a kind that is served. Goes out: lists and events, written into the `Sight`. Lists begin a
watch and mend it; whatever ends a watch, it goes on from the last version or starts over, and once
in a while it starts over without a reason, because watches can lie. A kind that cannot be read is
said and tried again, later each time; a member that does not answer ends it, and so does another
cluster that answers in its place: then the whole connection is made anew.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from functools import partial

from gitopsd.core.plan import PART_OF, is_ours
from gitopsd.daemon.pulse import sound
from gitopsd.daemon.seats import Seats
from gitopsd.daemon.sight import Sight, key_in
from gitopsd.edge import clock
from gitopsd.edge.member import Member, ends_initial
from gitopsd.kube.body import Body, dig
from gitopsd.model.api import Event, EventKind, Form, Served
from gitopsd.model.errors import (
    ClusterError,
    Elsewhere,
    Forbidden,
    Gone,
    NotThere,
    ObjectError,
    Rejected,
    Throttled,
)
from gitopsd.model.resource import ResourceKey

RESYNC_S = 3600.0
_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 15.0
_UNWATCHED_S = 300.0
_INITIAL_S = 120.0
# More objects of ours than any inventory has room for are a lie, and would fill the memory.
_MOST = 20_000
# So often in a row a kind may be unreadable before that is said of its objects.
_PATIENCE = 3

_log = logging.getLogger(__name__)


class Watcher:
    """Follows kinds of one member; `news` is called after something was written."""

    def __init__(
        self, member: Member, sight: Sight, seats: Seats, news: Callable[[], None]
    ) -> None:
        self._member = member
        self._sight = sight
        self._seats = seats
        self._news = news
        self._selector = f"{PART_OF}={sight.set_id}"
        self._failures: dict[str, int] = {}
        self._streams = True

    async def follow(self, served: Served) -> None:
        """Follows one kind until it is not served any more; raises ClusterError."""
        is_whole = self._sight.reads_whole(served.group, served.kind)
        form = Form.FULL if is_whole else Form.METADATA
        path = served.path()
        while True:
            try:
                await self._member.recognise()
                if not self._may_watch(served):
                    await self._list(path, served, form)
                    await asyncio.sleep(clock.jitter(_UNWATCHED_S))
                    continue
                version = await self._stream(path, served, form)
                version = version or await self._list(path, served, form)
                await self._watch(path, served, form, version)
            except Elsewhere:
                raise
            except Gone:
                self._restarts("gone")
                await asyncio.sleep(clock.jitter(0.1, 0.5))
            except NotThere:
                self._sight.lose(served)
                self._news()
                return
            except Throttled as error:
                self._restarts("throttled")
                await asyncio.sleep(clock.jitter(error.wait_s))
            except Forbidden as error:
                _log.warning("cluster=%s watch=%s reason=%r", self._member.name, path, error.reason)
                self._restarts("forbidden")
                self._sight.refuse(served, error.reason)
                self._news()
                await asyncio.sleep(clock.jitter(_UNWATCHED_S))
            except ClusterError as error:
                self._restarts("error")
                await self._failed(served, error)
                if not isinstance(error, ObjectError):
                    await sound(self._member)
            except Exception as error:
                # A bug of ours with objects of one kind costs no other kind anything.
                _log.exception("cluster=%s watch=%s", self._member.name, path)
                words = f"internal error: {type(error).__name__}"
                await self._failed(served, ClusterError(self._member.name, words))

    async def _list(self, path: str, served: Served, form: Form) -> str:
        keep = partial(self._seen, served)
        keys, version = await self._member.each(path, keep, selector=self._selector, form=form)
        self._sight.listed_all(served, keys)
        self._news()
        return version

    async def _stream(self, path: str, served: Served, form: Form) -> str:
        """Lists and watches by one request; empty where the member does not do that."""
        if not self._streams:
            return ""
        keys: set[ResourceKey] | None = set()
        version = ""
        try:
            stream = self._member.stream(path, selector=self._selector, form=form)
            async with asyncio.timeout(_INITIAL_S) as deadline, aclosing(stream) as events:
                async for event in events:
                    version = dig(event.body, "metadata", "resourceVersion", default=version)
                    if keys is not None and ends_initial(event):
                        deadline.reschedule(None)
                        self._sight.listed_all(served, keys)
                        keys = None
                        self._failures.pop(path, None)
                        self._news()
                    elif event.kind is EventKind.BOOKMARK:
                        continue
                    elif keys is None:
                        self._heard(served, event)
                        self._news()
                    elif event.kind is EventKind.DELETED:
                        keys.discard(key_in(served, event.body))
                    elif (key := self._seen(served, event.body)) is not None:
                        keys.add(key)
        except (Rejected, TimeoutError):
            if keys is None:
                raise
        if keys is not None:
            # An older server takes no notice of what it is asked, or refuses it.
            self._streams = False
            return ""
        self._restarts("ended")
        return version

    def _seen(self, served: Served, body: Body) -> ResourceKey | None:
        """Takes in an object as it is listed; nothing of one that is not ours."""
        if not is_ours(body, self._sight.set_id):
            return None
        self._check_room(key_in(served, body))
        return self._sight.see_listed(body, served)

    def _heard(self, served: Served, event: Event) -> None:
        self._check_room(key_in(served, event.body))
        self._sight.hear(event, served)

    def _check_room(self, key: ResourceKey) -> None:
        """Refuses objects without an end, but for those that are known."""
        sight = self._sight
        if len(sight.live) >= _MOST and key not in sight.live and key not in sight.entries:
            words = f"shows more than {_MOST} objects as ours"
            raise ClusterError(self._member.name, words)

    async def _watch(self, path: str, served: Served, form: Form, version: str) -> None:
        """Watches on and on; returns where a list must come first."""
        ends = clock.monotonic() + clock.jitter(RESYNC_S)
        while clock.monotonic() < ends and self._may_watch(served):
            began = clock.monotonic()
            watch = self._member.watch(path, selector=self._selector, version=version, form=form)
            async with aclosing(watch) as events:
                async for event in events:
                    self._failures.pop(path, None)
                    version = dig(event.body, "metadata", "resourceVersion", default=version)
                    if event.kind is not EventKind.BOOKMARK:
                        self._heard(served, event)
                        self._news()
            self._restarts("ended")
            if clock.monotonic() - began < _PAUSE_S:
                await asyncio.sleep(clock.jitter(_PAUSE_S))
                await sound(self._member)

    def _may_watch(self, served: Served) -> bool:
        kind = (served.group, served.kind)
        return "watch" in served.verbs and self._seats.has(self._member.name, kind)

    async def _failed(self, served: Served, error: ClusterError) -> None:
        """Waits, longer each time; after a while says of objects that they cannot be seen."""
        path = served.path()
        count = self._failures[path] = self._failures.get(path, 0) + 1
        if count == _PATIENCE:
            _log.warning("cluster=%s watch=%s reason=%r", self._member.name, path, error.reason)
        if count >= _PATIENCE:
            self._sight.refuse(served, error.reason)
            self._news()
        wait_s = min(_LONGEST_PAUSE_S, _PAUSE_S * 2.0 ** min(count - 1, 10))
        await asyncio.sleep(clock.jitter(wait_s))

    def _restarts(self, reason: str) -> None:
        self._sight.tally.restarts[reason] += 1
