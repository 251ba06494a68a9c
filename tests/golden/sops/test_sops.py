"""Files that the real sops encrypted are read as it reads them; changed ones are refused."""

from pathlib import Path

import pytest

from gitopsd.core.load import read_file
from gitopsd.core.override import Overrides
from gitopsd.core.render import Rendering, Terms
from gitopsd.core.sops import is_encrypted, opened_by, sealed, without_keys
from gitopsd.edge.age import AgeKeys
from gitopsd.kube.yaml import documents
from gitopsd.model.cluster import Cluster

HERE = Path(__file__).parent
KEYS = AgeKeys([HERE / "keys.txt"])
OPENED = opened_by(KEYS.open)
OTHER_KEYS = AgeKeys([HERE / "other-keys.txt"])
CASES = sorted(path.parent.name for path in HERE.glob("*/plain.*"))
REFUSED = {"key-groups"}


def text(case, stem="encrypted"):
    (file,) = (HERE / case).glob(f"{stem}.*")
    return file.read_text()


def unsealed(content, unseal=OPENED):
    return unseal(documents(content.encode()))


def refusal(content, unseal=OPENED):
    """The place and the words; no word of the secret may be among them."""
    found = unsealed(content, unseal)
    assert found.documents == ()
    assert "hunter" not in repr(found)
    return f"{found.place[1]}: {found.wrong}"


@pytest.mark.parametrize("case", sorted(set(CASES) - REFUSED))
def test_an_encrypted_file_holds_what_sops_says(case):
    found = unsealed(text(case))

    expected = documents(text(case, "decrypted").encode())
    assert is_encrypted(documents(text(case).encode()))
    assert found.wrong == ""
    assert [each.body for each in found.documents] == [each.body for each in expected]


def test_each_recipient_opens_the_file():
    content = text("two-recipients")

    assert unsealed(content, OPENED).wrong == ""
    assert unsealed(content, opened_by(OTHER_KEYS.open)).wrong == ""


def test_without_the_right_key_it_is_said_whose_would_be_right():
    (line,) = (line for line in (HERE / "keys.txt").read_text().splitlines() if "public" in line)

    assert refusal(text("comments"), opened_by(OTHER_KEYS.open)) == (
        f"/sops: no key that was given opens it; it is for {line.split()[-1]}"
    )
    assert refusal(text("comments"), without_keys) == (
        "/sops: is encrypted with SOPS, and no key was given; give --age-key-file"
    )


def test_a_key_in_several_parts_is_refused():
    assert refusal(text("key-groups")) == (
        "/sops/key_groups: splits its key over several key groups, which is not supported; "
        "encrypt it for one"
    )


MAC = "/sops/mac: does not fit the values: the file was changed after it was encrypted"


@pytest.mark.parametrize(
    ("case", "change", "words"),
    [
        ("encrypted-regex", ("app: shop", "app: shops"), MAC),
        ("encrypted-regex", ("name: db", "name: db2"), MAC),
        ("encrypted-regex", ("type: Opaque", "type: Opaque\nimmutable: true"), MAC),
        ("encrypted-regex", ('lastmodified: "20', 'lastmodified: "19'), MAC),
        ("encrypted-regex", ("mac: ENC[AES256_GCM,data:", "mac: ENC[AES256_GCM,data:AA"), MAC),
        ("encrypted-regex", ("mac: ENC", "mac: #"), MAC),
        ("mac-only-encrypted", ("mac_only_encrypted: true", "mac_only_encrypted: false"), MAC),
        ("several-documents", ("name: one", "name: three"), MAC),
        (
            "encrypted-regex",
            ("    password: ENC", "    user: plain\n    password: ENC"),
            "/stringData/user: stands in clear text where SOPS would encrypt it",
        ),
        (
            "encrypted-regex",
            ("    password: ENC", "    pin: ENC"),
            "/stringData/pin: cannot be decrypted: it was changed, or moved here",
        ),
        (
            "encrypted-regex",
            ("    password: ENC[AES256_GCM,data:", "    password: ENC[AES256_GCM,data:AAAA"),
            "/stringData/password: cannot be decrypted: it was changed, or moved here",
        ),
        (
            "encrypted-regex",
            ("type:str", "type:int"),
            "/data/token: is no int, as it says of itself",
        ),
        (
            "encrypted-comment",
            ("    user: admin", "    user: administrator"),
            MAC,
        ),
    ],
)
def test_a_file_that_was_changed_is_refused(case, change, words):
    before = text(case)
    content = before.replace(*change, 1)
    assert content != before

    assert refusal(content).startswith(words)


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("encrypted-regex", ('    empty: ""', '    empty: ""\n    more: ""')),
        ("encrypted-regex", ("version: 3", "version: 4")),
        ("mac-only-encrypted", ("app: shop", "app: other")),
        ("comments", ("first: ENC", "# another comment\nfirst: ENC")),
    ],
)
def test_what_sops_does_not_protect_may_change(case, change):
    content = text(case).replace(*change, 1)

    assert content != text(case)
    assert unsealed(content).wrong == ""


def test_a_document_taken_away_is_seen():
    first, second, third = text("several-documents").split("\n---\n")

    assert refusal(f"{first}\n---\n{third}").startswith(MAC)
    assert refusal(f"{first}\n---\n{third}\n---\n{second}").startswith(MAC)


def test_an_encrypted_document_after_a_plain_one_is_refused():
    content = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: a}}\n---\n{text('comments')}"

    assert refusal(content) == ": is not in the first document; SOPS encrypts whole files"


@pytest.mark.parametrize("case", sorted(set(CASES) - REFUSED))
def test_a_sealed_file_shows_nothing_and_keeps_its_shape(case):
    opened = unsealed(text(case))
    found = unsealed(text(case), sealed)

    assert [shape(each.body) for each in found.documents] == [
        shape(each.body) for each in opened.documents
    ]
    assert found.hidden == opened.hidden
    assert "ENC[" not in repr(found)
    assert "hunter" not in repr(found)


def shape(value):
    """Keys and types; a value that stands in for another has its type."""
    match value:
        case dict():
            return {key: shape(each) for key, each in value.items()}
        case list():
            return [shape(each) for each in value]
        case float():
            return int
    return type(value)


def test_a_plan_without_keys_has_the_hash_of_the_one_with_keys():
    content = text("encrypted-regex").encode()

    one, other = (
        Rendering(
            read_file("db.yaml", "b10b", content, unseal).objects[0].resource, Terms()
        ).manifest(Cluster("eu"), 0, Overrides([]))
        for unseal in (OPENED, sealed)
    )

    assert one.hash == other.hash
    assert one.body["data"].keys() == other.body["data"].keys()
    assert one.body["data"] != other.body["data"]


def test_a_secret_is_loaded_decrypted_with_a_key_alone():
    content = text("encrypted-regex").encode()

    (found,) = read_file("db.yaml", "b10b", content, OPENED).objects
    locked = read_file("db.yaml", "b10b", content)

    assert found.resource.body["stringData"] == {"password": "hunter2", "empty": ""}
    assert "sops" not in found.resource.body
    assert (found.resource.origin.blob, found.resource.origin.line) == ("b10b", 1)
    assert (locked.objects, locked.is_unreadable) == ((), True)
    assert [(each.line, each.reason) for each in locked.problems] == [(14, "DecryptionFailed")]
