"""Questions that nobody recorded: recorded ones with something gone, swapped or of another type.

What Karmada would say is not known; that there is an answer of the right form is a law.
"""

import copy
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from adapter import answer
from agree import cases
from equal import canonical

CASES = list(cases(Path(__file__).parent / "cases"))
OPERATIONS = sorted({case["op"] for case in CASES})
EACH = 200
CLASSES = {
    "schedule": {"FitError", "UnschedulableError", "Other"},
    "interpret": {"NoInterpreter", "Error"},
    "lua": {"NoInterpreter", "Error"},
}
ODD = (
    None, True, False, 0, -1, 3.5, 1e30, 2**70, "", "x", "500m", "1e999", "é\x00", [], {}, [None],
    [{}], {"": None}, {"name": "a"}, ["a"], [[]],
)  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("operation", OPERATIONS)
def test_whatever_is_asked_there_is_an_answer_of_the_right_form(operation, seed):
    chance = random.Random(f"{operation} {seed}")
    recorded = [case for case in CASES if case["op"] == operation]

    for _ in range(EACH):
        request = mutated(chance.choice(recorded)["request"], chance)
        given = answer({"id": "mutated", "op": operation, "request": request})

        assert is_formed(operation, request, given), (request, given)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_same_question_has_the_same_answer_and_stays_as_it_was(operation):
    chance = random.Random(operation)
    recorded = [case for case in CASES if case["op"] == operation]

    for _ in range(EACH):
        request = mutated(chance.choice(recorded)["request"], chance)
        before = copy.deepcopy(request)
        first = answer({"id": "mutated", "op": operation, "request": request})

        assert repr(request) == repr(before)
        assert answer({"id": "mutated", "op": operation, "request": before}) == first


def mutated(request, chance):
    """The request with one to three of its parts gone, odd, or in another place."""
    request = copy.deepcopy(request)
    for _ in range(chance.randint(1, 3)):
        found = list(parts(request))
        if not found:
            break
        holder, at = chance.choice(found)
        kind = chance.random()
        if kind < 0.3:
            del holder[at]
        elif kind < 0.8:
            holder[at] = copy.deepcopy(chance.choice(ODD))
        else:
            other, place = chance.choice(found)
            holder[at] = copy.deepcopy(other[place])
    return request


def parts(value):
    """Every place in a value, as its holder and the key or index in it."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield value, key
        yield from parts(value[key])


def is_formed(operation, request, given):
    """An error of a known class, or what the judge can read; `work` may have both."""
    error = given.get("error")
    if error is not None and error["class"] not in CLASSES.get(operation, {"Error"}):
        return False
    if error is None or operation == "work":
        canonical(operation, request, {"works": [], **given})
    return True
