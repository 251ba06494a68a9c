"""Times as anybody may have written them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from gitopsd.kube.times import when

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31T12:00:00", NOON),
        ("2026-01-31T13:00:00+01:00", NOON.astimezone(timezone(timedelta(hours=1)))),
        ("noon", None),
        ("", None),
        (12, None),
        (None, None),
        ({"at": "noon"}, None),
    ],
)
def test_a_time_is_read_or_none(written, expected) -> None:
    assert when(written) == expected
