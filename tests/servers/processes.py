"""Child processes that leave nothing behind: own group, own log, ended with their parent."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_TICKS = os.sysconf("SC_CLK_TCK")


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Process:
    """One program in a process group of its own; what it says is in `log`.

    It must be started in the main thread: where the system can (Linux), the program is killed when
    the thread that started it ends, so that a killed test run leaves no servers.
    """

    def __init__(
        self, name: str, command: list[str], log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.command = command
        self.log = log
        self._env = dict(env) if env is not None else None
        self._child = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._env,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def is_running(self) -> bool:
        return self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._child.poll()

    def says(self) -> str:
        """All that it has written since the first start."""
        return self.log.read_text(errors="replace")

    def tail(self, lines: int = 30) -> str:
        """Its last lines under its name, for failure messages."""
        said = self.says().splitlines()[-lines:]
        return "\n".join([f"--- {self.name} (exit {self.exit_code}), {self.log}", *said])

    def cpu_s(self) -> float:
        """User and system seconds of the running program itself."""
        return sum(_times(self.pid)[:2]) / _TICKS

    def group_cpu_s(self) -> float:
        """User and system seconds of the program and its children, those that ended included."""
        others = [pid for pid in _group(self.pid) if pid != self.pid]
        ticks = sum(_times(self.pid)) + sum(sum(_times(pid)) for pid in others)
        return ticks / _TICKS

    def resident_mb(self, peak: bool = False) -> float:
        """Resident memory now, or the highest there ever was."""
        field = "VmHWM:" if peak else "VmRSS:"
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split(field)[1].split()[0]) / 1024

    def signal(self, number: signal.Signals) -> None:
        """Sends to the whole group; fine when it is already gone."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """SIGKILL, and gone when this returns."""
        self.signal(signal.SIGKILL)
        self._child.wait()

    def stop(self, within_s: float = 10) -> int:
        """SIGTERM, then SIGKILL when it takes too long; the exit code."""
        self.signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(within_s)
        self.kill()
        return self._child.returncode

    def wait(self, within_s: float = 60) -> int:
        """The exit code; raises subprocess.TimeoutExpired."""
        return self._child.wait(within_s)

    def start_again(self) -> None:
        """The same command once more, into the same log."""
        self.kill()
        self._child = self._start()


def stop_all(processes: list[Process], within_s: float = 5) -> None:
    """Ends all of them at once; nobody waits for another's patience."""
    for process in processes:
        process.signal(signal.SIGTERM)
    end = time.monotonic() + within_s
    for process in processes:
        process.stop(max(0.0, end - time.monotonic()))


def _times(pid: int) -> tuple[int, ...]:
    """Ticks: own user and system, then those of ended children; zeros when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return (0, 0, 0, 0)
    return tuple(int(field) for field in fields[11:15])


def _group(leader: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(ProcessLookupError, PermissionError):
                if os.getpgid(int(entry.name)) == leader:
                    found.append(int(entry.name))
    return found


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
