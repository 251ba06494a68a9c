"""`deploy/` holds objects that Kubernetes takes, and the daemon in it is the one that is built."""

import re

import pytest
import yaml

from architecture.house import TOP
from gitopsd.cli import flags
from gitopsd.kube.schemas import bundled

FILES = sorted((TOP / "deploy").glob("*.yaml"))
by_file = pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
VERSION = re.search(r'^version = "(.+)"', (TOP / "pyproject.toml").read_text(), re.M)[1]


@by_file
def test_every_object_is_valid(path) -> None:
    wrong = [
        f"{body['kind']} {pointer}: {message}"
        for body in yaml.safe_load_all(path.read_text())
        for pointer, message in bundled().validate(body)
    ]

    assert not wrong, "\n".join(wrong)


@by_file
def test_the_first_lines_say_how_to_use_it(path) -> None:
    assert "kubectl" in path.read_text().partition("apiVersion")[0]


def test_the_daemons_image_is_of_this_version() -> None:
    images = re.findall(r"image: (\S+)", (TOP / "deploy" / "daemon.yaml").read_text())

    assert images == [f"gitopsd:{VERSION}"]


def test_the_daemons_settings_are_flags() -> None:
    known = {
        each.variable
        for group in (flags.SOURCE, flags.MEMBERS, flags.TURNS, flags.LISTEN, flags.LOGS)
        for each in group
    }
    text = (TOP / "deploy" / "daemon.yaml").read_text() + (TOP / "Dockerfile").read_text()
    named = set(re.findall(r"\b(GITOPSD_\w+)[:=]", text))

    assert "GITOPSD_REPO" in named
    assert named <= known
