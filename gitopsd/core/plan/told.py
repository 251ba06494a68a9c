"""WHAT IS TOLD of an object while no deed of ours is due: it waits, it is left, it cannot be seen.

Comes in: what was observed of it and what became of attempts. Goes out: a `Step` without a deed.
"""

from datetime import datetime, timedelta

from gitopsd.core.plan.deed import Step
from gitopsd.core.plan.observed import (
    Observed,
    Try,
)
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import ActionKind, Health, Outcome
from gitopsd.model.resource import ResourceKey

BASE_S, LONGEST_S, PERMANENT_S = 2.0, 300.0, 600.0
SOON = timedelta(seconds=BASE_S / 2)
LOOK_AGAIN = timedelta(minutes=1)


def backoff(failures: int) -> timedelta:
    """How long an object waits after so many failures in a row: 2 s doubling to 5 min."""
    return timedelta(seconds=min(LONGEST_S, BASE_S * 2.0 ** min(max(failures - 1, 0), 10)))


def waits(tried: Try | None, digest: str, now: datetime) -> bool:
    """Whether an attempt with this hash failed and is not to be made again yet."""
    return (
        tried is not None
        and tried.is_failed
        and tried.hash == digest
        and (tried.again_at is None or tried.again_at > now)
    )


def told_of(key: ResourceKey, manifest: Manifest | None, tried: Try | None, seen: Observed) -> Step:
    """The outcome of an attempt that failed, until it is tried again."""
    assert tried is not None
    live, entry = seen.live.get(key), seen.entries.get(key)
    outcome = Outcome(
        key,
        tried.action,
        tried.reason,
        tried.message,
        live.finding.health if live else Health.UNKNOWN,
        hash=entry.hash if entry else "",
        status=live.status if live else None,
        generation=live.generation if live else 0,
        collected=live.collected if live else None,
    )
    is_race = bool(tried.at and tried.again_at and tried.again_at - tried.at < SOON)
    is_open = is_race or tried.reason == "DependencyNotReady"
    return Step(key, manifest=manifest, outcome=outcome, wake_at=tried.again_at, is_open=is_open)


def left(key: ResourceKey, told: tuple[str, str], seen: Observed) -> Step:
    """An object that stays as it is, whatever that is; how it does is told all the same."""
    live, entry = seen.live.get(key), seen.entries.get(key)
    absent = Health.NOT_FOUND if entry and key[:2] in seen.listed else Health.UNKNOWN
    reason, why = told
    outcome = Outcome(
        key,
        ActionKind.SKIP,
        reason,
        why,
        live.finding.health if live else absent,
        live.finding.message if live else "",
        hash=entry.hash if entry and live else "",
        status=live.status if live else None,
        generation=live.generation if live else 0,
        collected=live.collected if live else None,
    )
    return Step(key, outcome=outcome)


def skip(key: ResourceKey, reason: str, message: str, *, is_open: bool = False) -> Step:
    """Nothing is done, for this reason."""
    return Step(key, outcome=Outcome(key, ActionKind.SKIP, reason, message), is_open=is_open)


def unlisted(key: ResourceKey, manifest: Manifest | None, seen: Observed, now: datetime) -> Step:
    """What is ours of this kind is not known yet, or may not be known."""
    if key[:2] not in seen.refused:
        return Step(key, manifest=manifest, is_open=True)
    return hidden(key, manifest, seen, now)


def hidden(key: ResourceKey, manifest: Manifest | None, seen: Observed, now: datetime) -> Step:
    """Nobody knows what became of it, because its kind cannot be seen."""
    reason = seen.refused[key[:2]]
    outcome = Outcome(key, ActionKind.FAIL, "Forbidden", f"its kind cannot be listed: {reason}")
    return Step(key, manifest=manifest, outcome=outcome, wake_at=now + LOOK_AGAIN)
