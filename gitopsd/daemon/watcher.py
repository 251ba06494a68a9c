"""HOW THE TASK OF A MEMBER SEES: one watch for each kind, of what is ours alone.

Comes in: a kind that is served. Goes out: lists and events, written into the `Sight`. Lists begin a
watch and mend it; whatever ends a watch, it goes on from the last version or starts over. A member
that does not answer ends it: then the whole connection is made anew.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing

from gitopsd.core.plan import PART_OF
from gitopsd.daemon.sight import Sight
from gitopsd.edge import clock
from gitopsd.edge.member import Member
from gitopsd.kube.body import dig
from gitopsd.model.api import EventKind, Form, Served
from gitopsd.model.errors import ClusterError, Forbidden, Gone, NotThere, ObjectError, Throttled

_PAUSE_S = 1.0
_UNWATCHED_S = 300.0

_log = logging.getLogger(__name__)


class Watcher:
    """Follows kinds of one member; `news` is called after something was written."""

    def __init__(self, member: Member, sight: Sight, news: Callable[[], None]) -> None:
        self._member = member
        self._sight = sight
        self._news = news
        self._selector = f"{PART_OF}={sight.set_id}"

    async def follow(self, served: Served) -> None:
        """Follows one kind until it is not served any more; raises ClusterError."""
        is_whole = self._sight.reads_whole(served.group, served.kind)
        form = Form.FULL if is_whole else Form.METADATA
        path = served.path()
        while True:
            try:
                version = await self._list(path, served, form)
                if "watch" not in served.verbs:
                    await asyncio.sleep(clock.jitter(_UNWATCHED_S))
                    continue
                await self._watch(path, served, form, version)
            except Gone:
                await asyncio.sleep(clock.jitter(0.1, 0.5))
            except NotThere:
                self._sight.lose(served)
                self._news()
                return
            except Throttled as error:
                await asyncio.sleep(clock.jitter(error.wait_s))
            except Forbidden as error:
                _log.warning("cluster=%s watch=%s reason=%r", self._member.name, path, error.reason)
                self._sight.refuse(served, error.reason)
                self._news()
                await asyncio.sleep(clock.jitter(_UNWATCHED_S))
            except ObjectError as error:
                _log.info("cluster=%s watch=%s reason=%r", self._member.name, path, error.reason)
                await asyncio.sleep(clock.jitter(_PAUSE_S))
            except ClusterError:
                await asyncio.sleep(clock.jitter(_PAUSE_S))
                await self._member.probe()

    async def _list(self, path: str, served: Served, form: Form) -> str:
        listing = await self._member.list(path, selector=self._selector, form=form)
        self._sight.list(served, listing.items)
        self._news()
        return listing.version

    async def _watch(self, path: str, served: Served, form: Form, version: str) -> None:
        """Watches on and on; returns where a list must come first."""
        while True:
            began = clock.monotonic()
            watch = self._member.watch(path, selector=self._selector, version=version, form=form)
            async with aclosing(watch) as events:
                async for event in events:
                    version = dig(event.body, "metadata", "resourceVersion", default=version)
                    if event.kind is not EventKind.BOOKMARK:
                        self._sight.hear(event, served)
                        self._news()
            if clock.monotonic() - began < _PAUSE_S:
                await asyncio.sleep(clock.jitter(_PAUSE_S))
                await self._member.probe()
