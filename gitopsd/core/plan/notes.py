"""What is told of an object beside its health: who changed what, and what was done about it.

Comes in: an Outcome, how the object stands, and what was noted when it was applied. Goes out: the
Outcome with a note, or a failure where a fight over a field was given up.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from gitopsd.core.plan.drifting import FLIPS, Standing
from gitopsd.core.plan.observed import Observed, Try
from gitopsd.core.plan.owners import Owned
from gitopsd.model.delivery import ActionKind, Outcome

FIGHT = "FieldFight"
TOLD_FOR = timedelta(minutes=10)


def noted(outcome: Outcome, stands: Standing, seen: Observed, now: datetime) -> Outcome:
    """The outcome with what there is to say of fields and warnings.

    What was put back is told for `TOLD_FOR`: then it is no news, and a restart would forget it.
    """
    entry, tried = seen.entries.get(outcome.key), seen.tries.get(outcome.key)
    notes = [outcome.note] if outcome.note else []
    if stands.yielded:
        notes.append(f"OwnershipLost: {words(stands.yielded)}")
    if stands.drifted:
        notes.append(f"Drift: {words(stands.drifted)}; it is not put back")
    until = told_until(tried, outcome)
    if tried is not None and until is not None and now < until:
        notes.append(tried.message)
    notes += [f"Warning: {each}" for each in (entry.warnings if entry else ())]
    note = "; ".join(notes)
    found = outcome if note == outcome.note else msgspec.structs.replace(outcome, note=note)
    if not stands.fought:
        return found
    message = (
        f"{words(stands.fought)}: {seen.manager} put it back {FLIPS} times within ten minutes and "
        "it was changed again each time; it is let be until its manifest changes"
    )
    return msgspec.structs.replace(
        found, action=ActionKind.FAIL, reason=FIGHT, message=message, note=note
    )


def put_back(fields: Iterable[Owned]) -> str:
    """What is noted of a repair."""
    return f"put back: {words(fields)}"


def words(fields: Iterable[Owned]) -> str:
    """Fields with the managers that own them."""
    return ", ".join(map(str, fields))


def told_until(tried: Try | None, outcome: Outcome) -> datetime | None:
    """Until when it is told what the last attempt put back; None where it put nothing back."""
    if tried is None or tried.is_failed or tried.hash != outcome.hash:
        return None
    return tried.at + TOLD_FOR if tried.message and tried.at else None
