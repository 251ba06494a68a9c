"""Waiting for a condition, never for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_STEP_S = 0.02


class NeverCame(AssertionError):
    """A condition did not hold in time; the text says what was last seen."""


def wait_until(
    condition: Callable[[], T], within_s: float = 30, seen: Callable[[], object] | None = None
) -> T:
    """The first true value of `condition`, asked 50 times a second.

    Raises NeverCame with what was last seen: the answer of `seen`, or the condition's last value.
    An exception of the condition counts as "not yet" and is what was last seen.
    """
    last: object = None
    end = time.monotonic() + within_s
    while True:
        try:
            value = last = condition()
            if value:
                return value
        except Exception as error:
            last = error
        if time.monotonic() >= end:
            raise NeverCame(_words(condition, within_s, seen() if seen else last))
        time.sleep(_STEP_S)


async def until(condition: Callable[[], T | Awaitable[T]], within_s: float = 30) -> T:
    """Like `wait_until` inside an event loop; the condition may be a coroutine function."""
    last: object = None
    end = time.monotonic() + within_s
    while True:
        try:
            value = condition()
            last = value = await value if isinstance(value, Awaitable) else value
            if value:
                return value
        except Exception as error:
            last = error
        if time.monotonic() >= end:
            raise NeverCame(_words(condition, within_s, last))
        await asyncio.sleep(_STEP_S)


def _words(condition: Callable[..., object], within_s: float, last: object) -> str:
    name = getattr(condition, "__qualname__", repr(condition))
    return f"{name} did not hold within {within_s:g} s; last seen: {last}"
