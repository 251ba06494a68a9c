import pytest

from gitopsd.kube.pointer import find, index, join, split


def test_tokens_are_unescaped():
    assert split("/metadata/labels/app.kubernetes.io~1name/a~0b") == (
        "metadata",
        "labels",
        "app.kubernetes.io/name",
        "a~b",
    )


def test_the_empty_pointer_means_the_whole():
    assert split("") == ()
    assert find({"a": 1}, "") == {"a": 1}


def test_a_pointer_starts_with_a_slash():
    with pytest.raises(ValueError, match="does not start with /"):
        split("spec")


def test_join_escapes_what_split_reads():
    assert join(["a/b", "c~d", 0]) == "/a~1b/c~0d/0"


def test_find_goes_through_mappings_and_lists():
    body = {"spec": {"ports": [{"port": 80}]}}

    assert find(body, "/spec/ports/0/port") == 80
    assert find(body, "/spec/ports/1/port") is None
    assert find(body, "/spec/ports/-1/port") is None
    assert find(body, "/spec/ports/x", "none") == "none"
    assert find(body, "spec", "none") == "none"


@pytest.mark.parametrize(
    ("token", "number"), [("0", 0), ("01", 1), ("+2", 2), ("-1", -1), ("-", None), ("1_0", None)]
)
def test_an_index_is_a_number_with_a_sign_at_most(token, number):
    assert index(token) == number
