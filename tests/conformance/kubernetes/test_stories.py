"""Every story is told to a simulated member and to a real API server; both give its answers."""

from pathlib import Path

import pytest

from conformance.kubernetes.storybook import Place, Teller, load, regardless_of_seconds, stories


@pytest.mark.parametrize("path", stories(), ids=lambda path: path.stem)
def test_the_member_answers_as_recorded(path: Path, place: Place, namespace: str) -> None:
    steps = load(path)

    teller = Teller(place, namespace)
    answers = teller.tell(steps)

    for number, (step, answer) in enumerate(zip(steps, answers, strict=True)):
        told, recorded = answer, step["answer"]
        if teller.took_seconds:
            told, recorded = regardless_of_seconds(told), regardless_of_seconds(recorded)
        assert told == recorded, f"step {number}: {step['ask']}"
