from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from gitopsd.kube import quantity

SUFFIXES = ("", "n", "u", "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "e3", "E-2", "e+1")
QUANTITIES = st.builds(
    lambda sign, whole, part, suffix: f"{sign}{whole}{part}{suffix}",
    st.sampled_from(("", "-", "+")),
    st.integers(0, 10**6),
    st.sampled_from(("", ".", ".5", ".25", ".001", ".123456789")),
    st.sampled_from(SUFFIXES),
)


@given(QUANTITIES)
@settings(deadline=None)
def test_the_canonical_spelling_is_the_same_amount_and_stays(text):
    canonical = quantity.canonical(text)

    assert quantity.same(canonical, text)
    assert quantity.canonical(canonical) == canonical


@given(QUANTITIES)
@settings(deadline=None)
def test_roundings_are_away_from_zero_and_less_than_one(text):
    exact = quantity.parse(text)

    assert 0 <= abs(Fraction(quantity.milli(text), 1000)) - abs(exact) < Fraction(1, 1000)
    assert 0 <= abs(quantity.value(text)) - abs(exact) < 1


@given(QUANTITIES, QUANTITIES)
@settings(deadline=None)
def test_comparing_is_comparing_the_amounts(one, other):
    first, second = quantity.parse(one), quantity.parse(other)

    assert quantity.compare(one, other) == (first > second) - (first < second)
