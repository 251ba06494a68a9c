"""What a plain scalar of YAML means to Kubernetes, which no YAML library for Python knows.

Comes in: the text of an unquoted scalar. Goes out: the value that Kubernetes' own reader (go-yaml
v2, then JSON) gives it. File modes (`0440`), exponents (`1e3`) and words (`on`) are where readers
differ. See https://github.com/kubernetes-sigs/yaml.
"""

import re
from typing import Any

TRUE = frozenset(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
FALSE = frozenset(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])
NULL = frozenset(("", "~", "null", "Null", "NULL"))
CLEAR = frozenset(["true", "True", "TRUE", "false", "False", "FALSE"])

_WORDS: dict[str, Any] = {
    **dict.fromkeys(TRUE, True),
    **dict.fromkeys(FALSE, False),
    **dict.fromkeys(NULL, None),
}
_NEVER_NUMBERS = frozenset(
    f"{sign}.{word}" for sign in ("", "+", "-") for word in ("inf", "Inf", "INF")
) | {".nan", ".NaN", ".NAN"}
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)"
    r"|(?P<dec>0|[1-9][0-9]*))"
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_WHOLE_BELOW = 1e21
_LONGEST_NUMBER = 400

_memo: dict[str, Any] = {}
_MEMO_SIZE = 20_000
_MISSING = object()


def resolve(text: str) -> Any:
    """The value of a plain scalar: null, a boolean, an integer, a float or a string.

    A whole float below 1e21 is an integer. Raises ValueError, in words for users, for infinities,
    NaN, and integers that need more than 64 bits.
    """
    found = _memo.get(text, _MISSING)
    if found is not _MISSING:
        return found
    value = _resolve(text)
    if len(_memo) >= _MEMO_SIZE:
        _memo.clear()
    _memo[text] = value
    return value


def _resolve(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first in "+-." and text in _NEVER_NUMBERS:
        raise ValueError(f"{text} is no number in JSON")
    if first == ".":
        value = _as_float(text.replace("_", ""))
        return text if isinstance(value, str) else value
    if first.isascii() and (first.isdigit() or first in "+-"):
        return _as_number(text)
    return text


def _as_number(text: str) -> Any:
    digits = text.replace("_", "") if "_" in text else text
    if len(digits) > _LONGEST_NUMBER:
        return text
    found = _INTEGER.fullmatch(digits)
    if not found or not found.lastgroup:
        value = _as_float(digits)
        return text if isinstance(value, str) else value
    number = int(found[found.lastgroup], _BASES[found.lastgroup])
    number = -number if found["sign"] == "-" else number
    if not -(2**63) <= number < 2**64:
        raise ValueError("needs more than 64 bits; put it in quotes")
    return number


def _as_float(text: str) -> Any:
    if not _FLOAT.fullmatch(text):
        return text
    number = float(text)
    if number in (float("inf"), float("-inf")):
        return text
    if number.is_integer() and abs(number) < _WHOLE_BELOW:
        return _whole(text, int(number))
    return number


def _whole(text: str, number: int) -> int:
    """The integer; one written out in digits that a float cannot hold is refused."""
    if text.lstrip("+-").isdigit() and abs(number) >= 2**63:
        raise ValueError("needs more than 64 bits; put it in quotes")
    return number
