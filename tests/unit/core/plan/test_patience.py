"""A kind is waited for a minute, from when something first had to."""

from datetime import timedelta

from fakes.fleet import NOW
from gitopsd.core.plan.patience import late, late_at, waiting_since

CAKE, PIE = ("shop.example", "Cake"), ("shop.example", "Pie")


def test_since_when_a_kind_is_waited_for_stays() -> None:
    later = NOW + timedelta(seconds=5)

    assert waiting_since({CAKE: NOW}, [CAKE, PIE], later) == {CAKE: NOW, PIE: later}
    assert waiting_since({CAKE: NOW}, [], later) == {}


def test_a_kind_is_late_after_a_minute() -> None:
    since = {CAKE: NOW, PIE: NOW + timedelta(seconds=30)}
    at = NOW + timedelta(seconds=60)

    assert late(since, at - timedelta(seconds=1)) == frozenset()
    assert late(since, at) == {CAKE}
    assert late_at(since, NOW) == at
    assert late_at(since, at) == at + timedelta(seconds=30)
    assert late_at(since, at + timedelta(seconds=30)) is None
