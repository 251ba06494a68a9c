"""Programs run where they do little harm; here they are small scripts of the shell."""

import asyncio
import shlex
import socket
import sys
from pathlib import Path

import pytest

from gitopsd.edge.apart import apart
from gitopsd.edge.sandbox import Failed, Limits, run
from servers.waiting import until


async def sh(script, files=None, **limits):
    command = ["/bin/sh", "-c", script]
    return (await run(command, files or {}, str.encode, Limits(**limits))).decode()


async def test_a_program_sees_its_files_and_nothing_of_ours(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")

    seen = await sh("/bin/cat a/b.txt; /usr/bin/env; /bin/ls -A . ..", {"a/b.txt": "text\n"})

    assert seen.startswith("text\n")
    assert "hunter2" not in seen
    assert "https_proxy=http://127.0.0.1:9" in seen
    assert seen.endswith(".:\na\n\n..:\nfiles\nhome\noutput\ntold\n")


@pytest.mark.skipif(not apart(), reason="this system has no filter for what programs ask")
async def test_a_program_reaches_nobody():
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = server.getsockname()
        program = f"import socket; socket.create_connection({place!r}, 5)"

        with pytest.raises(Failed, match="Permission denied"):
            await sh(f"exec {shlex.quote(sys.executable)} -c {shlex.quote(program)}")


async def test_nothing_is_left_of_it():
    folder = Path((await sh("pwd -P")).strip())

    assert not folder.parent.exists()


async def test_a_failure_is_told_in_its_own_words():
    script = "echo noise >&2; echo Error: in $PWD/a/b.yaml: >&2; echo no such field >&2; exit 3"

    with pytest.raises(Failed, match=r"^Error: in a/b\.yaml: no such field$"):
        await sh(script)


async def test_a_failure_without_words_has_a_code():
    with pytest.raises(Failed, match="ended with exit code 7"):
        await sh("exit 7")


async def test_one_that_is_killed_may_live_the_next_time():
    with pytest.raises(Failed, match="was killed") as failed:
        await sh("kill -9 $$")

    assert not failed.value.is_final


@pytest.mark.skipif(sys.platform != "linux", reason="others have no such order")
async def test_it_goes_before_the_daemon_when_memory_is_short():
    assert await sh("/bin/cat /proc/self/oom_score_adj") == "1000\n"


async def test_endless_output_is_cut_off():
    with pytest.raises(Failed, match="printed more than 100000 bytes"):
        await sh("while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done", output_bytes=100_000)


async def test_endless_words_have_an_end_too():
    with pytest.raises(Failed, match="printed more than 100000 bytes"):
        await sh("while :; do echo aaaaaaaaaaaaaaaaaaa >&2; done", output_bytes=100_000)


async def test_what_is_printed_before_a_failure_is_not_taken():
    with pytest.raises(Failed, match="broken"):
        await sh("echo kind: ConfigMap; echo broken >&2; exit 1")


async def test_a_full_disk_may_have_room_later():
    with pytest.raises(Failed) as failed:
        await sh("echo write a: no space left on device >&2; exit 1")

    assert not failed.value.is_final


async def test_one_that_does_not_end_is_killed_with_all_that_it_started(tmp_path):
    children = tmp_path / "children"
    script = f"/bin/sleep 60 & echo $! > {shlex.quote(str(children))}; wait"

    with pytest.raises(Failed, match=r"did not end within 0\.5 s"):
        await sh(script, wall_s=0.5)

    child = int(children.read_text())
    await until(lambda: not _is_alive(child))


async def test_nothing_runs_on_once_nobody_waits(tmp_path):
    started = tmp_path / "started"
    script = f"echo $$ > {shlex.quote(str(started))}; exec /bin/sleep 60"
    waiting = asyncio.create_task(sh(script))
    await until(lambda: started.exists() and started.read_text())

    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not _is_alive(int(started.read_text()))


def _is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit memory")
async def test_memory_has_an_end():
    program = "import mmap; mmap.mmap(-1, 6 << 30)"

    with pytest.raises(Failed, match=r"needs more than 4096 MiB of memory|Cannot allocate memory"):
        await sh(f"exec {shlex.quote(sys.executable)} -c {shlex.quote(program)}")
