import pytest

from gitopsd.core.sops.refused import Refused
from gitopsd.core.sops.selector import selector

ENCRYPTED = "ENC[AES256_GCM,data:eA==,iv:eA==,tag:eA==,type:str]"


@pytest.mark.parametrize(
    ("name", "words", "path", "is_chosen"),
    [
        ("encrypted_suffix", "_secret", ("a_secret", "b"), True),
        ("encrypted_suffix", "_secret", ("a", "b"), False),
        ("unencrypted_suffix", "_clear", ("a", "b_clear"), False),
        ("unencrypted_suffix", "_clear", ("a", "clear"), True),
        ("encrypted_regex", "^(data|stringData)$", ("stringData", "x"), True),
        ("encrypted_regex", "^(data|stringData)$", ("metadata", "x"), False),
        ("encrypted_regex", "ata", ("metadata", "x"), True),
        ("unencrypted_regex", "^(kind|metadata)$", ("metadata", "x"), False),
        ("unencrypted_regex", "^(kind|metadata)$", ("data", "x"), True),
    ],
)
def test_any_key_on_the_way_decides(name, words, path, is_chosen):
    assert selector(name, words)(path, "x") is is_chosen


@pytest.mark.parametrize("name", ["encrypted_comment_regex", "unencrypted_comment_regex"])
def test_by_comments_a_value_is_what_it_looks_like(name):
    chosen = selector(name, "sops")

    assert chosen(("data", "a"), ENCRYPTED)
    assert not chosen(("data", "a"), "plain")
    assert not chosen(("data", "a"), 5)


@pytest.mark.parametrize("words", ["(", "[[:alpha:]]", r"\z"])
def test_an_expression_that_python_does_not_know_is_refused(words):
    with pytest.raises(Refused, match="is an expression that is not understood"):
        selector("encrypted_regex", words)
