"""Documents as Kubernetes reads them; the table was compared with kubectl 1.36, value by value."""

import pytest

from gitopsd.kube.yaml import Limits, YamlError, documents, line_of, lines_of

SCALARS = [
    ("0440", 288),
    ("yes", True),
    ("no", False),
    ("on", True),
    ("off", False),
    ("y", True),
    ("N", False),
    ("True", True),
    ("tRUE", "tRUE"),
    ("0o14", 12),
    ("08", 8),
    ("1e3", 1000),
    ("1E3", 1000),
    ("12e5", 1200000),
    ("1e+3", 1000),
    ("-.5", -0.5),
    (".5_0", 0.5),
    ("1.0", 1),
    ("1.", 1),
    ("1.5", 1.5),
    ("1_000", 1000),
    ("0b101", 5),
    ("-0b11", -3),
    ("0x1F", 31),
    ("0xg", "0xg"),
    ("1:20", "1:20"),
    ("12:30:45", "12:30:45"),
    ("2024-01-02", "2024-01-02"),
    ("2024-01-02T10:00:00Z", "2024-01-02T10:00:00Z"),
    ("=", "="),
    ("~", None),
    ("Null", None),
    ("nULL", "nULL"),
    ('"yes"', "yes"),
    ("'1'", "1"),
    ("!!str 1", "1"),
    ('!!int "1"', 1),
    ("!!float 1.5", 1.5),
    ("!!bool yes", True),
    ("!!binary aGVsbG8=", "hello"),
    ("1e400", "1e400"),
    ("1e20", 10**20),
    ("1e21", 1e21),
    ("18446744073709551615", 18446744073709551615),
    ("-9223372036854775808", -9223372036854775808),
    ("+12", 12),
    ("--1", "--1"),
    ("inf", "inf"),
    ("v1.2", "v1.2"),
    ("10.0.0.1", "10.0.0.1"),
    ("500m", "500m"),
    ("a#b", "a#b"),
    ("a #b", "a"),
    ("<<", "<<"),
    ('"\\u263a"', "☺"),
    ("[1, 0440, 'x']", [1, 288, "x"]),
    ("{1: a, on: b}", {"1": "a", "true": "b"}),
    ("{010: a, 1.5: b, 1e3: c}", {"8": "a", "1.5": "b", "1000": "c"}),
]

REFUSED = [
    ("a: 1\na: 2", 2, "the key 'a' stands twice"),
    ("<<: {a: 1}\na: 2", 2, "the key 'a' stands twice"),
    ("a: 2\n<<: {a: 1}", 2, "the key 'a' comes from '<<' and stands here too"),
    ("<<: 1", 1, "'<<' takes a mapping or a list of mappings"),
    ("null: 1", 1, "a key must not be null"),
    ("? [a]\n: 1", 1, "a key must be a string; is it an unrendered template?"),
    ("a: {{ .Values.x }}", 1, "a key must be a string; is it an unrendered template?"),
    ("a: .inf", 1, ".inf is no number in JSON"),
    ("a: .NaN", 1, ".NaN is no number in JSON"),
    ("a: 18446744073709551616", 1, "needs more than 64 bits; put it in quotes"),
    (
        "a: !foo b",
        1,
        "a tag is not read, only core tags are; put text that begins with '!' in quotes",
    ),
    (
        "a: !!foo b",
        1,
        "a tag is not read, only core tags are; put text that begins with '!' in quotes",
    ),
    ("a: !!set {b}", 1, "the tag !!set is not read; only core tags are"),
    ("a: !!int b", 1, "is no !!int"),
    ("a: !!binary '***'", 1, "!!binary is no base64 of UTF-8 text"),
    (
        "b: 1\na: *x",
        2,
        "an alias names no anchor before this line; put text that begins with '*' in quotes",
    ),
    (
        "a: &x [*x]",
        1,
        "an alias names no anchor before this line; put text that begins with '*' in quotes",
    ),
    ("a: b\n\tc: d", 2, "found a tab character that violates indentation"),
    (
        "a: b\nc: @d",
        2,
        "found character that cannot start any token (a tab, or an unquoted @, ` or %)",
    ),
    ('{"a": 1,\n "a": 2}', 2, "the key 'a' stands twice"),
    ('{"a": 1e999}', 1, "a number is too large"),
    ('{"a": "\\ud83d"}', 1, "a string holds half a surrogate pair"),
    ('{"a": 99999999999999999999}', 1, "needs more than 64 bits; put it in quotes"),
]


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_a_scalar_means_what_it_means_to_kubernetes(text, value):
    found = body(f"v: {text}")["v"]

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("text", "line", "message"), REFUSED)
def test_what_strict_kubernetes_refuses_is_refused_with_its_line(text, line, message):
    with pytest.raises(YamlError) as caught:
        documents(text.encode())

    assert (caught.value.line, caught.value.message) == (line, message)


