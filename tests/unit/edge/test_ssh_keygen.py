import base64

import pytest

from gitopsd.edge.ssh_keygen import fingerprint, public_key, stray_line, why_not
from gitopsd.model.trust import Validity
from unit.edge.test_ssh_certificate import certificate

SIGNATURE = b"""\
-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgMOGQv/pLuRbfQJlRG761E1yp9S
fJ0LD1VjtgqgHgdDQAAAADZ2l0AAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1lZDI1NTE5
AAAAQJPTxQFCste3bhci3dWxciFIGL165F1EeLzg5ql8IENj2xEVmjAHNRNnjxiamCibHn
JzthxoSqFghIHeVSe3+wU=
-----END SSH SIGNATURE-----
"""


def test_a_signature_says_by_which_key_it_was_made() -> None:
    key = public_key(SIGNATURE)

    assert key is not None
    listed = "AAAAC3NzaC1lZDI1NTE5AAAAIDDhkL/6S7kW30CZURu+tRNcqfUnydCw9VY7YKoB4HQ0"
    assert base64.b64encode(key).decode() == listed
    assert fingerprint(key) == "SHA256:+pyy4DdiuT6TCyLZmHHZ+os5NGhau50XPJ/Fj67wrkE"


def test_what_is_no_signature_names_no_key() -> None:
    cut = SIGNATURE.replace(b"U1NIU0lHAAAAAQAAADM", b"U1NIU0lHAAAAAQAD//8")
    other = SIGNATURE.replace(b"U1NI", b"U1NJ")

    assert [public_key(each) for each in (b"", b"-----END", cut, other)] == [None] * 4
    assert public_key(b"-----BEGIN SSH SIGNATURE-----\n!!\n-----END SSH SIGNATURE-----") is None


KEY = b"a public key"
LINE = f"ssh-ed25519 {base64.b64encode(KEY).decode()}"


@pytest.mark.parametrize(
    ("allowed", "revoked", "why"),
    [
        (f'ada@x valid-before="20200101" {LINE}', "", Validity.EXPIRED_KEY),
        (f"# ada@x {LINE}", "", Validity.UNKNOWN_KEY),
        (f"ada@x cert-authority {LINE}", "", Validity.UNKNOWN_KEY),
        ("", LINE, Validity.REVOKED_KEY),
        ("", "", Validity.UNKNOWN_KEY),
    ],
)
def test_a_key_that_nobody_may_sign_with_is_refused_by_its_word(
    allowed: str, revoked: str, why: Validity
) -> None:
    assert why_not(KEY, allowed, revoked) is why


LISTED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDDhkL/6S7kW30CZURu+tRNcqfUnydCw9VY7YKoB4HQ0"


@pytest.mark.parametrize(
    ("line", "number"),
    [
        (f"{LISTED} ada@example.com", 0),
        ("", 0),
        ("  # gone", 0),
        ("no key", 2),
        ("ssh-ed25519", 2),
        (LISTED.replace("ssh-ed25519", "ssh-rsa"), 2),
        (f"ada@example.com {LISTED}", 2),
    ],
)
def test_a_line_that_is_no_key_is_found_among_keys(line: str, number: int) -> None:
    assert stray_line(f"{LISTED}\n{line}\n") == number


@pytest.mark.parametrize(
    ("before_s", "why"), [(9, Validity.EXPIRED_KEY), (2**40, Validity.UNKNOWN_KEY)]
)
def test_a_certificate_of_a_trusted_authority_may_be_over(before_s: int, why: Validity) -> None:
    made = certificate(before_s=before_s)
    authority = base64.b64encode(b"authority").decode()

    assert why_not(made, f"*@x cert-authority ssh-ed25519 {authority}", "") is why
    assert why_not(made, f"ada@x ssh-ed25519 {authority}", "") is Validity.UNKNOWN_KEY
