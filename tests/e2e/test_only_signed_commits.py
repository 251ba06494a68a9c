"""Only what a trusted key signed reaches the members; what is refused changes nothing there."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.objects import config_map
from servers.repository import manifests
from servers.signers import SshSigners
from servers.waiting import wait_until


@pytest.fixture
def signers(tmp_path: Path) -> Iterator[SshSigners]:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("not installed: ssh-keygen")
    folder = tmp_path / "keys"
    folder.mkdir()
    yield SshSigners(folder)


def test_a_refused_commit_leaves_the_last_verified_one_in_force(story, signers) -> None:
    flags = ("--verify=range", *signers.flags)
    push(story, signers, "good", {**story.fleet(), **said(story, "first"), **kept(story)})
    story.run(*flags)
    story.everywhere(lambda member: word(story, member) == "first")
    story.everywhere(lambda _: "signer: good@example.com" in told(story))

    good = story.repository.head()
    refused = push(story, signers, "unsigned", {**said(story, "forged"), "kept.yaml": None})
    wait_until(lambda: refused in told(story))
    assert all(each in told(story) for each in ("reason: Unsigned", "phase: Degraded", good))

    # What is in force is kept up, by a process that was started meanwhile too.
    story.daemons.started[-1].stop()
    story.run(*flags)
    root = f"/api/v1/namespaces/{story.namespace}/configmaps"
    story.members[0].ask("DELETE", f"{root}/kept")
    story.everywhere(lambda member: story.get(member, "configmaps", "kept"))
    push(story, signers, "good", said(story, "on top"))
    wait_until(lambda: f"it brings commit {refused[:12]}" in told(story))
    assert [word(story, member) for member in story.members] == ["first"] * 3

    story.repository.rewind(good)
    push(story, signers, "good", said(story, "second"))
    story.everywhere(lambda member: word(story, member) == "second")
    story.everywhere(lambda _: "refused" not in told(story))


def test_a_first_head_that_is_refused_touches_nothing(story, signers) -> None:
    flags = ("--verify=head", *signers.flags)
    push(story, signers, "unknown", {**story.fleet(), **said(story, "first")})

    daemon = story.run(*flags)
    wait_until(lambda: "refused=UnknownKey" in daemon.says())
    done = story.call("sync", *flags)

    assert done.code == 1
    assert "is refused: its key is none of those that the operator trusts" in done.err
    assert [story.get(member, "configmaps", "said") for member in story.members] == [None] * 3
    assert story.status() == {}


def push(story, signers: SshSigners, case: str, files: dict) -> str:
    story.repository.signing = signers.options(case)
    return story.repository.push(files)


def said(story, text: str) -> dict[str, str]:
    return {"said.yaml": manifests(config_map(story.namespace, "said", word=text))}


def kept(story) -> dict[str, str]:
    return {"kept.yaml": manifests(config_map(story.namespace, "kept"))}


def word(story, member) -> str:
    found = story.get(member, "configmaps", "said")
    return found["data"]["word"] if found else ""


def told(story) -> str:
    return story.status().get("status.yaml", "")
