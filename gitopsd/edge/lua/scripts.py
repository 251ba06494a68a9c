"""This side of the process that runs Lua: asks, remembers, starts it anew when it was killed.

Comes in: a script, a function, its arguments. Goes out: the values, or a Problem without a place.
The same question has the same answer, which is remembered (but for a script that asks for the
time). A script that the kernel had to stop is not run again as long as this value lives.
"""

import json
import select
import signal
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from gitopsd.model.problem import Problem

Helper: TypeAlias = Callable[..., Any]
Answer: TypeAlias = tuple[Any, ...] | Problem

PATIENCE_S = 10.0
REMEMBERED = 8192

_PROCESS = Path(__file__).with_name("process.py")
_RETURNS = {"GetReplicas": 2}
_STOPPED = -signal.SIGPROF


class Lua:
    """Calls functions of scripts, one after the other, from any thread.

    `helpers` are the functions of the module `kube` that scripts may require; one that raises
    ValueError fails the script with these words. Starts no process before the first call.
    """

    def __init__(self, helpers: Mapping[str, Helper]) -> None:
        self._helpers = helpers
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._answers: OrderedDict[bytes, Answer] = OrderedDict()
        self._condemned: dict[bytes, Problem] = {}

    def interpret(self, script: str, operation: str, arguments: tuple[Any, ...]) -> Answer:
        """What the script's function of this name returns, an empty table as an empty list; or a
        Problem with neither path nor line.
        """
        try:
            question = msgspec.json.encode(
                [script, operation, _RETURNS.get(operation, 1), arguments]
            )
        except (TypeError, ValueError, RecursionError) as error:
            return _problem(f"the object cannot be given to a script: {error}")
        key, whose = _digest(question), _digest(script.encode())
        with self._lock:
            known = self._condemned.get(whose) or self._answers.get(key)
            if known is not None:
                return known
            answer, is_lasting = self._asked(question, whose)
            if is_lasting:
                self._remember(key, answer)
            return answer

    def close(self) -> None:
        """Ends the process; the next call would start another."""
        with self._lock:
            self._end()

    def _asked(self, question: bytes, whose: bytes) -> tuple[Answer, bool]:
        """The answer, and whether it would be the same at another time; a process that ended by
        itself is replaced once.
        """
        for _ in range(2):
            try:
                return self._exchange(question)
            except TimeoutError:
                self._end()
                return _problem(f"no answer within {PATIENCE_S:.0f} s"), False
            except (OSError, EOFError, ValueError):
                if self._end() == _STOPPED:
                    problem = _problem("it was stopped after half a second of CPU time")
                    self._condemned[whose] = problem
                    return problem, False
        return _problem("the process that runs Lua ended by itself, twice"), False

    def _exchange(self, question: bytes) -> tuple[Answer, bool]:
        until = time.monotonic() + PATIENCE_S
        self._write(question)
        while True:
            verb, *rest = json.loads(self._line(until), parse_float=_number)
            if verb == "call":
                self._write(self._helped(*rest))
            elif verb == "done":
                values, is_timed = rest
                return tuple(values), not is_timed
            else:
                return _problem(rest[0]), True

    def _helped(self, name: str, arguments: list[Any]) -> bytes:
        try:
            return msgspec.json.encode([True, self._helpers[name](*arguments)])
        except (ValueError, TypeError, KeyError) as error:
            return msgspec.json.encode([False, str(error)])

    def _write(self, line: bytes) -> None:
        process = self._running()
        assert process.stdin is not None
        process.stdin.write(line + b"\n")
        process.stdin.flush()

    def _line(self, until: float) -> str:
        """One line of the process; raises EOFError when it ended, TimeoutError when it is late."""
        stdout = self._running().stdout
        assert stdout is not None
        ready, _, _ = select.select([stdout], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            raise TimeoutError
        line = stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        return line.decode(errors="replace")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-B", str(_PROCESS)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": ":".join(filter(None, sys.path)), "TZ": "UTC", "LC_ALL": "C"},
            )
        return self._process

    def _end(self) -> int:
        """Ends the process for good; how it ended, 0 where there is none."""
        process, self._process = self._process, None
        if process is None:
            return 0
        try:
            process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            process.kill()
        with suppress(OSError), process:  # closes both pipes; what it never read is lost
            pass
        return process.wait()

    def _remember(self, key: bytes, answer: Answer) -> None:
        self._answers[key] = answer
        if len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).digest()


def _number(text: str) -> int | float:
    """A whole number as such, however Lua wrote it."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 1e21 else number


def _problem(message: str) -> Problem:
    return Problem("", 0, "", message, reason="Script")
