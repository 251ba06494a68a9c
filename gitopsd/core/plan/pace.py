"""How many requests a member gets at a time: as many as make it faster, and fewer when it asks.

Comes in: what was done in the last second, or that the member asked for patience. Goes out: a new
`Pace`. More at a time is not faster once the member is busy, it only costs the member more for
each; so the width goes on in the direction that paid, and turns when it does not.
"""

from dataclasses import dataclass, replace

FIRST, LEAST, MOST = 8, 4, 32


@dataclass(frozen=True, slots=True)
class Pace:
    """`width` requests at a time; `rate` were done in the last second, `step` is the direction."""

    width: int = FIRST
    rate: float = 0.0
    step: int = 1


def after_second(pace: Pace, rate: float) -> Pace:
    """The pace after a busy second in which so many were done."""
    step = pace.step if rate >= pace.rate else -pace.step
    return Pace(min(MOST, max(LEAST, pace.width + step)), rate, step)


def throttled(pace: Pace) -> Pace:
    """Half as many at a time, one at least."""
    return replace(pace, width=max(1, pace.width // 2), step=1)
