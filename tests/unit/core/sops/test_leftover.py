from base64 import b64encode

import pytest

from gitopsd.core.sops import leftovers


def coded(text):
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "secret",
    [
        {"stringData": {"a": "ENC[AES256_GCM,data:x]"}},
        {"data": {"a": coded("ENC[AES256_GCM,data:x]")}},
        {"data": {"a": coded('{"sops": {"mac": "ENC[x"}}')}},
        {"data": {"a": coded("password=x\nsops_mac=ENC[x]")}},
        {"stringData": {"a": "password: ENC[AES256_GCM,data:x]\nsops: {}"}},
    ],
)
def test_what_nobody_decrypted_is_found_in_base64_too(secret):
    (found,) = leftovers(secret)

    assert found[0].endswith("/a")
    assert found[1] == "is still encrypted by SOPS; it is not applied"


@pytest.mark.parametrize(
    "secret",
    [
        {},
        {"data": None, "stringData": "ENC[AES256_GCM"},
        {"data": {"a": coded("hunter2"), "b": "no base64", "c": ""}},
        {"stringData": {"a": "ENC", "b": "sops"}},
    ],
)
def test_other_secrets_are_left_alone(secret):
    assert list(leftovers(secret)) == []
