"""The program under test, as a user starts it: `gitopsd` in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from servers.processes import Process

PROGRAM = Path(sys.executable).with_name("gitopsd")


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


class Daemons:
    """Starts commands with a home of their own; `close` ends those that still run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[Process] = []

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> Process:
        """`gitopsd ARGUMENTS` in the background."""
        name = f"gitopsd-{len(self.started) + 1}"
        process = Process(
            name,
            [str(PROGRAM), *arguments],
            self.folder / f"{name}.log",
            self._environment(env or {}),
        )
        self.started.append(process)
        return process

    def run(self, repo: str, kubeconfig: Path, *more: str) -> Process:
        """`gitopsd run` that polls five times a second, publishes each second and has no page."""
        return self.start(
            "run",
            f"--repo={repo}",
            f"--kubeconfig={kubeconfig}",
            "--interval=200ms",
            "--publish-interval=1s",
            "--listen=off",
            *more,
        )

    def call(
        self, *arguments: str, env: Mapping[str, str] | None = None, within_s: float = 100
    ) -> Done:
        """`gitopsd ARGUMENTS` to its end."""
        done = subprocess.run(
            [str(PROGRAM), *arguments],
            env=self._environment(env or {}),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within_s,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def close(self) -> None:
        for process in self.started:
            process.stop()

    def logs(self) -> str:
        """The end of each log, for failure messages."""
        return "\n".join(process.tail(60) for process in self.started)

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("GITOPSD_")
        }
        inherited.pop("KUBECONFIG", None)
        home = {"HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / "cache")}
        return {**inherited, **home, "PYTHONUNBUFFERED": "1", **more}
