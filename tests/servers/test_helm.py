"""Where helm is looked for, and in which order."""

from pathlib import Path

import pytest

from servers import helm


def test_our_own_build_goes_before_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    on_path = program(tmp_path / "helm")
    before = helm.find()

    ours = program(helm.cache() / "helm")

    assert (before, helm.find()) == (on_path, ours)


def test_nothing_is_found_on_an_empty_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    assert helm.find() == ""


def program(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)
