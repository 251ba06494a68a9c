"""How one cluster fares with a change.

Comes in: what it is to hold of the objects that the change touches, and its last report. Goes out:
one word, and what is behind it. Live, from the report alone: a cluster that gets well is well.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import ActionKind, Health, Outcome, Report

_LEFT_AS_IT_IS = frozenset({"Ignored", "Suspended", "KeptByAnnotation", "NotOwned"})


class Word(StrEnum):
    """A cluster that is not reachable is under way."""

    WELL = "well"
    UNDER_WAY = "under way"
    FAILED = "failed"


class Faring(NamedTuple):
    """How a cluster fares; `why` names the first object behind it, empty for a cluster well."""

    word: Word
    why: str = ""


def faring(manifests: Iterable[Manifest], report: Report | None) -> Faring:
    """How a cluster fares with these manifests; failures come before what is on its way."""
    if report is None or report.inventory is None:
        return Faring(Word.UNDER_WAY, "it was not heard of yet")
    if not report.reachable:
        return Faring(Word.UNDER_WAY, "it is not reachable")
    way = "" if report.is_finished else "it is not finished"
    for each in manifests:
        found = _of(each, report.outcomes.get(each.key))
        if found.word is Word.FAILED:
            return found
        way = way or found.why
    for outcome in report.outcomes.values():
        if outcome.action is ActionKind.FAIL and outcome.reason == "HookFailed":
            return Faring(Word.FAILED, f"{outcome.key} failed: {outcome.message}")
    return Faring(Word.UNDER_WAY, way) if way else Faring(Word.WELL)


def _of(manifest: Manifest, outcome: Outcome | None) -> Faring:
    if outcome is None:
        return Faring(Word.UNDER_WAY, f"{manifest.key} is not applied yet")
    if outcome.action is ActionKind.FAIL:
        return Faring(Word.FAILED, _words(outcome, "failed"))
    if outcome.action is ActionKind.SKIP:
        if outcome.reason in _LEFT_AS_IT_IS:
            return Faring(Word.WELL)
        return Faring(Word.UNDER_WAY, _words(outcome, "waits"))
    if outcome.hash != manifest.hash:
        return Faring(Word.UNDER_WAY, f"{manifest.key} is not applied yet")
    if outcome.health is Health.FAILED:
        return Faring(Word.FAILED, _words(outcome, "is not healthy"))
    if outcome.health is Health.CURRENT:
        return Faring(Word.WELL)
    return Faring(Word.UNDER_WAY, _words(outcome, f"is {outcome.health.value}"))


def _words(outcome: Outcome, what: str) -> str:
    why = outcome.message or outcome.reason
    return f"{outcome.key} {what}: {why}" if why else f"{outcome.key} {what}"
