from fractions import Fraction

import pytest

from gitopsd.kube import quantity


@pytest.mark.parametrize(
    ("text", "milli", "value"),
    [
        ("0", 0, 0),
        ("1", 1000, 1),
        (2, 2000, 2),
        (0.5, 500, 1),
        ("500m", 500, 1),
        ("1n", 1, 1),
        ("100u", 1, 1),
        ("1.5Gi", 1610612736000, 1610612736),
        ("4Ki", 4096000, 4096),
        ("1k", 1000000, 1000),
        ("1E", 10**21, 10**18),
        ("1e3", 1000000, 1000),
        ("1E3", 1000000, 1000),
        ("12e-1", 1200, 2),
        (".5", 500, 1),
        ("5.", 5000, 5),
        ("+3", 3000, 3),
        ("-1500m", -1500, -2),
    ],
)
def test_a_quantity_is_read_exactly_and_rounded_away_from_zero(text, milli, value):
    assert (quantity.milli(text), quantity.value(text)) == (milli, value)


@pytest.mark.parametrize("text", ["", "m", "1 Gi", "1gi", "1K", "one", "1.2.3", "--1", "1e", True])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="is no quantity"):
        quantity.milli(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1000m", "1"),
        ("0.5", "500m"),
        (1, "1"),
        (1.5, "1500m"),
        ("1024Ki", "1Mi"),
        ("1536Mi", "1536Mi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("1000k", "1M"),
        ("1000000", "1M"),
        ("1e3", "1e3"),
        ("1500e0", "1500"),
        ("12e-1", "1200e-3"),
        ("0Gi", "0"),
        ("-2000m", "-2"),
        ("0.0000000001", "1n"),
    ],
)
def test_the_canonical_spelling_is_that_of_an_api_server(text, canonical):
    assert quantity.canonical(text) == canonical


def test_amounts_are_compared_not_spellings():
    assert quantity.same("1", "1000m")
    assert quantity.same("1Gi", 1073741824)
    assert not quantity.same("1G", "1Gi")
    assert quantity.compare("1G", "1Gi") == -1
    assert quantity.parse("250m") == Fraction(1, 4)


def test_what_is_no_quantity_is_the_same_only_as_itself():
    assert quantity.same("much", "much")
    assert not quantity.same("much", "1")
