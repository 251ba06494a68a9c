"""A program that makes text of files, run where it can do little harm.

Comes in: a command and the files it may read. Goes out: what it printed, or `Failed`. It sees a
folder of its own with these files and nothing else of ours: no environment, no home, no `PATH` to
start other programs from, no more memory, time or output than it may have. On Linux it can open no
socket; its proxies lead nowhere in any case, so that nothing is fetched, should a name of something
remote have been overlooked.
"""

import asyncio
import os
import re
import signal
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gitopsd.edge.apart import apart
from gitopsd.model.build import BUILT_BYTES

_MEMORY_KIB = 4 * 1024 * 1024
_BLOCK = 512  # bytes, by POSIX
_TOLD_BYTES = 64 * 1024
# Nothing listens on the discard port of this machine, or it throws away what it hears.
_NOWHERE = "http://127.0.0.1:9"
# The limits count for the program alone; where a system does not have one of them, so be it. If the
# machine has no memory left, the program goes before the daemon. It does not outlive one that is
# killed by more than these seconds of CPU time.
_SHELL = (
    '{ ulimit -v "$0"; ulimit -f "$1"; ulimit -c 0; ulimit -t 300; '
    'echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null; shift; exec "$@"'
)
# What may be otherwise the next time, although no file changed.
_PASSING = ("no space left on device", "too many open files", "resource temporarily unavailable")
_ADVICE = "Use --debug flag"
_KLOG = re.compile(r'^E\d{4} \S+ +\d+ \S+\] "command failed" err="?')


class Failed(Exception):
    """Nothing came of it; `is_final` says that it would fail again. The text may quote files."""

    def __init__(self, words: str, *, is_final: bool = True) -> None:
        super().__init__(words)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may take."""

    wall_s: float = 30.0
    output_bytes: int = BUILT_BYTES


LIMITS = Limits()


async def run(
    command: Sequence[str],
    files: Mapping[str, str],
    read: Callable[[str], bytes],
    limits: Limits = LIMITS,
) -> bytes:
    """What the command prints, started beside the files; `files` is path to blob, and `read` is
    asked in a thread. Raises Failed, and what `read` raises; nothing of it is left running.
    """
    with tempfile.TemporaryDirectory(prefix="gitopsd-", ignore_cleanup_errors=True) as name:
        await asyncio.to_thread(_lay, Path(name), files, read)
        code = await _ended([*await asyncio.to_thread(apart), *command], name, limits)
        return await asyncio.to_thread(_output, Path(name), code, limits)


async def _ended(command: Sequence[str], folder: str, limits: Limits) -> int:
    """The exit code; what is printed is in files, so that nothing has to be read meanwhile."""
    root = os.path.join(folder, "files")
    with _opened(folder, "output") as output, _opened(folder, "told") as told:
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            _SHELL,
            str(_MEMORY_KIB),
            str(limits.output_bytes // _BLOCK + 1),
            *command,
            cwd=root,
            env=_environment(os.path.join(folder, "home")),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=told,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(limits.wall_s):
                return await process.wait()
        except TimeoutError:
            raise Failed(f"did not end within {limits.wall_s:g} s") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # and all that it started
            await process.wait()


def _opened(folder: str, name: str) -> BinaryIO:
    return open(os.path.join(folder, name), "wb")


def _output(folder: Path, code: int, limits: Limits) -> bytes:
    output = (folder / "output").read_bytes()
    if len(output) > limits.output_bytes or code == -signal.SIGXFSZ:
        raise Failed(f"printed more than {limits.output_bytes} bytes")
    if code < 0:
        raise Failed("was killed; the machine may have no memory left", is_final=False)
    if code:
        with open(folder / "told", "rb") as told:
            words = _words(told.read(_TOLD_BYTES), str(folder / "files"))
        is_passing = any(each in words.lower() for each in _PASSING)
        raise Failed(words or f"ended with exit code {code}", is_final=not is_passing)
    return output


def _lay(folder: Path, files: Mapping[str, str], read: Callable[[str], bytes]) -> None:
    for name in ("files", "home"):
        (folder / name).mkdir()
    for path, blob in files.items():
        file = folder / "files" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(read(blob))


def _environment(home: str) -> Mapping[str, str]:
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy")
    return {
        "HOME": home,
        "TMPDIR": home,
        "PATH": home,
        "KUBECONFIG": os.path.join(home, "kubeconfig"),
        "LC_ALL": "C",
        **dict.fromkeys(proxies, _NOWHERE),
    }


def _words(told: bytes, root: str) -> str:
    text = told.decode(errors="replace").replace(f"{root}/", "").replace(root, ".")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if any("out of memory" in line for line in lines):
        return f"needs more than {_MEMORY_KIB // 1024} MiB of memory"
    errors = [number for number, line in enumerate(lines) if line.lower().startswith("error")]
    said = lines[errors[0] :] if errors else lines
    return _KLOG.sub("", " ".join(each for each in said if not each.startswith(_ADVICE)))
