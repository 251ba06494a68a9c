"""Lengths of time as people write and read them: `200ms`, `30s`, `1h30m`; `12m`, `3d4h`."""

import re

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


def seconds(text: str) -> float:
    """The seconds of a duration as Go writes it; raises ValueError with what would be right."""
    whole = text.strip()
    if whole == "0":
        return 0.0
    found = list(_PART.finditer(whole))
    if not found or "".join(part[0] for part in found) != whole:
        raise ValueError(f"{text!r} is no duration; right would be 200ms, 30s, 5m or 1h30m")
    return sum(float(part[1]) * _UNITS[part[2]] for part in found)


def positive(text: str) -> float:
    """Like `seconds`, for lengths that must not be zero."""
    length = seconds(text)
    if length <= 0:
        raise ValueError(f"{text!r} is no time at all; right would be 200ms, 30s or 5m")
    return length


def age(length_s: float) -> str:
    """A length of time as kubectl shows ages: `42s`, `5m30s`, `90m`, `3h5m`, `3d4h`, `400d`."""
    whole = max(0, int(length_s))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return _pair(minutes, "m", whole % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _pair(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return _pair(days, "d", hours % 24, "h")
    return f"{days}d"


def _pair(large: int, unit: str, small: int, below: str) -> str:
    return f"{large}{unit}{small}{below}" if small else f"{large}{unit}"
