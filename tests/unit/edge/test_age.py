"""Keys of age: several files, one line each; what is none is named by its place, never quoted."""

import pyrage
import pytest
from pyrage.x25519 import Identity

from gitopsd.edge.age import AgeKeys
from gitopsd.model.errors import UsageError

ONE, OTHER = Identity.generate(), Identity.generate()


def keys(folder, *texts):
    files = [folder / f"keys-{number}" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    return AgeKeys(files)


def sealed_for(*identities):
    recipients = [identity.to_public() for identity in identities]
    return pyrage.encrypt(b"data key", recipients, armored=True).decode()


def test_any_key_of_any_file_opens(tmp_path):
    found = keys(tmp_path, f"# mine\n\n{ONE}\n", f"{OTHER}\n")

    assert found.open(sealed_for(ONE)) == b"data key"
    assert found.open(sealed_for(OTHER)) == b"data key"


def test_what_no_key_opens_is_nothing(tmp_path):
    found = keys(tmp_path, f"{ONE}\n")

    assert found.open(sealed_for(OTHER)) is None
    assert found.open("no age file") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# nothing\n", "holds no key"),
        ("# first\nhunter2\n", ":2: is no age key"),
        (f"{ONE.to_public()}\n", ":1: is no age key"),
    ],
    ids=["none", "no key", "public"],
)
def test_a_file_without_keys_is_wrong_usage(tmp_path, text, words):
    with pytest.raises(UsageError, match=f"^--age-key-file: .*{words}") as refused:
        keys(tmp_path, text)

    assert "hunter2" not in str(refused.value)


def test_a_file_that_cannot_be_read_is_wrong_usage(tmp_path):
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")

    with pytest.raises(UsageError, match="missing: No such file"):
        AgeKeys([tmp_path / "missing"])
    with pytest.raises(UsageError, match="bytes: is no text"):
        AgeKeys([tmp_path / "bytes"])
