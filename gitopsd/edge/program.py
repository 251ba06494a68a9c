"""A program that answers a question: given bytes, ended in time, told apart by its exit code.

Comes in: its name and arguments, what it reads, how long it may take. Goes out: code and output. It
knows nothing of our environment, and speaks plain English.
"""

import asyncio
import os
import shutil
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from gitopsd.model.errors import SourceError


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended and what it printed on standard output."""

    code: int
    output: str


def where(name: str) -> str:
    """The path of a program on our own PATH, empty where there is none."""
    path = shutil.which(name)
    return os.path.abspath(path) if path else ""


async def ask(arguments: Sequence[str], given: bytes, within_s: float) -> Ended:
    """The program's answer; SourceError when it cannot be started or takes too long."""
    name = arguments[0]
    try:
        process = await asyncio.create_subprocess_exec(
            shutil.which(name) or name,
            *arguments[1:],
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PATH": os.defpath, "LC_ALL": "C", "HOME": "/nonexistent"},
            start_new_session=True,
        )
    except OSError as error:
        raise SourceError(name, f"cannot be started: {error.strerror}") from None
    try:
        async with asyncio.timeout(within_s):
            output, _ = await process.communicate(given)
    except TimeoutError:
        raise SourceError(name, f"took more than {within_s:g} s") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return Ended(process.returncode or 0, output.decode(errors="replace"))
