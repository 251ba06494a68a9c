"""How long a kind may be waited for: a minute after something first had to.

Comes in: the kinds that something waits for now, and since when others did. Goes out: the same for
the next moment, and which of them are late. What waits for a late kind is told as a failure; it
goes all the same once the kind is there.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

LONGEST_BARRIER = timedelta(seconds=60)

Kind: TypeAlias = tuple[str, str]
Since: TypeAlias = Mapping[Kind, datetime]


def waiting_since(before: Since, kinds: Iterable[Kind], now: datetime) -> Since:
    """Since when each of these kinds is waited for."""
    return {kind: before.get(kind, now) for kind in kinds}


def late(since: Since, now: datetime) -> frozenset[Kind]:
    """The kinds that were waited for long enough."""
    return frozenset(kind for kind, at in since.items() if now - at >= LONGEST_BARRIER)


def late_at(since: Since, now: datetime) -> datetime | None:
    """When the next kind is late; None where none will be."""
    return min((at + LONGEST_BARRIER for at in since.values() if now - at < LONGEST_BARRIER),
               default=None)  # fmt: skip
