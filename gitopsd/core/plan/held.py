"""What is next for an object of ours that is there: unchanged, changed, drifted, or only looked at.

Comes in: its manifest, and what was observed. Goes out: a `Step`.
"""

from datetime import datetime

from gitopsd.core.plan.deed import KEPT, PENDING, Deed, Step
from gitopsd.core.plan.drifting import AS_WANTED, autoscaled, standing
from gitopsd.core.plan.notes import noted, told_until
from gitopsd.core.plan.observed import (
    LONGEST_PROGRESS,
    Live,
    Observed,
    state_of,
)
from gitopsd.core.plan.told import skip, unlisted
from gitopsd.model.claims import Mode
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import ActionKind, Entry, Health, Outcome
from gitopsd.model.resource import ResourceKey


def held(key: ResourceKey, manifest: Manifest, seen: Observed, now: datetime) -> Step:
    """What is next for it: a change where it is not what it should be, otherwise how it does."""
    live, entry, tried = seen.live[key], seen.entries.get(key), seen.tries.get(key)
    is_kept = manifest.claims.mode is Mode.CREATE_ONLY
    if is_kept and live.fields is None and (entry is None or entry.uid != live.uid):
        return skip(key, "Ignored", "another object has its name, and CreateOnly changes nothing")
    if entry is None or entry.hash != manifest.hash or PENDING in entry.flags:
        return Step(key, Deed.KEEP if is_kept else Deed.CHANGE, manifest)
    if entry.uid != live.uid:
        return Step(key, Deed.KEEP if is_kept else Deed.CHANGE, manifest)
    accepted, repairs = seen.accepted.get(key), seen.repairs.get(key)
    is_same = accepted == (manifest.hash, manifest.claims, live.fields)
    done = repairs.done if repairs is not None and repairs.hash == manifest.hash else ()
    claimed = autoscaled(manifest) if key in seen.scaled else manifest
    stands = AS_WANTED if is_kept else standing(claimed, live, done, is_answered=is_same)
    if stands.drifted and manifest.claims.is_healed:
        if tried is not None and tried.again_at is not None and tried.again_at > now:
            return Step(key, manifest=manifest, wake_at=tried.again_at)
        return Step(key, Deed.CHANGE, manifest, drift=stands.drifted)
    action = ActionKind.UNCHANGED
    if tried is not None and tried.hash == manifest.hash and not tried.is_failed:
        action = tried.action
    outcome, wake_at = _shown(key, action, entry, live, now)
    until = told_until(tried, outcome)
    if until is not None and until > now:
        wake_at = min(wake_at, until) if wake_at else until
    accepts = None if stands.drifted else live.fields
    return Step(key, None, manifest, noted(outcome, stands, seen, now), wake_at, accepts)


def looked_at(key: ResourceKey, manifest: Manifest, seen: Observed, now: datetime) -> Step:
    """An object that is never written: what was found of it. Whatever was ours of it stays."""
    live, entry, found = seen.live.get(key), seen.entries.get(key), seen.compared.get(key)
    if key[:2] in seen.discovery.kinds and key[:2] not in seen.listed:
        return unlisted(key, manifest, seen, now)
    if entry is not None and KEPT not in entry.flags:
        return Step(key, Deed.KEEP, manifest)
    if found is None or found.hash != manifest.hash or found.state != state_of(live):
        return Step(key, Deed.COMPARE, manifest)
    outcome = Outcome(
        key,
        ActionKind.SKIP,
        "Ignored",
        f"{manifest.claims.mode}: {found.words}",
        live.finding.health if live else Health.UNKNOWN,
        status=live.status if live else None,
    )
    return Step(key, manifest=manifest, outcome=outcome)


def _shown(
    key: ResourceKey, action: ActionKind, entry: Entry, live: Live, now: datetime
) -> tuple[Outcome, datetime | None]:
    finding = live.finding
    health, message, wake_at = finding.health, finding.message, finding.wake_at
    note = finding.note
    if finding.runs:
        # No time ends the wait: a Job has a deadline of its own.
        health, message, note = Health.IN_PROGRESS, note, ""
    elif health is Health.IN_PROGRESS and live.since is not None:
        ends = live.since + LONGEST_PROGRESS
        if ends <= now:
            health, message = Health.FAILED, f"Timeout: {message}".rstrip(": ")
        else:
            wake_at = min(wake_at, ends) if wake_at else ends
    outcome = Outcome(
        key,
        action,
        "",
        message,
        health,
        note,
        entry.hash,
        live.status,
        live.generation,
        live.collected,
    )
    return outcome, wake_at
