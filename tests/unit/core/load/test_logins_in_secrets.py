"""Logins that stand in the repository: encrypted, whole, and never templates."""

from base64 import b64encode

import pytest

from gitopsd.core.held import held_over
from gitopsd.core.load import LoadCache, Means, load
from gitopsd.core.sops import opened_by, sealed, without_keys
from gitopsd.kube.yaml import dump
from gitopsd.model.problem import Severity
from gitopsd.model.snapshot import Tree, TreeEntry
from servers.sops import DATA_KEY, encrypted

CLUSTER = dump(
    {
        "apiVersion": "cluster.karmada.io/v1alpha1",
        "kind": "Cluster",
        "metadata": {"name": "eu"},
        "spec": {
            "syncMode": "Push",
            "apiEndpoint": "https://eu:6443",
            "secretRef": {"namespace": "clusters", "name": "eu"},
        },
    }
)
TOKEN, CA = "s3cr3t-token", "-----BEGIN CERTIFICATE-----"
OPENED = opened_by(lambda armoured: DATA_KEY)


def secret(name="eu", **texts):
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "clusters"},
        "stringData": texts,
    }


def loaded(files, unseal=OPENED):
    entries = {path: TreeEntry(0o100644, text, len(text)) for path, text in files.items()}
    return load(Tree("", "", "c", entries), str.encode, LoadCache(), Means(unseal))[0]


def said(result):
    assert TOKEN not in repr((result.problems, result.tokens))
    return [(each.severity, each.path, each.message) for each in result.problems]


GOOD = {"eu.yaml": CLUSTER, "token.yaml": encrypted(secret(token=TOKEN, caBundle=CA))}


def test_an_encrypted_secret_that_a_cluster_names_is_its_login_and_no_template():
    other = encrypted(secret("other", token=TOKEN))

    result = loaded(GOOD | {"other.yaml": other})

    token = result.tokens["eu"]
    assert (token.text, token.authority) == (TOKEN, CA.encode())
    assert [key.name for key in result.templates] == ["other"]
    assert said(result) == []


def test_data_is_as_good_as_string_data():
    texts = {"token": TOKEN, "caBundle": CA}
    body = secret() | {"data": {k: b64encode(v.encode()).decode() for k, v in texts.items()}}
    del body["stringData"]

    token = loaded(GOOD | {"token.yaml": encrypted(body)}).tokens["eu"]

    assert (token.text, token.authority) == (TOKEN, CA.encode())


def test_a_token_in_clear_text_is_refused():
    result = loaded(GOOD | {"token.yaml": dump(secret(token=TOKEN, caBundle=CA))})

    assert (result.tokens, result.templates) == ({}, {})
    assert said(result) == [
        (
            Severity.ERROR,
            "token.yaml",
            "is to log in to cluster eu; encrypt its token and caBundle with SOPS",
        )
    ]


def test_whom_the_token_is_for_is_encrypted_with_it():
    result = loaded(GOOD | {"token.yaml": encrypted(secret(token=TOKEN))})

    assert (result.tokens, result.templates) == ({}, {})
    assert [words for _, _, words in said(result)] == [
        "is to log in to cluster eu; encrypt its token and caBundle with SOPS"
    ]


def test_an_empty_login_is_none():
    result = loaded(GOOD | {"token.yaml": encrypted(secret(token=TOKEN, caBundle=" "))})

    assert (result.tokens, result.templates) == ({}, {})
    assert [words for _, _, words in said(result)] == [
        "is to log in to cluster eu; its token or caBundle is no text"
    ]


def test_without_a_key_there_is_no_login_and_no_template_either():
    result = loaded(GOOD, sealed)

    assert (result.tokens, result.templates) == ({}, {})
    assert {severity for severity, _, _ in said(result)} == {Severity.NOTICE}


def test_templates_that_could_not_be_decrypted_are_named():
    other = {"other.yaml": encrypted(secret("other", token=TOKEN))}

    assert [key.name for key in loaded(GOOD | other, sealed).sealed if key.name != "eu"] == [
        "other"
    ]
    assert loaded(GOOD | other).sealed == frozenset()


def test_a_secret_that_is_elsewhere_is_nobodys_mistake():
    result = loaded({"eu.yaml": CLUSTER})

    assert (result.tokens, said(result)) == ({}, [])


def test_a_login_stays_while_its_file_cannot_be_read():
    before = loaded(GOOD)

    after = held_over(loaded(GOOD, without_keys), before)

    assert after.tokens == before.tokens


@pytest.mark.parametrize("broken", ["{", CLUSTER.replace("Push", "Pish")])
def test_a_login_is_no_template_while_nobody_can_read_who_names_it(broken):
    before = loaded(GOOD)

    after = held_over(loaded(GOOD | {"eu.yaml": broken}), before)

    assert (after.tokens, after.templates) == (before.tokens, {})


def test_a_login_that_is_gone_is_gone():
    before = loaded(GOOD)

    after = held_over(loaded({"eu.yaml": CLUSTER, "broken.yaml": "{"}), before)

    assert after.tokens == {}
