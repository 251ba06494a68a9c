"""Builds of a commit, several at a time, each by its program.

Comes in: what is to be built. Goes out: what came of it, in the same order. A failure is fenced in:
it is the word on this one build, with nothing secret of its files in it.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence

from gitopsd.core.sources.masking import masked
from gitopsd.edge.helm import helm
from gitopsd.edge.kustomize import kustomize
from gitopsd.edge.sandbox import Failed
from gitopsd.model.build import Build, Built, Program
from gitopsd.model.errors import GitopsdError

Read = Callable[[str], bytes]

_PROGRAMS: Mapping[Program, Callable[[Build, Read], Awaitable[bytes]]] = {
    Program.KUSTOMIZE: kustomize,
    Program.HELM: helm,
}
_log = logging.getLogger(__name__)
_AT_ONCE = min(8, max(2, os.cpu_count() or 1))


async def build_all(builds: Sequence[Build], read: Read) -> list[Built]:
    """What came of each; `read` takes a blob id and is asked in threads."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(build: Build) -> Built:
        async with room:
            return await _built(build, read)

    return list(await asyncio.gather(*map(one, builds)))


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
