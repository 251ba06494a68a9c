import pytest
import yaml

from gitopsd.kube.yaml import documents, dump, dump_all

# Words that some reader takes for something else than a string.
TRICKY = [
    "y",
    "n",
    "Y",
    "N",
    "yes",
    "no",
    "On",
    "off",
    "true",
    "FALSE",
    "null",
    "~",
    "1e3",
    "12e5",
    "0o14",
    "08",
    "010",
    "-.5",
    ".5",
    "1_000",
    "0x1f",
    "0b1",
    "1:20",
    "2024-01-02",
    "=",
    "<<",
    "-",
    "?",
    ":",
    "--",
    "---",
    "...",
    ".",
    "[a]",
    "{a}",
    "a:b",
    "a:",
    ":a",
    "#a",
    "a#b",
    "&a",
    "*a",
    "!a",
    "|a",
    ">a",
    "%a",
    "@a",
    "`a",
    "'a",
    '"a',
    "1",
    "1.0",
    ".inf",
    ".nan",
    "+1",
    "-1",
    "NULL",
    "500m",
    "1Gi",
    "5E",
    "1e",
    "v1",
    "a,b",
    "a\\b",
]
TEXTS = (
    *TRICKY,
    "",
    " ",
    " a",
    "a ",
    "a: b",
    "a # b",
    "a\nb\n",
    "\na",
    " a\nb",
    "a\n\nb\n\n\n",
    "a\r\nb",
    "\t",
    "\x00",
    "\x7f",
    "\x85",
    "\u2028",
    "\ufeff",
    "😀",
    "a\n😀\n",
    "a\n\x85b",
    "a\n ",
    "---\na",
    "\n",
    "x" * 2000,
)


def test_a_body_looks_as_people_write_it():
    value = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "labels": {}, "annotations": {"on": "12e5"}},
        "data": {"script": "set -e\necho hi\n"},
        "list": [{"a": 1, "b": ["c", "d"]}, [], "x", None, 1.5, True],
        "nested": [["a", ["b"]]],
    }

    assert dump(value) == (
        "apiVersion: v1\n"
        "kind: ConfigMap\n"
        "metadata:\n"
        "  name: a\n"
        "  labels: {}\n"
        "  annotations:\n"
        '    "on": "12e5"\n'
        "data:\n"
        "  script: |\n"
        "    set -e\n"
        "    echo hi\n"
        "list:\n"
        "- a: 1\n"
        "  b:\n"
        "  - c\n"
        "  - d\n"
        "- []\n"
        "- x\n"
        "- null\n"
        "- 1.5\n"
        "- true\n"
        "nested:\n"
        "- - a\n"
        "  - - b\n"
    )


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_back_as_key_value_and_item(text):
    value = {"v": text, "m": {text: 1}, "l": [text, [text]], "d": {"d": [{"d": text}]}}

    written = dump(value)

    assert documents(written.encode())[0].body == value
    assert yaml.load(written, Loader=yaml.CSafeLoader) == value


@pytest.mark.parametrize("value", ["a", "", [], {}, [[]], 1, -0.5, 1e300, 1e-7, False])
def test_any_value_may_be_a_document(value):
    assert yaml.load(dump(value), Loader=yaml.CSafeLoader) == value


def test_several_documents_have_marks_between_them():
    assert dump_all([{"a": 1}, {"b": 2}]) == "a: 1\n---\nb: 2\n"
    assert dump_all([]) == ""


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_in_json_is_refused(number):
    with pytest.raises(ValueError, match="NaN and infinities"):
        dump({"a": number})
