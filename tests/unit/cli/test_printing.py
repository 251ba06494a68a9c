"""Columns as kubectl prints them, and nothing that could move a cursor."""

from gitopsd.cli import printing


def test_columns_are_as_wide_as_their_widest_cell():
    assert printing.table(("NAME", "AGE"), [("eu-1", "5m"), ("a-long-name", "")]) == (
        "NAME          AGE\neu-1          5m\na-long-name   <none>"
    )


def test_control_characters_are_shown_not_obeyed():
    assert "?[31mred" in printing.table(("A",), [("\x1b[31mred",)])


def test_nothing_is_coloured_where_nobody_looks():
    assert printing.painted("Failed") == "Failed"


def test_bodies_are_printed_as_a_list():
    assert printing.listed([{"a": 1}], "yaml") == "apiVersion: v1\nkind: List\nitems:\n- a: 1"
    assert printing.listed([], "json") == (
        '{\n  "apiVersion": "v1",\n  "kind": "List",\n  "items": []\n}'
    )
