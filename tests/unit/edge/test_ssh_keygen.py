import base64

from gitopsd.edge.ssh_keygen import fingerprint, public_key

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
