import pytest

from gitopsd.kube import names


@pytest.mark.parametrize("name", ["a", "a-b", "0a", "a" * 63])
def test_a_label_is_right(name):
    assert names.label(name) == ""


@pytest.mark.parametrize("name", ["", "A", "-a", "a-", "a.b", "a_b", "a" * 64, "ä", "a\n"])
def test_a_label_is_wrong(name):
    assert names.label(name)


@pytest.mark.parametrize("name", ["a.b-c.d", "1.2", "a" * 253])
def test_a_subdomain_is_right(name):
    assert names.subdomain(name) == ""


@pytest.mark.parametrize("name", ["a..b", ".a", "a.", "A.b", "a" * 254])
def test_a_subdomain_is_wrong(name):
    assert names.subdomain(name)


def test_the_name_of_a_role_only_has_to_fit_into_a_url():
    group = "rbac.authorization.k8s.io"

    assert names.name_of_kind(group, "ClusterRole", "system:node Reader") == ""
    assert names.name_of_kind(group, "ClusterRole", "a/b")
    assert names.name_of_kind("", "Namespace", "a.b")
    assert names.name_of_kind("apps", "Deployment", "a.b") == ""


@pytest.mark.parametrize("key", ["a", "A_b.c-D", "example.com/a", "k8s.io/" + "a" * 63])
def test_the_key_of_a_label_is_right(key):
    assert names.label_key(key) == ""


@pytest.mark.parametrize("key", ["", "/a", "a/", "a/b/c", "A.com/a", "a b", "x/" + "a" * 64])
def test_the_key_of_a_label_is_wrong(key):
    assert names.label_key(key)


def test_wrong_labels_are_told_by_key():
    found = dict(names.wrong_labels({"a": "b", "b": "no way", "c": 1}))

    assert sorted(found) == ["b", "c"]
    assert found["c"] == "must be a string; put it in quotes"


def test_annotations_may_be_anything_but_too_large():
    assert list(names.wrong_annotations({"a": "any {thing}\n"})) == []
    assert list(names.wrong_annotations({"a": "x" * 262144})) == [
        ("", "have 262145 bytes together; 262144 are the most")
    ]


def test_the_key_of_an_annotation_may_have_an_upper_case_domain():
    assert names.annotation_key("Example.com/a") == ""
