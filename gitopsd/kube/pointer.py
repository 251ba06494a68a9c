"""JSON pointers (RFC 6901): how messages, patches and overrides name a place in a body.

Comes in: a pointer such as `/spec/template/spec/containers/0/image`. Goes out: its tokens, or what
stands there. Stands alone because patches, problems and overriders all speak it.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_INDEX = re.compile(r"[+-]?[0-9]+")
_MISSING = object()


def split(pointer: str) -> tuple[str, ...]:
    """The tokens of a pointer, unescaped; none for the empty one, which means the whole.

    Raises ValueError where it does not start with a slash.
    """
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} is no JSON pointer: it does not start with /")
    return tuple(unescape(token) for token in pointer[1:].split("/"))


def join(tokens: Iterable[str | int]) -> str:
    """The pointer with these tokens; empty for none."""
    return "".join(f"/{escape(str(token))}" for token in tokens)


def escape(token: str) -> str:
    """A key as it stands in a pointer: `app.kubernetes.io/name` is `app.kubernetes.io~1name`."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """A token as the key it means."""
    return token.replace("~1", "/").replace("~0", "~") if "~" in token else token


def index(token: str) -> int | None:
    """The number that a token says, leading zeros and a sign allowed; None for any other."""
    return int(token) if _INDEX.fullmatch(token) else None


def find(value: Any, pointer: str, default: Any = None) -> Any:
    """What stands at the pointer, or `default` where nothing does or the pointer is malformed.

    Indices count from 0; there are no negative ones.
    """
    try:
        tokens = split(pointer)
    except ValueError:
        return default
    for token in tokens:
        value = _step(value, token)
        if value is _MISSING:
            return default
    return value


def _step(value: Any, token: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(token, _MISSING)
    if isinstance(value, (list, tuple)):
        place = index(token)
        return value[place] if place is not None and 0 <= place < len(value) else _MISSING
    return _MISSING
