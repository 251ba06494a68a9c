"""Kubernetes quantities (`500m`, `1.5Gi`, `1e3`), exact: no float is ever in between.

Comes in: what stands in YAML, a string or a number. Goes out: integers in the unit asked for. As
in Kubernetes nothing finer than a billionth is kept, and every rounding goes away from zero.
See https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity.
"""

import re
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

Quantity: TypeAlias = str | int | float

_NANO = 10**9
_GRAMMAR = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]*))?"
    r"(?:(?P<suffix>[KMGTPE]i|[numkMGTPE])|[eE](?P<exponent>[+-]?[0-9]+))?"
)
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_DECIMAL_SUFFIX = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY_LIMIT = (2**63 - 1) * _NANO
_LARGEST_EXPONENT = 100


def parse(quantity: Quantity) -> Fraction:
    """The exact value, a multiple of a billionth; raises ValueError for what is no quantity."""
    return Fraction(nano(quantity), _NANO)


@lru_cache(maxsize=65536)
def milli(quantity: Quantity) -> int:
    """Thousandths, rounded away from zero; raises ValueError for what is no quantity."""
    return _rounded(nano(quantity), 10**6)


@lru_cache(maxsize=65536)
def value(quantity: Quantity) -> int:
    """Whole units, rounded away from zero; raises ValueError for what is no quantity."""
    return _rounded(nano(quantity), _NANO)


def same(one: Quantity, other: Quantity) -> bool:
    """Whether both say the same amount: `1`, `1000m` and `1.0` do.

    What is no quantity is the same only as itself.
    """
    try:
        return nano(one) == nano(other)
    except ValueError:
        return one == other


def compare(one: Quantity, other: Quantity) -> int:
    """-1, 0 or 1 as the first is less, the same or more; raises ValueError for no quantity."""
    first, second = nano(one), nano(other)
    return (first > second) - (first < second)


@lru_cache(maxsize=65536)
def nano(quantity: Quantity) -> int:
    """Billionths; raises ValueError for what is no quantity."""
    return _read(quantity)[0]


@lru_cache(maxsize=65536)
def canonical(quantity: Quantity) -> str:
    """The one spelling that an API server gives back: `1000m` is `1`, `0.5` is `500m`.

    The notation (binary, decimal, exponent) stays where it is exact. Raises ValueError for what
    is no quantity.
    """
    amount, notation = _read(quantity)
    if amount == 0:
        return "0"
    if notation == "binary" and abs(amount) >= 1024 * _NANO and amount % _NANO == 0:
        return _binary(amount // _NANO)
    return _decimal(amount, notation)


def _read(quantity: Quantity) -> tuple[int, str]:
    """Billionths, and the notation: binary, decimal or exponent."""
    if isinstance(quantity, bool):
        raise ValueError(f"{quantity!r} is no quantity")
    text = quantity if isinstance(quantity, str) else repr(quantity)
    found = _GRAMMAR.fullmatch(text)
    if not found or not (found["whole"] or found["part"]):
        raise ValueError(f"{text!r} is no quantity; right would be such as 500m, 2, 1.5Gi or 1e3")
    part = found["part"] or ""
    digits = int(found["whole"] + part)
    sign = -1 if found["sign"] == "-" else 1
    suffix = found["suffix"] or ""
    if suffix in _BINARY:
        amount = _rounded((digits << _BINARY[suffix]) * _NANO, 10 ** len(part))
        notation = "binary" if amount >= _NANO else "decimal"
        return sign * min(amount, _BINARY_LIMIT), notation
    exponent = int(found["exponent"]) if found["exponent"] else _DECIMAL[suffix]
    if abs(exponent) > _LARGEST_EXPONENT:
        raise ValueError(f"{text!r} is no quantity: its exponent is out of range")
    power = exponent + 9 - len(part)
    amount = digits * 10**power if power >= 0 else _rounded(digits, 10**-power)
    return sign * amount, "exponent" if found["exponent"] else "decimal"


def _rounded(amount: int, unit: int) -> int:
    """The quotient, rounded away from zero."""
    return -(-amount // unit) if amount >= 0 else amount // unit


def _binary(units: int) -> str:
    power = 0
    while units % 1024 == 0 and power < 6:
        units //= 1024
        power += 1
    return f"{units}{('', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei')[power]}"


def _decimal(amount: int, notation: str) -> str:
    exponent = -9
    highest = _LARGEST_EXPONENT if notation == "exponent" else 18
    while amount % 1000 == 0 and exponent < highest:
        amount //= 1000
        exponent += 3
    if notation == "exponent":
        return f"{amount}e{exponent}" if exponent else str(amount)
    return f"{amount}{_DECIMAL_SUFFIX[exponent]}"
