"""Acceptance check 15: forms of signatures × what is wrong with them × what must be signed."""

import subprocess

import pytest

from gitopsd.edge.gpg import Gpg
from gitopsd.edge.ssh_keygen import SshKeygen
from gitopsd.model.errors import SourceError, UsageError
from gitopsd.model.trust import Form, Verify
from servers.signers import REFUSED, REFUSED_BY_GPG

FORMS = ("ssh", "openpgp")
WORDS = {**REFUSED, **REFUSED_BY_GPG}
CASES = [(form, case) for form in FORMS for case in REFUSED]
CASES += [("openpgp", case) for case in REFUSED_BY_GPG]

by_form = pytest.mark.parametrize("form", FORMS)
by_case = pytest.mark.parametrize(("form", "case"), CASES)


@by_form
async def test_a_good_signature_is_accepted_and_says_whose_it_is(gate, form) -> None:
    gate.signs(form)
    commit = gate.push("good")

    tree = await gate.admitted(Verify.HEAD)

    assert tree.commit == commit
    assert "good@example.com" in tree.seal.signer
    assert len(tree.seal.key) >= 40


@by_case
async def test_a_head_that_is_not_well_signed_is_refused_by_its_word(gate, form, case) -> None:
    gate.signs(form)
    gate.push("good")
    gate.push(case)

    assert await gate.refusal(Verify.HEAD) == WORDS[case]


@by_case
async def test_a_range_is_refused_for_any_commit_that_a_head_would_be(gate, form, case) -> None:
    gate.signs(form)
    first = gate.push("good")
    gate.push(case)
    gate.push("good")

    assert await gate.refusal(Verify.RANGE, first) == WORDS[case]
    assert (await gate.admitted(Verify.HEAD, first)).seal is not None


async def test_a_range_begins_after_the_commit_that_was_applied_last(gate_over) -> None:
    gate_over.push("unsigned")
    second = gate_over.push("unsigned")
    gate_over.push("good")
    gate_over.push("good")

    assert (await gate_over.admitted(Verify.RANGE, second)).seal is not None
    assert (await gate_over.admitted(Verify.RANGE)).seal is not None


async def test_a_range_is_read_to_its_end_where_the_clone_was_cut_off(gate_over) -> None:
    first = gate_over.push("good")
    gate_over.push("unsigned")
    for _ in range(3):
        gate_over.push("good")

    assert await gate_over.refusal(Verify.RANGE, first) == "Unsigned"


async def test_a_range_holds_what_a_merge_brings(gate) -> None:
    first = gate.push("good")
    clone, git = gate.place.repository._clone, gate.place.repository._git
    git(clone, "switch", "-q", "-c", "side")
    git(clone, "commit", "-q", "--allow-empty", "-m", "Unsigned")
    git(clone, "switch", "-q", "-")
    gate.push("good")
    sign = gate.place.repository.signing
    git(clone, *sign, "merge", "-q", "-S", "--no-ff", "-m", "Merge", "side")
    git(clone, "push", "-q", "origin", "HEAD:main")

    assert await gate.refusal(Verify.RANGE, first) == "Unsigned"
    assert (await gate.admitted(Verify.HEAD, first)).seal is not None


async def test_a_range_that_nobody_can_tell_is_refused(gate_over) -> None:
    gate_over.push("good")

    assert await gate_over.refusal(Verify.RANGE, "1" * 40) == "UnknownRange"


@by_form
async def test_a_commit_that_was_changed_after_it_was_signed_is_refused(gate, form) -> None:
    gate.signs(form)
    commit = gate.push("good", "Honest")
    forged = gate.place.repository.path / "forged"
    forged.write_text(gate.place.git("cat-file", "commit", commit).replace("Honest", "Forged"))
    id = gate.place.git("hash-object", "-t", "commit", "-w", str(forged)).strip()

    gate.place.git("update-ref", "refs/heads/main", id)

    assert await gate.refusal(Verify.HEAD) == "BadSignature"


async def test_a_signature_of_a_form_for_which_there_are_no_keys_is_refused(gate) -> None:
    gate.push("good")
    gate.verifiers = {}

    assert await gate.refusal(Verify.HEAD) == "UnknownKey"


