from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gitopsd.core.sops.mac import Mac
from gitopsd.core.sops.refused import Refused
from gitopsd.core.sops.value import Opener, looks_encrypted, stand_in

KEY = b"k" * 32
NONCE = b"n" * 32


def encrypted(plain, sort="str", at="data:a:"):
    made = AESGCM(KEY).encrypt(NONCE, plain.encode("latin-1"), at.encode())
    data, nonce, tag = (b64encode(each).decode() for each in (made[:-16], NONCE, made[-16:]))
    return f"ENC[AES256_GCM,data:{data},iv:{nonce},tag:{tag},type:{sort}]"


@pytest.mark.parametrize(
    ("plain", "sort", "value"),
    [
        ("hunter2", "str", "hunter2"),
        ("hunter2", "bytes", "hunter2"),
        ("2020-01-01T00:00:00Z", "time", "2020-01-01T00:00:00Z"),
        ("-42", "int", -42),
        ("1.5", "float", 1.5),
        ("2", "float", 2),
        ("True", "bool", True),
        ("False", "bool", False),
    ],
)
def test_a_value_has_the_type_that_it_says(plain, sort, value):
    found = Opener(KEY).open(encrypted(plain, sort), "data:a:")

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("plain", "sort"),
    [
        ("hunter2", "int"),
        ("hunter2", "float"),
        ("hunter2", "bool"),
        ("hunter2", "date"),
        ("9" * 30, "int"),
        ("\xff", "str"),
    ],
)
def test_a_value_of_another_type_is_refused_without_showing_it(plain, sort):
    with pytest.raises(Refused) as refused:
        Opener(KEY).open(encrypted(plain, sort), "data:a:")

    assert plain not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_value_opens_only_where_it_was_encrypted():
    with pytest.raises(Refused, match="cannot be decrypted"):
        Opener(KEY).open(encrypted("hunter2"), "data:b:")


@pytest.mark.parametrize("text", ["hunter2", 5, True, "ENC[AES256_GCM,data:,iv:,tag:,type:]"])
def test_clear_text_where_it_should_be_encrypted_is_refused(text):
    with pytest.raises(Refused, match="stands in clear text"):
        Opener(KEY).open(text, "data:a:")


@pytest.mark.parametrize("part", ["data:!!", "iv:!!", "tag:!!", "iv:eA=="])
def test_broken_parts_are_refused(part):
    name = part.partition(":")[0]
    good = {"data": "eA==", "iv": b64encode(NONCE).decode(), "tag": b64encode(b"t" * 16).decode()}
    parts = good | {name: part.partition(":")[2]}
    text = f"ENC[AES256_GCM,data:{parts['data']},iv:{parts['iv']},tag:{parts['tag']},type:str]"

    with pytest.raises(Refused, match="cannot be decrypted"):
        Opener(KEY).open(text, "data:a:")


def test_a_data_key_of_another_size_is_refused():
    with pytest.raises(Refused, match="32 bytes"):
        Opener(b"short")


def test_a_stand_in_has_the_type_and_tells_texts_apart():
    one, other = (encrypted(plain) for plain in ("a", "b"))

    assert stand_in(one) == stand_in(one) != stand_in(other)
    assert not looks_encrypted(stand_in(one))
    assert [stand_in(encrypted("1", sort)) for sort in ("int", "float", "bool")] == [0, 0, False]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("ü", "ü"),
        (True, "True"),
        (False, "False"),
        (42, "42"),
        (1.5, "1.5"),
        (1e21, "1000000000000000000000"),
        (1e-7, "0.0000001"),
    ],
)
def test_a_mac_takes_values_as_sops_writes_them(value, text):
    one, other = Mac(), Mac()
    one.add(value)
    other.add(text)

    assert one.digest == other.digest
    assert Mac().digest != Mac.of_encrypted().digest
