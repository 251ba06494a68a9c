"""Every story is told to a simulated member and to a real API server; both give its answers."""

from pathlib import Path

import pytest

from conformance.kubernetes.storybook import Place, Teller, load, stories


@pytest.mark.parametrize("path", stories(), ids=lambda path: path.stem)
def test_the_member_answers_as_recorded(path: Path, place: Place, namespace: str) -> None:
    steps = load(path)

    answers = Teller(place, namespace).tell(steps)

    for number, (step, answer) in enumerate(zip(steps, answers, strict=True)):
        assert answer == step["answer"], f"step {number}: {step['ask']}"
