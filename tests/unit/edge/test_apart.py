"""No network for programs, where the system allows that."""

import subprocess

import pytest

from gitopsd.edge.apart import apart


@pytest.fixture(autouse=True)
def anew():
    apart.cache_clear()
    yield
    apart.cache_clear()


def put(folder, script):
    for name, text in (("unshare", script), ("true", "exit 0")):
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)


def test_where_it_is_allowed_only_the_loopback_is_left():
    words = apart()
    if not words:
        pytest.skip("this system allows no namespaces")

    seen = subprocess.run([*words, "/bin/cat", "/proc/net/dev"], capture_output=True, check=True)

    lines = seen.stdout.decode().splitlines()[2:]
    assert [line.partition(":")[0].strip() for line in lines] == ["lo"]


@pytest.mark.parametrize(
    "script", ["echo unshare failed: Operation not permitted >&2; exit 1", "kill -9 $$"]
)
def test_where_it_is_refused_nothing_is_put_before(tmp_path, monkeypatch, script, caplog):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, script)

    with caplog.at_level("INFO"):
        assert apart() == ()

    assert "namespace=network used=false" in caplog.text


def test_where_there_is_no_such_program_nothing_is_put_before(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert apart() == ()


def test_it_is_found_out_once(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    put(tmp_path, f"echo x >> {tmp_path}/asked")

    first, second = apart(), apart()

    assert first == second == (f"{tmp_path}/unshare", "--user", "--net", "--")
    assert (tmp_path / "asked").read_text() == "x\n"
