"""No network for programs, where the system allows that."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from gitopsd.edge import socketless
from gitopsd.edge.apart import apart

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux filters what programs ask")


@pytest.fixture(autouse=True)
def anew():
    apart.cache_clear()
    yield
    apart.cache_clear()


def ran(program, *before):
    command = [*before, sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@linux
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX"])
def test_no_socket_of_any_sort(family):
    program = f"import socket; socket.socket(socket.{family})"

    assert ran(program).returncode == 0
    assert "Permission denied" in ran(program, *apart()).stderr


@linux
def test_what_it_starts_has_none_either_and_no_way_around():
    inner = "import socket; socket.socket()"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    ring = "import ctypes; l = ctypes.CDLL(None, use_errno=True); "
    ring += "print(l.syscall(425, 1, ctypes.create_string_buffer(120)), ctypes.get_errno())"

    assert "Permission denied" in ran(program, *apart()).stderr
    assert ran(ring, *apart()).stdout == "-1 13\n"


@linux
def test_all_else_is_as_ever():
    program = "import os, sys; print(os.listdir('/') != [], sys.argv[1:]); sys.exit(7)"

    done = subprocess.run(
        [*apart(), sys.executable, "-c", program, "a b", "-x"], capture_output=True, text=True
    )

    assert (done.returncode, done.stdout) == (7, "True ['a b', '-x']\n")


@linux
def test_what_cannot_be_started_is_named():
    done = subprocess.run([*apart(), "/no/such"], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (125, "/no/such: No such file or directory\n")


def test_on_a_machine_that_is_not_known_nothing_is_put_before(tmp_path, monkeypatch, caplog):
    script = f"import platform; platform.machine = lambda: 'pdp11'; __file__ = {str(tmp_path)!r}\n"
    (tmp_path / "other.py").write_text(script + Path(socketless.__file__).read_text())
    monkeypatch.setattr(socketless, "__file__", str(tmp_path / "other.py"))

    with caplog.at_level("INFO"):
        assert apart() == ()

    assert "sandbox=network closed=false reason='not known for pdp11'" in caplog.text


@linux
def test_it_is_found_out_once(monkeypatch):
    first = apart()
    monkeypatch.setattr(platform, "machine", None)
    monkeypatch.setattr(subprocess, "run", None)

    assert apart() is first
