"""The text that Go's YAML library writes, as literal answers."""

import pytest

from gitopsd.core.override.yamltext import dump, load


def test_lists_stand_under_their_key_without_indent():
    value = {"b": [{"x": 1, "w": [1, 2]}, [3, [4]], {}], "a": {"c": None, "d": []}}

    assert dump(value) == (
        "a:\n  c: null\n  d: []\nb:\n- w:\n  - 1\n  - 2\n  x: 1\n- - 3\n  - - 4\n- {}\n"
    )


def test_keys_are_sorted_by_number_before_letter():
    keys = ["a10", "a2", "B", "_", "a", "1", "a02", "ab"]

    assert dump(dict.fromkeys(keys, 1)).replace(": 1", "").replace('"', "").split() == [
        "_", "1", "B", "a", "a2", "a02", "a10", "ab",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain text", "plain text"),
        ("", '""'),
        ("yes", '"yes"'),
        ("Null", '"Null"'),
        ("3306", '"3306"'),
        ("1e3", '"1e3"'),
        ("0x1F", '"0x1F"'),
        ("12:30", '"12:30"'),
        ("2026-01-31", '"2026-01-31"'),
        ("-debug", "-debug"),
        ("- a", "'- a'"),
        ("a: b", "'a: b'"),
        ("a:b", "a:b"),
        ("a #b", "'a #b'"),
        ("it's", "it's"),
        ("'", "''''"),
        ("{x}", "'{x}'"),
        (" x", "' x'"),
        ("%d", "'%d'"),
        ("tab\there", '"tab\\there"'),
        ("größe", "größe"),
        ("one\ntwo\n", "|\n  one\n  two"),
        ("one\n\ntwo", "|-\n  one\n\n  two"),
        (True, "true"),
        (1.5, "1.5"),
        (3.0, "3"),
        (1234567.5, "1.2345675e+06"),
        (1e-7, "1e-07"),
    ],
)
def test_scalars(value, text):
    assert dump({"k": value}) == f"k: {text}\n"


@pytest.mark.parametrize(
    "value",
    [
        {"a": {"b": ["x", {"c": "y\nz\n"}], "d": "1"}, "e": "\x00 odd"},
        ["- ", ": ", "#", "|", "true", "1_000", ".5", "~", "\u2028", "e\u0301"],
        {"": {"": ""}, "1": 1, "y": "n"},
    ],
)
def test_what_is_written_is_read_back(value):
    assert load(dump(value)) == value


def test_what_is_no_yaml_is_refused():
    with pytest.raises(ValueError, match="3:1"):
        load("a: 1\nb: [\n")
