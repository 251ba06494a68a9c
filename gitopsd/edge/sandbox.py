"""A program that makes text of files, run where it can do little harm.

Comes in: a command and the files it may read. Goes out: what it printed, or `Failed`. It sees a
folder of its own with these files and nothing else of ours: no environment, no home, no `PATH` to
start other programs from, no more memory, time or output than it may have. Its proxies lead
nowhere, so that nothing is fetched, should a name of something remote have been overlooked.
"""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gitopsd.model.build import BUILT_BYTES

_MEMORY_KIB = 4 * 1024 * 1024
_WRITTEN_BLOCKS = 2048
_TOLD_BYTES = 64 * 1024
_CHUNK = 64 * 1024
# Nothing listens on the discard port of this machine, or it throws away what it hears.
_NOWHERE = "http://127.0.0.1:9"
# The limits count for the program alone. Where a system does not have one of them, so be it.
_SHELL = 'ulimit -v "$0" 2>/dev/null; ulimit -f "$1" 2>/dev/null; ulimit -c 0; shift; exec "$@"'


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


def found(name: str) -> str:
    """The path of a program on our own PATH, empty where there is none."""
    path = shutil.which(name)
    return os.path.abspath(path) if path else ""


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
        root, home = os.path.join(name, "files"), os.path.join(name, "home")
        await asyncio.to_thread(_lay, Path(name), files, read)
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            _SHELL,
            str(_MEMORY_KIB),
            str(_WRITTEN_BLOCKS),
            *command,
            cwd=root,
            env=_environment(home),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(limits.wall_s):
                output, told = await asyncio.gather(
                    _whole(process.stdout, limits.output_bytes), _first(process.stderr)
                )
                code = await process.wait()
        except TimeoutError:
            raise Failed(f"did not end within {limits.wall_s:g} s") from None
        finally:
            await _end(process)
        if code:
            raise Failed(_words(told, root) or f"ended with exit code {code}")
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


async def _whole(stream: asyncio.StreamReader | None, most: int) -> bytes:
    assert stream is not None
    chunks, size = [], 0
    while chunk := await stream.read(_CHUNK):
        size += len(chunk)
        if size > most:
            raise Failed(f"printed more than {most} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


async def _first(stream: asyncio.StreamReader | None) -> bytes:
    """What a program says first; the rest is read and dropped, so that it can end."""
    assert stream is not None
    told = b""
    while chunk := await stream.read(_CHUNK):
        told = (told + chunk)[:_TOLD_BYTES]
    return told


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kills what may be left of the program and of what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _words(told: bytes, root: str) -> str:
    text = told.decode(errors="replace").replace(f"{root}/", "").replace(root, ".")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [number for number, line in enumerate(lines) if line.lower().startswith("error")]
    return " ".join(lines[errors[0] :] if errors else lines)
