"""The time and chance, as values: what reads them passes them on, so that rules stay rules."""

import asyncio
import random
from datetime import UTC, datetime


def now() -> datetime:
    """This moment, with its zone (UTC)."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds of a clock that never goes back; only differences mean something."""
    return asyncio.get_running_loop().time()


def jitter(seconds: float, share: float = 0.1) -> float:
    """About this long: up to `share` more or less, so that many daemons do not act at once."""
    return seconds * random.uniform(1 - share, 1 + share)
