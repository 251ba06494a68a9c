"""What is encrypted in a file is never shown, and never taken for something else."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gitopsd.core.load import LoadCache, Means, in_clear, load, read_file
from gitopsd.core.sops import Unsealed
from gitopsd.kube.yaml import Document
from gitopsd.model.problem import Severity
from gitopsd.model.snapshot import Tree, TreeEntry

SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n"
CONFIG_MAP = SECRET.replace("Secret", "ConfigMap")
BLOCK = "sops:\n  mac: x\n"
CANARY = "Hunter2 Canary"


def hiding(*pointers, is_sealed=False):
    """Opens every file, as if what stands at these places had been encrypted."""

    def unseal(documents: Sequence[Document]) -> Unsealed:
        plain = tuple(
            replace(each, body={key: value for key, value in each.body.items() if key != "sops"})
            for each in documents
        )
        hidden = {each.index: frozenset(pointers) for each in documents}
        return Unsealed(plain, hidden, is_sealed=is_sealed)

    return unseal


def read(text, unseal):
    return read_file("a.yaml", "b10b", text.encode(), unseal)


def said(file):
    assert CANARY not in repr(file.problems)
    return [(each.line, each.pointer, each.message) for each in file.problems]


def test_a_secret_is_read_as_it_was_meant():
    file = read(f"{SECRET}stringData:\n  a: {CANARY}\n{BLOCK}", hiding("/stringData/a"))

    assert file.objects[0].resource.body["stringData"] == {"a": CANARY}
    assert file.problems == ()


def test_any_other_kind_with_encrypted_values_is_wrong():
    file = read(f"{CONFIG_MAP}data:\n  a: {CANARY}\n{BLOCK}", hiding("/data/a"))

    words = "is a ConfigMap with encrypted values, but only a Secret's are kept from sight; "
    assert said(file) == [(1, "", f"{words}encrypt nothing else")]
    assert (file.objects, file.is_unreadable) == ((), False)


def test_any_other_kind_without_encrypted_values_may_stand_beside():
    file = read(f"{CONFIG_MAP}{BLOCK}", hiding())

    assert [each.key.kind for each in file.objects] == ["ConfigMap"]


def test_a_mistake_in_an_encrypted_value_does_not_show_it():
    text = f"{SECRET}  labels:\n    app: {CANARY}\ndata:\n  b: {CANARY}\n{BLOCK}"

    file = read(text, hiding("/metadata/labels/app", "/data/b"))

    assert said(file) == [
        (
            6,
            "/metadata/labels/app",
            "is not what an API server takes; it is encrypted and not shown",
        ),
        (8, "/data/b", "is not base64; plain text belongs into stringData of a Secret"),
    ]


def test_an_item_of_a_list_has_its_own_encrypted_values():
    items = (
        f"- apiVersion: v1\n  kind: Secret\n  metadata: {{name: a}}\n  stringData: {{a: {CANARY}}}"
    )
    other = "- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: b}\n  data: {a: seen}"
    text = f"apiVersion: v1\nkind: List\nitems:\n{items}\n{other}\n{BLOCK}"

    file = read(text, hiding("/items/0/stringData/a"))

    assert [str(each.key) for each in file.objects] == [
        "Secret default/a",
        "ConfigMap default/b",
    ]


def test_a_sealed_secret_is_there_with_a_notice_and_its_stand_ins_are_not_judged():
    text = f"{SECRET}data:\n  a: no base64\n  b: neither\n{BLOCK}"

    file = read(text, hiding("/data/a", is_sealed=True))

    assert [(each.severity, each.line, each.pointer) for each in file.problems] == [
        (Severity.NOTICE, 0, ""),
        (Severity.ERROR, 7, "/data/b"),
    ]


@pytest.mark.parametrize(
    "pointer", ["/apiVersion", "/kind", "/metadata/name", "/metadata/namespace", "/type"]
)
def test_a_sealed_object_of_which_more_is_encrypted_may_be_any(pointer):
    file = read(f"{SECRET}type: Opaque\n{BLOCK}", hiding(pointer, is_sealed=True))

    assert (file.objects, file.is_unreadable) == ((), True)
    assert {each.severity for each in file.problems} == {Severity.NOTICE}


def test_what_cannot_be_decrypted_is_held_and_told_at_its_line():
    def locked(documents: Sequence[Document]) -> Unsealed:
        return Unsealed(wrong="no key", place=(0, "/sops/mac"))

    text = f"{SECRET}{BLOCK}"
    tree = Tree("", "", "c", {"a.yaml": TreeEntry(0o100644, text, len(text))})

    loaded, _ = load(tree, str.encode, LoadCache(), Means(locked))

    (problem,) = loaded.problems
    assert str(problem) == "a.yaml:6 /sops/mac: no key"
    assert problem.reason == "DecryptionFailed"
    assert (loaded.unreadable, dict(loaded.templates)) == ({"a.yaml"}, {})


def test_what_others_may_not_decrypt_is_not_passed_on_to_them():
    files = {
        "db.yaml": f"{SECRET}stringData:\n  a: {CANARY}\n{BLOCK}",
        "app.yaml": CONFIG_MAP.replace("db", "app"),
        "broken.yaml": "kind: [",
    }
    entries = {path: TreeEntry(0o100644, text, len(text)) for path, text in files.items()}
    tree = Tree("file:///x", "main", "c0ffee", entries)

    _, cache = load(tree, str.encode, LoadCache(), Means(hiding("/stringData/a")))

    assert [file.path for file in in_clear(cache)] == ["app.yaml"]