async def test_a_tag_must_be_signed_and_be_the_one_that_is_followed(gate_over) -> None:
    gate_over.push("unsigned")
    gate_over.place.repository.tag("plain")
    gate_over.place.git("tag", "light", "main")
    gate_over.place.repository.signing = gate_over.signers.options("good")
    tag = gate_over.place.repository.tag("v1")
    gate_over.place.git("update-ref", "refs/tags/v2", tag)

    refusals = [
        await gate_over.refusal(Verify.TAG, branch=name)
        for name in ("main", "light", "plain", "v2")
    ]

    assert refusals == ["NoTag", "NoTag", "Unsigned", "BadSignature"]
    assert "good@" in (await gate_over.admitted(Verify.TAG, branch="v1")).seal.signer
    assert await gate_over.refusal(Verify.TAG_AND_HEAD, branch="v1") == "Unsigned"


async def test_a_tag_and_its_commit_may_both_have_to_be_signed(gate) -> None:
    gate.push("good")
    gate.place.repository.tag("v1")

    assert (await gate.admitted(Verify.TAG_AND_HEAD, branch="v1")).seal is not None


async def test_keys_that_are_renewed_count_from_then_on(gate, tmp_path, signers) -> None:
    gate.signs("openpgp")
    gate.push("good")
    keys = tmp_path / "keys.asc"
    whole = signers["openpgp"].keys.read_text()
    gpg = Gpg(keys)
    gate.verifiers = dict.fromkeys(gate.verifiers, gpg)
    keys.write_text(whole.replace(whole, block(whole, 1)))
    assert await gate.refusal(Verify.HEAD) == "UnknownKey"

    keys.write_text(whole)

    assert (await gate.admitted(Verify.HEAD)).seal is not None
    gpg.close()


async def test_a_revocation_counts_wherever_it_stands_among_the_keys(
    gate, tmp_path, signers
) -> None:
    gate.signs("openpgp")
    gate.push("revoked")
    whole = signers["openpgp"].keys.read_text()
    keys = tmp_path / "keys.asc"
    keys.write_text(block(whole, -1) + whole.removesuffix(block(whole, -1)))
    gpg = Gpg(keys)
    gate.verifiers = dict.fromkeys(gate.verifiers, gpg)

    assert await gate.refusal(Verify.HEAD) == "RevokedKey"
    gpg.close()


async def test_keys_that_cannot_be_used_are_no_verdict(gate, tmp_path, signers) -> None:
    gate.signs("openpgp")
    gate.push("good")
    keys = tmp_path / "keys.asc"
    gpg = Gpg(keys)
    gate.verifiers = dict.fromkeys(gate.verifiers, gpg)
    revocation_alone = block(signers["openpgp"].keys.read_text(), -1)

    for text in ("", "no keys", signers["openpgp"].keys.read_text() + revocation_alone[:-200]):
        keys.write_text(text)
        with pytest.raises(SourceError, match="must hold public keys"):
            await gate.admitted(Verify.HEAD)
    gpg.close()


async def test_a_list_of_revoked_keys_that_cannot_be_read_is_no_verdict(
    gate, tmp_path, signers
) -> None:
    gate.push("good")
    revoked = tmp_path / "revoked"
    gate.verifiers = {Form.SSH: SshKeygen(signers["ssh"].allowed, revoked)}
    keys = signers["ssh"].revoked
    subprocess.run(["ssh-keygen", "-q", "-k", "-f", str(revoked), str(keys)], check=True)
    listed = revoked.read_bytes()

    for text, words in (
        (keys.read_bytes() + b"gone\n", "line 2 is no public key"),
        (listed[:-1], "is broken"),
    ):
        revoked.write_bytes(text)
        with pytest.raises(SourceError, match=words):
            await gate.admitted(Verify.HEAD)
    revoked.write_bytes(listed)
    assert (await gate.admitted(Verify.HEAD)).seal is not None


def test_a_program_that_is_not_installed_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UsageError, match="--gpg-keys: needs the program gpg"):
        Gpg(tmp_path / "keys")
    with pytest.raises(UsageError, match="--allowed-signers: needs the program ssh-keygen"):
        SshKeygen(tmp_path / "allowed", None)


def block(text: str, number: int) -> str:
    """One armoured block."""
    begin = "-----BEGIN"
    return begin + text.split(begin)[1:][number]
