"""The process that runs Lua: one script of a repository at a time, and nothing else.

Comes in: a line of JSON, `[script, function, returns, arguments]`. Goes out: a line of JSON,
`["call", helper, arguments]` as often as the script asks for a helper of the other side (which
answers `[ok, value]`), then `["done", values, depends on the time]` or `["failed", message]`. It
is a process because a pattern that never ends can only be killed: the kernel does that by the
timer of CPU time that is set before each script. Nothing of gitopsd is imported here, and after
its start the process opens no file and starts no process.
"""

import json
import resource
import signal
import sys
from pathlib import Path
from typing import Any

import lupa.lua52

CPU_S = 0.5
MEMORY_BYTES = 64 * 1024 * 1024
STEPS = 20_000_000

_SANDBOX = Path(__file__).with_name("sandbox.lua").read_text()
_READ, _WRITE = sys.stdin.buffer, sys.stdout.buffer


def serve() -> None:
    """Answers until the other side is gone."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    while line := _READ.readline():
        script, function, returns, arguments = _decoded(line)
        signal.setitimer(signal.ITIMER_PROF, CPU_S)
        try:
            answer = _run(script, function, returns, arguments)
        except (lupa.lua52.LuaError, MemoryError, RecursionError) as error:
            answer = _encoded(["failed", _words(error)])
        signal.setitimer(signal.ITIMER_PROF, 0)
        _tell(answer)


def _run(script: str, function: str, returns: int, arguments: list[Any]) -> bytes:
    """What the script returns, in a runtime of its own: nothing stays from one to the next."""
    lua = lupa.lua52.LuaRuntime(
        encoding="latin-1",
        register_eval=False,
        register_builtins=False,
        unpack_returned_tuples=True,
        attribute_filter=_no_attribute,
        max_memory=MEMORY_BYTES,
    )

    def table(value: Any) -> Any:
        if not isinstance(value, (dict, list)):
            return value
        return lua.table_from(_without_nulls(value), recursive=True)

    def call(name: str, given: str) -> tuple[bool, Any]:
        _tell(b'["call",%s,%s]' % (_encoded(name), given.encode("latin-1")))
        ok, result = _decoded(_READ.readline())
        return ok, table(result)

    run = lua.execute(_SANDBOX, call, STEPS)
    text, timed = run(script, function, returns, *map(table, arguments))
    return b'["done",%s,%s]' % (text.encode("latin-1"), b"true" if timed else b"false")


def _no_attribute(subject: object, name: object, is_setting: bool) -> object:
    raise AttributeError("scripts see no attributes")


def _words(error: BaseException) -> str:
    """What went wrong, in one line."""
    if isinstance(error, MemoryError):
        return f"it needs more than {MEMORY_BYTES // 1024 // 1024} MiB of memory"
    if isinstance(error, RecursionError):
        return "the object is nested too deeply"
    return str(error).partition("\nstack traceback:")[0].partition("\n")[0]


def _decoded(line: bytes) -> Any:
    """JSON with all numbers as Lua has them, and strings as their bytes, one character for each."""
    return json.loads(line.decode("latin-1"), parse_int=float)


def _without_nulls(value: Any) -> Any:
    """The value with shorter lists; Lua's tables end at the first gap."""
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value if each is not None]
    return value


def _encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("latin-1", errors="replace")


def _tell(answer: bytes) -> None:
    _WRITE.write(answer.replace(b"\n", b" ") + b"\n")
    _WRITE.flush()


if __name__ == "__main__":
    serve()
