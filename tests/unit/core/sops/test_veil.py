"""What programs get of encrypted files, and what is put into what they print."""

from base64 import b64encode

import pytest
import yaml
from pyrage.x25519 import Identity

from gitopsd.core.sops import NO_VEIL, lifted, opened_by, sealed, veil_of, veiled, without_keys
from gitopsd.kube.yaml import documents
from servers.sops import DATA_KEY, encrypted

# Without its blanks it looks like base64.
PASSWORD = "hunter2 and more words\nthat are four+"
SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "db"},
    "stringData": {"password": PASSWORD, "user": "ada"},
}
FILE = encrypted(SECRET, Identity.generate()).encode()
OPENED = opened_by(lambda armoured: DATA_KEY)


def printed(body, unseal=OPENED, file=FILE):
    """What a program's print is taken for."""
    [document] = documents(yaml.safe_dump(body).encode())
    return lifted(document, veil_of([("db.yaml", file)], unseal))


def token(field="password"):
    return yaml.safe_load(veiled(FILE))["stringData"][field]


def base64(text):
    return b64encode(text.encode()).decode()


def wrapped(text):
    """In lines, as kustomize prints what is long."""
    return "".join(f"{text[at : at + 70]}\n" for at in range(0, len(text), 70))


def auth(text):
    """What pulls images."""
    return f'{{"auths": {{"ghcr.io": {{"auth": "{base64(text)}"}}}}}}'


def test_a_program_gets_tokens_and_no_trace_of_sops():
    seen = veiled(FILE)

    body = yaml.safe_load(seen)
    assert body["metadata"] == {"name": "db"}
    assert list(body) == ["apiVersion", "kind", "metadata", "stringData"]
    assert token("password") != token("user")
    assert PASSWORD.encode() not in seen
    assert b"ENC[" not in seen


def test_a_token_is_what_it_was_and_may_stand_where_base64_must():
    assert veiled(FILE) == veiled(FILE)
    assert len(token()) % 4 == 0


@pytest.mark.parametrize("data", [b"a: 1\n", b"sops: {mac: x}\n", b"a: [\nENC[AES256_GCM\n", b""])
def test_any_other_file_is_as_it_is(data):
    assert veiled(data) == data


def test_a_file_of_nothing_but_the_block_is_empty():
    assert veiled(encrypted({}).encode()) == b""


def test_a_file_that_is_no_text_of_its_own_is_its_token():
    whole = encrypted({"data": {"a": "b"}}).encode()
    secret = yaml.safe_load(whole)
    secret["data"] = secret["data"]["a"]
    as_json = yaml.dump(secret, default_flow_style=True, width=10_000).encode()

    seen = veiled(as_json).decode()

    assert seen.startswith("gitopsdVeil0")
    assert "\n" not in seen


@pytest.mark.parametrize(
    ("made", "meant"),
    [
        (lambda each: each, PASSWORD),
        (lambda each: f"postgres://ada:{each}@db", f"postgres://ada:{PASSWORD}@db"),
        (base64, base64(PASSWORD)),
        (lambda each: base64(f"password={each}\n"), base64(f"password={PASSWORD}\n")),
        (
            lambda each: wrapped(base64(f"x: 1\na: {each}\n" * 4)),
            base64(f"x: 1\na: {PASSWORD}\n" * 4),
        ),
        (lambda each: base64(auth(f"ada:{each}")), base64(auth(f"ada:{PASSWORD}"))),
        (lambda each: auth(f"ad:{each}"), auth(f"ad:{PASSWORD}")),
        (lambda each: f"{each} {base64(each)}", f"{PASSWORD} {base64(PASSWORD)}"),
        (lambda each: base64(base64(each)), base64(base64(PASSWORD))),
    ],
)
def test_values_stand_where_a_program_put_their_tokens(made, meant):
    found = printed({"kind": "Secret", "data": {"a": made(token()), "b": "plain"}})

    assert found.document.body["data"] == {"a": meant, "b": "plain"}
    assert found.hidden == {"/data/a"}
    assert found.changed == ""


def test_whoever_has_no_key_has_the_same_tokens_and_stand_ins():
    found = printed({"data": {"a": token()}}, sealed)

    assert found.hidden == {"/data/a"}
    assert "hunter2" not in repr(found)
    assert found.document.body["data"]["a"] != token()


@pytest.mark.parametrize(
    "made",
    [
        lambda each: {"a": each.lower()},
        lambda each: {"a": each[:20]},
        lambda each: {"a": base64(each.upper())},
        lambda each: {"a": f"a-{base64('x' + each[:30])[:-3]}"},
        lambda each: {"a": base64(base64(each.lower()))},
        lambda each: {each: "a"},
    ],
)
def test_what_a_program_made_of_a_token_is_seen(made):
    assert printed({"data": made(token())}).changed.startswith("/data")


def test_without_a_key_the_file_is_named_and_tokens_stay():
    veil = veil_of([("db.yaml", FILE)], without_keys)
    [document] = documents(yaml.safe_dump({"a": token()}).encode())

    assert veil.wrong is not None
    assert veil.wrong[0] == "db.yaml"
    assert "--age-key-file" in veil.wrong[1]
    assert lifted(document, veil).changed == "/a"


def test_nothing_encrypted_changes_nothing():
    [document] = documents(b"a: {b: [1, x, dG9rZW4=]}")

    assert lifted(document, NO_VEIL).document == document
    assert veil_of([("a.yaml", b"a: 1")], OPENED) == NO_VEIL


def test_values_are_in_no_words_about_them():
    assert "hunter2" not in repr(veil_of([("db.yaml", FILE)], OPENED))
