"""Laws of tokens: whatever is encrypted comes out as it was, wherever a program put it."""

from base64 import b64decode, b64encode

import yaml
from hypothesis import given
from hypothesis import strategies as st

from gitopsd.core.sops import lifted, opened_by, veil_of, veiled
from gitopsd.kube.yaml import Document
from servers.sops import DATA_KEY, encrypted

OPENED = opened_by(lambda armoured: DATA_KEY)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=80)
AROUND = st.text("ab+/= \n:", max_size=40)


def coded(text, width):
    """In base64, in lines of this width."""
    code = b64encode(text.encode()).decode()
    return "\n".join(code[at : at + width] for at in range(0, len(code), width))


@given(TEXTS, AROUND, AROUND, st.integers(10, 90))
def test_a_value_comes_out_as_it_went_in(secret, before, after, width):
    file = encrypted({"kind": "Secret", "stringData": {"a": secret}}).encode()
    token = yaml.safe_load(veiled(file))["stringData"]["a"]
    made = f"{before}{token}{after}"

    found = lifted(
        Document(0, 1, {"plain": made, "coded": coded(made, width), "other": before}),
        veil_of([("a.yaml", file)], OPENED),
    )

    body = found.document.body
    assert body["plain"] == f"{before}{secret}{after}"
    assert b64decode(body["coded"]).decode() == f"{before}{secret}{after}"
    assert body["other"] == before
    assert (found.hidden, found.changed) == ({"/plain", "/coded"}, "")


@given(st.text(max_size=200), st.binary(max_size=80))
def test_what_has_no_token_stays(text, data):
    file = encrypted({"kind": "Secret", "stringData": {"a": "hunter2"}}).encode()
    body = {"a": text, "b": b64encode(data).decode(), "c": [text, {"d": text}]}

    found = lifted(Document(0, 1, body), veil_of([("a.yaml", file)], OPENED))

    assert found.document.body == body
    assert (found.hidden, found.changed) == (frozenset(), "")
