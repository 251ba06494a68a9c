"""Builds of commits, several at a time, each by its program; nobody has to wait for them.

Comes in: what is to be built for a commit, and how long to wait. Goes out: what came of it, in the
same order; what is not done by then goes on beside, and its end is told. A failure is fenced in: it
is the word on this one build, with nothing secret of its files in it.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from gitopsd.core.sops import veiled
from gitopsd.core.sources.masking import masked
from gitopsd.edge.helm import helm
from gitopsd.edge.kustomize import kustomize
from gitopsd.edge.sandbox import Failed
from gitopsd.model.build import UNDER_WAY, Build, Built, Program
from gitopsd.model.errors import GitopsdError

Read = Callable[[str], bytes]

_PROGRAMS: Mapping[Program, Callable[[Build, Read], Awaitable[bytes]]] = {
    Program.KUSTOMIZE: kustomize,
    Program.HELM: helm,
}
_log = logging.getLogger(__name__)
_AT_ONCE = min(8, max(2, os.cpu_count() or 1))
_AGAIN_S = 60.0


class Building:
    """All builds of one reader of commits; `read` takes a blob id and is asked in threads. What of
    a file is encrypted, programs do not see.

    `news` is called when a build for which nobody waited any more has ended, or when one that
    failed for reasons of the moment may be tried again. Used by one event loop.
    """

    def __init__(self, read: Read, news: Callable[[], object] = str) -> None:
        self._read: Read = lambda blob: veiled(read(blob))
        self._news = news
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._tasks: dict[str, asyncio.Task[Built]] = {}
        self._late: set[str] = set()

    async def build(
        self, builds: Sequence[Build], patience_s: float | None = None
    ) -> Sequence[Built]:
        """What came of each within this time, without one of all; UNDER_WAY is what goes on.

        What was asked for before and is not now ends at once.
        """
        wanted = {each.id: each for each in builds}
        for key in self._tasks.keys() - wanted.keys():
            self._drop(key)
        for key, each in wanted.items():
            if key not in self._tasks:
                self._tasks[key] = asyncio.create_task(self._one(each))
                self._tasks[key].add_done_callback(partial(self._ended, key))
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=patience_s)
        found = [self._tasks[each.id] for each in builds]
        self._late = {key for key, task in self._tasks.items() if not task.done()}
        return [task.result() if task.done() else UNDER_WAY for task in found]

    def retry(self) -> None:
        """What failed for reasons of the moment is built anew when it is asked for next."""
        for key, task in tuple(self._tasks.items()):
            if task.done() and not task.result().is_final:
                self._drop(key)

    def close(self) -> None:
        """Ends all that is under way."""
        for key in tuple(self._tasks):
            self._drop(key)

    def _drop(self, key: str) -> None:
        self._late.discard(key)
        self._tasks.pop(key).cancel()

    async def _one(self, build: Build) -> Built:
        async with self._room:
            return await _built(build, self._read)

    def _ended(self, key: str, task: asyncio.Task[Built]) -> None:
        if self._tasks.get(key) is not task or task.cancelled():
            return
        if not task.result().is_final:
            asyncio.get_running_loop().call_later(_AGAIN_S, self._again, key, task)
        if key in self._late:
            self._late.discard(key)
            self._news()

    def _again(self, key: str, task: asyncio.Task[Built]) -> None:
        if self._tasks.get(key) is task:
            self._drop(key)
            self._news()


async def _built(build: Build, read: Read) -> Built:
    try:
        return Built(await _PROGRAMS[build.program](build, read))
    except Failed as error:
        words = await asyncio.to_thread(masked, str(error), build, read)
        return Built(failure=f"{build.program}: {words}", is_final=error.is_final)
    except (GitopsdError, OSError) as error:
        reason = error.reason if isinstance(error, GitopsdError) else str(error.strerror)
        return Built(failure=f"{build.program}: {reason}", is_final=False)
    except Exception as error:  # a bug of ours costs no more than this one build
        name = type(error).__name__  # what it says may quote a file
        _log.error("build=%s path=%s error=%s", build.program, build.path, name)
        return Built(failure=f"gitopsd failed here with {name}", is_final=False)
