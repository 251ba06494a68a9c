"""One thread that does one thing at a time for the event loop.

Comes in: a function and how long it may take. Goes out: its result. What blocks cannot always be
interrupted (a git server that never answers): then the caller goes on, the thread is left behind
with what it does, and nothing else is begun in this lane before it comes back.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


class Overdue(Exception):
    """The work was not done in time; it may still be going on."""


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Any]
    is_given_up: bool = False

    def do(self) -> None:
        try:
            result, error = self.work(), None
        except BaseException as failed:
            result, error = None, failed
        try:
            self.loop.call_soon_threadsafe(self._tell, result, error)
        except RuntimeError:
            return  # the loop has ended, and nobody waits for the answer

    def _tell(self, result: Any, error: BaseException | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(result)
        else:
            self.done.set_exception(error)


class Lane:
    """Calls are done in order. The thread ends with the process, whatever it does by then."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, work: Callable[[], T], within_s: float) -> T:
        """What `work` returns or raises; Overdue when it takes longer, waiting for its turn too.

        Work that was given up before its turn came is never begun.
        """
        loop = asyncio.get_running_loop()
        job = _Job(work, loop, loop.create_future())
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()
        self._jobs.put(job)
        try:
            async with asyncio.timeout(within_s):
                result: T = await job.done
                return result
        except TimeoutError:
            raise Overdue from None
        finally:
            job.is_given_up = True

    def close(self) -> None:
        """The thread ends after what it does now; calls that wait for their turn are not begun."""
        self._jobs.put(None)

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.is_given_up:
                job.do()
            del job
