"""Histories that were rewritten and tags that were moved, as the operator's word has it."""

import pytest

from gitopsd.model.errors import CommitRefused
from gitopsd.model.trust import Rewrites, Verify


async def letting(gate, previous: str, rewrites: Rewrites, branch: str = "") -> str:
    """The commit that is let in; else the reason why none is."""
    gate.rewrites = rewrites
    try:
        return (await gate.admitted(Verify.NOTHING, previous, branch)).commit
    except CommitRefused as error:
        return error.refusal.reason


async def test_what_builds_on_the_commit_before_is_let_in(gate_over) -> None:
    first = gate_over.push("unsigned")
    gate_over.push("unsigned")
    third = gate_over.push("unsigned")

    assert [await letting(gate_over, first, each) for each in Rewrites] == [third] * 3
    assert [await letting(gate_over, third, each) for each in Rewrites] == [third] * 3
    assert [await letting(gate_over, "", each) for each in Rewrites] == [third] * 3


async def test_a_rewritten_history_is_let_in_refused_or_held(gate_over) -> None:
    gate_over.push("unsigned")
    second = gate_over.push("unsigned")
    other = gate_over.place.repository.amend({"a.yaml": "other"})

    answers = [await letting(gate_over, second, each) for each in Rewrites]

    assert answers == [other, "ForcePush", "ForcePush"]


async def test_a_commit_before_that_nobody_has_any_more_is_no_part_of_it(gate_over) -> None:
    commit = gate_over.push("unsigned")

    answers = [await letting(gate_over, "1" * 40, each) for each in Rewrites]

    assert answers == [commit, "ForcePush", "ForcePush"]


async def test_a_trailer_that_names_the_new_history_lets_it_in(gate_over) -> None:
    first = gate_over.push("unsigned")
    second = gate_over.push("unsigned")
    gate_over.place.repository.rewind(first)
    assert await letting(gate_over, second, Rewrites.REQUIRE_APPROVAL) == "ForcePush"

    gate_over.push("unsigned", f"No\n\nGitopsd-Approve: {second}")
    assert await letting(gate_over, second, Rewrites.REQUIRE_APPROVAL) == "ForcePush"
    approved = gate_over.push("unsigned", f"Back on purpose\n\nGitopsd-Approve: {first}")

    assert await letting(gate_over, second, Rewrites.REQUIRE_APPROVAL) == approved
    assert await letting(gate_over, second, Rewrites.REFUSE) == "ForcePush"


async def test_a_tag_that_was_moved_is_as_a_rewritten_history(gate_over) -> None:
    first = gate_over.push("unsigned")
    second = gate_over.push("unsigned")
    gate_over.place.repository.tag("live")

    answers = [await letting(gate_over, first, each, "live") for each in Rewrites]

    assert answers == [second, "TagMoved", "TagMoved"]


async def test_the_refusal_says_what_would_let_it_in(gate) -> None:
    first = gate.push("unsigned")
    other = gate.place.repository.amend({"a.yaml": "other"})
    gate.rewrites = Rewrites.REQUIRE_APPROVAL

    with pytest.raises(CommitRefused, match=f"Gitopsd-Approve: {other}") as error:
        await gate.admitted(Verify.NOTHING, first)

    assert first[:12] in error.value.reason
