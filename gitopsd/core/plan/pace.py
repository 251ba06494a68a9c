"""How many requests a member gets at a time: as many as make it faster, and fewer when it asks.

Comes in: what was done in the last second, or that the member asked for patience. Goes out: a new
`Pace`. More at a time is faster only until the member is busy; from there on it makes each request
dearer. So wider must pay, and narrower need only cost nothing.
"""

from dataclasses import dataclass

FIRST, LEAST, MOST = 8, 3, 32
_FACTOR = 1.5
_WORTH = 1.05


@dataclass(frozen=True, slots=True)
class Pace:
    """`width` requests at a time; `rate` were done in the last second, 0 where that is not known.

    `is_widening` is the direction that is being tried.
    """

    width: int = FIRST
    rate: float = 0.0
    is_widening: bool = False


def after_second(pace: Pace, rate: float) -> Pace:
    """The pace after a busy second in which so many were done."""
    # Below the least there is nothing to try, and a rate that stays the same says nothing.
    is_widening = pace.width <= LEAST or _is_wider_next(pace, rate)
    width = round(pace.width * _FACTOR) if is_widening else int(pace.width / _FACTOR)
    return Pace(min(MOST, max(LEAST, width)), rate, is_widening)


def throttled(pace: Pace) -> Pace:
    """Half as many at a time, one at least; wider again from there, as far as that pays."""
    return Pace(max(1, pace.width // 2), is_widening=True)


def _is_wider_next(pace: Pace, rate: float) -> bool:
    if not pace.rate:
        return pace.is_widening
    gain = rate / pace.rate
    return gain > _WORTH if pace.is_widening else gain < 1 / _WORTH
