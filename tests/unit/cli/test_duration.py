"""Lengths of time as Go writes them, ages as kubectl shows them."""

import pytest

from gitopsd.cli import duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("200ms", 0.2), ("30s", 30), ("5m", 300), ("1h30m", 5400), ("1.5s", 1.5), ("0", 0)],
)
def test_a_duration_is_read_as_go_reads_it(text, seconds):
    assert duration.seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "5 m", "1d", "-5s", "s", "5m3", "1e3s"])
def test_anything_else_is_refused_with_what_would_be_right(text):
    with pytest.raises(ValueError, match="200ms, 30s, 5m"):
        duration.seconds(text)


def test_a_length_that_must_be_there_is_not_zero():
    with pytest.raises(ValueError, match="no time at all"):
        duration.positive("0s")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (119, "119s"),
        (120, "2m"),
        (330, "5m30s"),
        (5400, "90m"),
        (11100, "3h5m"),
        (40 * 3600, "40h"),
        (76 * 3600, "3d4h"),
        (400 * 86400, "400d"),
        (-3, "0s"),
    ],
)
def test_an_age_has_two_units_at_most(seconds, shown):
    assert duration.age(seconds) == shown
