"""When a stage may open clusters.

Comes in: its windows and the time. Goes out: the next moment at which one of them is open. Windows
are in UTC, so that the answer needs no table of time zones.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from gitopsd.model.rollout import RolloutWindow, Window

# One that began yesterday may last, and one that is over today begins again in a week.
_DAYS = range(-1, 8)


def opens_at(windows: Iterable[Window], now: datetime) -> datetime:
    """The first moment from now on that is in a window; now where there is none."""
    return min((each for window in windows for each in _moments(window, now)), default=now)


def words(windows: Iterable[RolloutWindow]) -> str:
    """`Mon Tue 09:00–17:00 or Sat 00:00–24:00 UTC`; empty for none."""
    said = " or ".join(map(_said, windows))
    return f"{said} UTC" if said else ""


def _moments(window: Window, now: datetime) -> Iterator[datetime]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for number in _DAYS:
        day = today + timedelta(days=number)
        if day.weekday() in window.days and now < day + window.ends:
            yield max(now, day + window.begins)


def _said(window: RolloutWindow) -> str:
    return " ".join([*window.days, f"{window.start}–{window.end}"])
