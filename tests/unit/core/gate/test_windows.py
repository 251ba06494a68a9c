"""A stage opens only in its windows, in UTC."""

from datetime import UTC, datetime

import pytest

from gitopsd.core.gate.windows import opens_at, words
from gitopsd.core.load.rollouts import rollout
from gitopsd.model.resource import Origin, Resource, ResourceKey


def stage(*windows: dict):
    body = {"spec": {"stages": [{"name": "all", "windows": list(windows)}]}}
    key = ResourceKey("gitopsd.io", "Rollout", "", "fleet")
    return rollout(Resource(key, "v1alpha1", body, Origin("rollout.yaml", 0, 1, "r")))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OFFICE = {"days": ["Mon", "Fri"], "start": "09:00", "end": "17:00"}
NIGHT = {"days": ["Sat"], "start": "22:00", "end": "04:00"}


@pytest.mark.parametrize(
    ("window", "now", "opens"),
    [
        (OFFICE, "2026-11-27T08:59", "2026-11-27T09:00"),
        (OFFICE, "2026-11-27T09:00", "2026-11-27T09:00"),
        (OFFICE, "2026-11-27T16:59:59", "2026-11-27T16:59:59"),
        (OFFICE, "2026-11-27T17:00", "2026-11-30T09:00"),
        (NIGHT, "2026-11-29T03:00", "2026-11-29T03:00"),
        (NIGHT, "2026-11-29T04:00", "2026-12-05T22:00"),
        ({"start": "09:00"}, "2026-11-27T23:59", "2026-11-27T23:59"),
        (
            {"start": "09:00", "end": "09:00", "days": ["Mon"]},
            "2026-12-01T08:00",
            "2026-12-01T08:00",
        ),
        ({}, "2026-11-27T00:00", "2026-11-27T00:00"),
    ],
)
def test_the_next_moment_in_a_window(window, now, opens) -> None:
    assert opens_at(stage(window).paces["all"].windows, at(now)) == at(opens)


def test_the_earliest_of_several_counts_and_without_any_it_is_always_open() -> None:
    now = at("2026-11-28T12:00")

    assert opens_at(stage(OFFICE, NIGHT).paces["all"].windows, now) == at("2026-11-28T22:00")
    assert opens_at((), now) == now


def test_windows_in_words() -> None:
    said = stage(OFFICE, {"start": "22:00"}).spec.stages[0].windows

    assert words(said) == "Mon Fri 09:00–17:00 or 22:00–24:00 UTC"
    assert words(()) == ""