def test_empty_documents_count_and_are_left_out():
    found = documents(b"---\n# nothing\n---\na: 1\n---\n---\nb: 2\n")

    assert [(each.index, each.line, each.body) for each in found] == [
        (1, 4, {"a": 1}),
        (3, 7, {"b": 2}),
    ]


def test_no_document_is_in_an_empty_file():
    assert documents(b"") == []


def test_a_byte_order_mark_and_windows_line_ends_are_read():
    assert body("\ufeffa: 1\r\nb:\r\n  - c\r\n") == {"a": 1, "b": ["c"]}


def test_a_word_that_turns_into_a_boolean_is_warned_of():
    [found] = documents(b"a: true\nb: yes\nc: 'no'\non: 1\n")

    assert found.warnings == (
        (2, 'yes without quotes means true to Kubernetes; write true or "yes"'),
        (4, 'on without quotes means true to Kubernetes; write true or "on"'),
    )


def test_merge_keys_lay_one_mapping_into_another():
    found = body("base: &b {a: 1}\nx:\n  <<: [*b, {c: 2}]\n  d: 3\n")

    assert found["x"] == {"a": 1, "c": 2, "d": 3}


def test_a_quoted_merge_key_is_a_plain_key():
    assert body("'<<': 1") == {"<<": 1}


def test_json_may_have_tabs_and_surrogate_pairs():
    assert body('{\t"a": "\\ud83d\\ude00", "b": 1.0}') == {"a": "😀", "b": 1}


def test_a_flow_mapping_that_is_no_json_is_yaml():
    assert body("{a: b, c: [1]}") == {"a": "b", "c": [1]}


def test_nulls_are_told():
    assert documents(b"a: [{b: ~}]")[0].has_nulls
    assert not documents(b"a: [{b: 1}]")[0].has_nulls


def test_text_counts_with_its_aliases_written_out():
    assert documents(b"a: &x abc\nb: *x")[0].characters == len("a") + len("b") + 2 * len("abc")


@pytest.mark.timeout(5)
def test_a_billion_laughs_are_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]

    with pytest.raises(YamlError, match="aliases add more than 10000 nodes"):
        documents("\n".join(lines).encode())


def test_a_long_text_may_not_be_multiplied():
    text = f"a: &a {'x' * 600_000}\nb: *a\nc: *a\n"

    with pytest.raises(YamlError, match="aliases add more than 1048576 characters"):
        documents(text.encode())


@pytest.mark.parametrize("text", ["[" * 500, "{a: " * 500, '{"a":' * 5000 + "1" + "}" * 5000])
def test_deep_nesting_is_refused(text):
    with pytest.raises(YamlError, match="is nested deeper than 100 levels"):
        documents(text.encode())


def test_a_file_over_the_limit_is_refused_before_it_is_parsed():
    with pytest.raises(YamlError, match="1:1: has 104857600 bytes; at most 1048576 are read"):
        documents(b"[" * 100 * 1024 * 1024)


def test_a_limit_can_be_another_one():
    assert documents(b"a: 1", Limits(file_bytes=4))[0].body == {"a": 1}


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        (b"a: 1\nb: \xff", (2, 4), "is no UTF-8 text"),
        (b"a: 1\nbb: \x00", (2, 5), "the character U+0000 is not allowed in YAML"),
        (b"a: 1\n\x1b", (2, 1), "the character U+001B is not allowed in YAML"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(data, where, message):
    with pytest.raises(YamlError) as caught:
        documents(data)

    assert (caught.value.line, caught.value.column) == where
    assert caught.value.message == message


def test_a_line_is_found_by_pointer():
    data = b"# first\na: 1\n---\nb:\n  - c: 1\n    d/e:\n      on: 2\n"

    assert line_of(data, 1, "/b/0/d~1e") == 6
    assert line_of(data, 1, "/b/0/d~1e/true") == 7
    assert line_of(data, 1, "/b/0") == 5


def test_the_line_of_what_is_not_there_is_that_of_what_is_above():
    data = b"# first\na: 1\nb:\n  c: 2\n"

    assert lines_of(data, 0, ["/b/x/y", "/z", ""]) == {"/b/x/y": 3, "/z": 2, "": 2}


def test_a_line_in_what_is_no_yaml_is_the_first():
    assert line_of(b"\xff\x00", 3, "/a") == 1


def body(text: str):
    [found] = documents(text.encode())
    return found.body
