"""What ssh certificates say of themselves."""

import struct

import pytest

from gitopsd.edge.ssh_certificate import Certificate, certificate_of

FORM = b"ssh-ed25519-cert-v01@openssh.com"


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def certificate(form: bytes = FORM, keys: int = 1, after_s: int = 0, before_s: int = 9) -> bytes:
    fields = [form, b"nonce", *(b"key",) * keys]
    ends = [b"", b"extensions", b"", b"authority", b"signature"]
    return b"".join(
        [
            *map(string, fields),
            struct.pack(">QI", 77, 1),
            string(b"id"),
            string(b"principals"),
            struct.pack(">QQ", after_s, before_s),
            *map(string, ends),
        ]
    )


@pytest.mark.parametrize(
    ("form", "keys"),
    [
        (FORM, 1),
        (b"ssh-rsa-cert-v01@openssh.com", 2),
        (b"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", 3),
    ],
)
def test_a_certificate_says_who_made_it_and_when_it_counts(form: bytes, keys: int) -> None:
    found = certificate_of(certificate(form, keys, after_s=10, before_s=20))

    assert found == Certificate(b"authority", 10, 20)
    assert [found.counts_at(now_s) for now_s in (9, 10, 19, 20)] == [False, True, True, False]


def test_a_plain_key_is_no_certificate() -> None:
    assert certificate_of(string(b"ssh-ed25519") + string(b"key")) is None


def test_what_is_cut_off_is_no_certificate() -> None:
    whole = certificate()

    assert [certificate_of(whole[:size]) for size in (0, 3, 36, 60, 90)] == [None] * 5
