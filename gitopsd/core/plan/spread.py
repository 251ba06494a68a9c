"""When something is tried again, spread so that not everything is tried again at once.

Comes in: how long it should be, and what it is about. Goes out: about as long. Stands alone because
core knows no chance: the spread follows from the words, so the same attempt always gives the same.
"""

from datetime import timedelta
from zlib import crc32


def shorter(wait: timedelta, about: str) -> timedelta:
    """Half of it at least."""
    return wait * (0.5 + 0.5 * _share(about))


def around(wait: timedelta, about: str) -> timedelta:
    """Up to a tenth more or less."""
    return wait * (0.9 + 0.2 * _share(about))


def _share(about: str) -> float:
    """Evenly spread from 0 to 1."""
    return crc32(about.encode()) / 0xFFFFFFFF
