"""Signed commits: OpenPGP and SSH × good, expired, revoked, unknown, unsigned × head and range.

Every refusal leaves on the member what the last good commit brought there.
"""

import shutil
from pathlib import Path

import pytest

from servers.member import Member
from servers.objects import config_map
from servers.repository import manifests
from servers.signers import REFUSED, GpgSigners, SshSigners
from servers.waiting import wait_until

PROGRAMS = {GpgSigners: "gpg", SshSigners: "ssh-keygen"}


@pytest.mark.parametrize("verify", ["head", "range"])
@pytest.mark.parametrize("form", PROGRAMS, ids=PROGRAMS.values())
def test_only_what_a_good_key_signed_reaches_the_member(
    story_on, member1: Member, tmp_path: Path, form, verify
) -> None:
    story, signers = story_on([member1]), made(form, tmp_path / "keys")
    good = push(story, signers, "good", {**story.fleet(), **said(story, "good")})
    story.run(f"--verify={verify}", *signers.flags)
    wait_until(lambda: word(story, member1) == "good")

    for case, reason in REFUSED.items():
        refused = push(story, signers, case, said(story, case))
        wait_until(lambda refused=refused: refused in told(story), seen=lambda: told(story))
        alone = told(story)
        push(story, signers, "good", said(story, f"on top of {case}"))
        on_top = ON_TOP[verify](story, member1, case, refused)
        story.repository.rewind(good)
        wait_until(lambda: word(story, member1) == "good" and "refused" not in told(story))

        assert f"reason: {reason}" in alone
        assert on_top
    signers.close()


def let_in(story, member: Member, case: str, refused: str) -> bool:
    """A head is looked at alone."""
    return wait_until(lambda: word(story, member) == f"on top of {case}")


def not_let_in(story, member: Member, case: str, refused: str) -> bool:
    """A range is refused for what it brings, too."""
    wait_until(lambda: f"it brings commit {refused[:12]}" in told(story))
    return word(story, member) == "good"


ON_TOP = {"head": let_in, "range": not_let_in}


def made(form: type[GpgSigners | SshSigners], folder: Path) -> GpgSigners | SshSigners:
    if shutil.which(PROGRAMS[form]) is None:
        pytest.skip(f"not installed: {PROGRAMS[form]}")
    folder.mkdir()
    return form(folder)


def push(story, signers: GpgSigners | SshSigners, case: str, files: dict[str, str]) -> str:
    story.repository.signing = signers.options(case)
    return story.repository.push(files)


def said(story, text: str) -> dict[str, str]:
    return {"said.yaml": manifests(config_map(story.namespace, "said", word=text))}


def word(story, member: Member) -> str:
    return story.get(member, "configmaps", "said")["data"]["word"]


def told(story) -> str:
    return story.status().get("status.yaml", "")
