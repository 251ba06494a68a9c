from dataclasses import dataclass, replace

from gitopsd.core.same import is_unchanged


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    held: dict[str, int]
    words: tuple[str, ...] = ()
    more: str = ""


BEFORE = Value({"a": 1}, ("x",))


def test_equal_fields_are_unchanged_and_a_copy_of_what_must_be_the_same_is_not() -> None:
    copied = replace(BEFORE, held=dict(BEFORE.held))

    assert is_unchanged(BEFORE, replace(BEFORE, words=("x",)), {"held"})
    assert is_unchanged(BEFORE, copied, set())
    assert not is_unchanged(BEFORE, copied, {"held"})


def test_every_field_counts() -> None:
    assert not is_unchanged(BEFORE, replace(BEFORE, words=("y",)), {"held"})
    assert not is_unchanged(BEFORE, replace(BEFORE, more="new"), {"held"})
