"""The checks of a commit on its git host: what the files are worth, what the plan, how far members.

Comes in: a plan, or how far the members are. Goes out: `CommitState`s, one for each context that a
branch protection may wait for.
"""

from gitopsd.core.review.findings import plural, verdict
from gitopsd.model.changes import Preview
from gitopsd.model.hosting import CommitState, StateKind
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.standing import Count, Standing

VALIDATE, PLAN, SYNC = "gitopsd/validate", "gitopsd/plan", "gitopsd/sync"


def pending(context: str) -> CommitState:
    """That a check has begun."""
    return CommitState(context, StateKind.PENDING, "under way")


def failed(context: str, why: str) -> CommitState:
    """That a check could not be made, which is nobody's mistake."""
    return CommitState(context, StateKind.ERROR, why)


def validated(problems: tuple[Problem, ...]) -> CommitState:
    """Whether the files are right: an error fails, a warning does not."""
    errors = [each for each in problems if each.severity is Severity.ERROR]
    if not errors:
        return CommitState(VALIDATE, StateKind.SUCCESS, "every file is right")
    others = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return CommitState(VALIDATE, StateKind.FAILURE, f"{errors[0]}{others}")


def planned(preview: Preview, approver: str = "", held_by: str = "") -> CommitState:
    """Whether the plan may be merged: not while a guard waits for approval or it is held back."""
    if held_by:
        return CommitState(PLAN, StateKind.PENDING, f"held back by {held_by}")
    if any(each.severity is Severity.ERROR for each in preview.changes.problems):
        return CommitState(PLAN, StateKind.FAILURE, "what it would do follows from wrong files")
    if preview.guards and not approver:
        return CommitState(PLAN, StateKind.FAILURE, f"needs approval: {verdict(preview)}")
    said = f"approved by {approver}: " if preview.guards else ""
    return CommitState(PLAN, StateKind.SUCCESS, f"{said}{verdict(preview)}")


def synced(standing: Standing) -> CommitState:
    """How far the members are with a commit: pending until all have done what they can."""
    counts = standing.counts
    total = len(counts)
    done = sum(not _lacks(count) for count in counts.values())
    held = sum(count.held for count in counts.values())
    if not standing.is_finished:
        return CommitState(SYNC, StateKind.PENDING, f"{done}/{plural(total, 'cluster')}")
    if held:
        words = f"{plural(held, 'deletion')} held back until a person approves"
        return CommitState(SYNC, StateKind.PENDING, words)
    if standing.failures:
        words = f"{done}/{plural(total, 'cluster')}: {standing.failures[0]}"
        return CommitState(SYNC, StateKind.FAILURE, words)
    return CommitState(SYNC, StateKind.SUCCESS, f"applied on {plural(total, 'cluster')}")


def _lacks(count: Count) -> bool:
    return bool(count.pending or count.failed or count.skipped or count.deleting or count.held)
