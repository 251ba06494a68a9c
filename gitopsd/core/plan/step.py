"""What is next for one object on one member.

Comes in: what is wanted of it and what was observed. Goes out: a `Step`: the deed that is due, if
any, and the outcome that is told meanwhile. Knows nothing of other objects; who must wait for whom
is the business of `ready.py`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gitopsd.core.plan import losing
from gitopsd.core.plan.drifting import AS_WANTED, autoscaled, standing
from gitopsd.core.plan.inventory import PART_OF
from gitopsd.core.plan.notes import noted, told_until
from gitopsd.core.plan.observed import (
    AWAITING,
    LONGEST_DELETION,
    LONGEST_PROGRESS,
    Found,
    Live,
    Observed,
    Try,
    state_of,
)
from gitopsd.core.plan.owners import Owned
from gitopsd.kube.pointer import escape
from gitopsd.model.claims import Mode
from gitopsd.model.decision import HELD, PASSING, STAGE, STAGE_HALTED, Manifest, Wanted
from gitopsd.model.delivery import ActionKind, Entry, Health, Outcome
from gitopsd.model.resource import ResourceKey

CREATED_NAMESPACE, KEPT, PENDING = "createdNamespace", "kept", "pending"
NEVER_DELETED = frozenset(
    {"default", "kube-system", "kube-public", "kube-node-lease", "gitopsd-system"}
)
_LABEL = Owned(f"/metadata/labels/{escape(PART_OF)}", f".metadata.labels.{PART_OF}", ())
_NAMESPACE = ("", "Namespace")


class Deed(StrEnum):
    """What is asked of a member: LOOK reads, RELEASE takes our label off, FORGET asks nothing.

    ADOPT applies over an object that was not ours, MAKE creates a namespace nobody declared. KEEP
    records an object as it is, COMPARE looks at one that is never written.
    """

    LOOK = "look"
    CREATE = "create"
    CHANGE = "change"
    ADOPT = "adopt"
    MAKE = "make"
    DELETE = "delete"
    RELEASE = "release"
    FORGET = "forget"
    RUN = "run"
    END = "end"
    SWEEP = "sweep"
    KEEP = "keep"
    COMPARE = "compare"


REMOVALS = frozenset({Deed.DELETE, Deed.RELEASE, Deed.FORGET})


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """The deed that is due (None for none), what is told of the object, and when to ask again.

    `accepts` are owned fields that were found to answer the manifest. `is_open` says that something
    is still to come here without a deed of ours: a deletion that takes its time, or another try at
    once. `drift` are the fields for the sake of which the object is changed. `may_lose`: a person
    said that what the object holds may go with it. `may_recreate`: what is there may be deleted
    where no change leads to the manifest.
    """

    key: ResourceKey
    deed: Deed | None = None
    manifest: Manifest | None = None
    outcome: Outcome | None = None
    wake_at: datetime | None = None
    accepts: bytes | None = None
    is_open: bool = False
    drift: tuple[Owned, ...] = ()
    may_lose: bool = False
    may_recreate: bool = False

    @property
    def digest(self) -> str:
        """What an attempt of it is remembered by."""
        if self.manifest is not None:
            return self.manifest.hash
        return removal_digest(may_lose=self.may_lose)


def step(key: ResourceKey, wanted: Wanted, seen: Observed, now: datetime) -> Step:
    """What is next for this object."""
    manifest = wanted.manifests.get(key)
    tried = seen.tries.get(key)
    if manifest is not None:
        if manifest.suspended:
            told = ("Suspended", "its policy suspends dispatching here")
            return replace(_left(key, told, seen), manifest=manifest)
        if guard := wanted.guarded.get(key):
            return _guarded(key, guard, wanted.reasons.get(guard, guard))
        may_recreate = key in wanted.recreations
        is_allowed = may_recreate and tried is not None and tried.reason == AWAITING
        if waits(tried, manifest.hash, now) and not is_allowed:
            return told_of(key, manifest, tried, seen)
        if not manifest.claims.is_written:
            return _looked_at(key, manifest, seen, now)
        found = _due(key, manifest, seen, now)
        return replace(found, may_recreate=True) if may_recreate else found
    if key[:2] == _NAMESPACE and key.name in seen.needed and key not in seen.live:
        return _implied(key, seen, now)
    return _unwanted(key, wanted, seen, now)


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


def _due(key: ResourceKey, manifest: Manifest, seen: Observed, now: datetime) -> Step:
    live, entry = seen.live.get(key), seen.entries.get(key)
    if live is not None:
        if live.is_terminating:
            if (tried := seen.tries.get(key)) is not None and tried.is_overdue(now):
                return _overdue(key, manifest)
            what = "NamespaceTerminating" if key[:2] == _NAMESPACE else "DependencyNotReady"
            words = "the object is being deleted; it is made anew when it is gone"
            return replace(_skip(key, what, words, is_open=True), wake_at=now + LONGEST_DELETION)
        return _held(key, manifest, seen, now)
    if key[:2] in seen.discovery.kinds and key[:2] not in seen.listed:
        return _unlisted(key, manifest, seen, now)
    if key.namespace in seen.fresh and not (entry and entry.uid):
        return Step(key, Deed.CREATE, manifest)
    if key not in seen.looked:
        return Step(key, Deed.LOOK, manifest)
    found = seen.looked[key]
    if found is None:
        return Step(key, Deed.CREATE, manifest)
    if manifest.claims.mode is Mode.CREATE_ONLY:
        return _skip(key, "Ignored", "it was there before, and CreateOnly changes nothing")
    if entry is not None and entry.uid and entry.uid == found.uid and not found.owner:
        return Step(key, Deed.CHANGE, manifest, drift=(_LABEL,))
    return foreign(key, manifest, found)


def _guarded(key: ResourceKey, guard: str, why: str) -> Step:
    """An object that would be deleted to be made anew, which may not happen yet."""
    reason = "DependencyNotReady" if guard in PASSING else "GuardTripped"
    return _skip(key, reason, f"it is to be deleted and made anew: {why}")


def _overdue(key: ResourceKey, manifest: Manifest) -> Step:
    words = "it is still being deleted, to be made anew; a finalizer keeps it"
    outcome = Outcome(key, ActionKind.FAIL, "Timeout", words)
    return Step(key, manifest=manifest, outcome=outcome)


def _unlisted(key: ResourceKey, manifest: Manifest | None, seen: Observed, now: datetime) -> Step:
    """What is ours of this kind is not known yet, or may not be known."""
    if key[:2] not in seen.refused:
        return Step(key, manifest=manifest, is_open=True)
    return _hidden(key, manifest, seen, now)


def _hidden(key: ResourceKey, manifest: Manifest | None, seen: Observed, now: datetime) -> Step:
    """Nobody knows what became of it, because its kind cannot be seen."""
    reason = seen.refused[key[:2]]
    outcome = Outcome(key, ActionKind.FAIL, "Forbidden", f"its kind cannot be listed: {reason}")
    return Step(key, manifest=manifest, outcome=outcome, wake_at=now + LOOK_AGAIN)


def foreign(key: ResourceKey, manifest: Manifest, found: Found) -> Step:
    """An object that was there before us: its policy says whether it may become ours."""
    if key[:2] == _NAMESPACE and manifest.conflict != "Overwrite":
        return _skip(key, "NotOwned", "it was there before and is used as it is")
    if found.is_controlled:
        return _skip(key, "NotOwned", f"it belongs to {found.owner}")
    if found.owner and not manifest.claims.adopts:
        words = (
            f"it belongs to {found.owner}; gitopsd.io/adopt: always on it, with "
            "conflictResolution: Overwrite, would adopt it"
        )
        return Step(key, outcome=Outcome(key, ActionKind.FAIL, "OwnershipConflict", words))
    if manifest.conflict == "Overwrite":
        return Step(key, Deed.ADOPT, manifest)
    words = "it was there before; conflictResolution: Overwrite in its policy would adopt it"
    return _skip(key, "NotOwned", words)


def _held(key: ResourceKey, manifest: Manifest, seen: Observed, now: datetime) -> Step:
    """An object of ours that is there: unchanged, changed, or drifted."""
    live, entry, tried = seen.live[key], seen.entries.get(key), seen.tries.get(key)
    is_kept = manifest.claims.mode is Mode.CREATE_ONLY
    if is_kept and live.fields is None and (entry is None or entry.uid != live.uid):
        return _skip(key, "Ignored", "another object has its name, and CreateOnly changes nothing")
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


def _looked_at(key: ResourceKey, manifest: Manifest, seen: Observed, now: datetime) -> Step:
    """An object that is never written: what was found of it. Whatever was ours of it stays."""
    live, entry, found = seen.live.get(key), seen.entries.get(key), seen.compared.get(key)
    if key[:2] in seen.discovery.kinds and key[:2] not in seen.listed:
        return _unlisted(key, manifest, seen, now)
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


def _implied(key: ResourceKey, seen: Observed, now: datetime) -> Step:
    """A namespace that nobody declared and something goes to: made where it is missing."""
    if key.name in seen.namespaces:
        return Step(key)
    tried = seen.tries.get(key)
    if waits(tried, "", now):
        return told_of(key, None, tried, seen)
    return Step(key, Deed.MAKE if key in seen.looked else Deed.LOOK)


def _unwanted(key: ResourceKey, wanted: Wanted, seen: Observed, now: datetime) -> Step:
    live, entry = seen.live.get(key), seen.entries.get(key)
    if (word := wanted.guarded.get(key)) in (STAGE, STAGE_HALTED):
        return _left(key, ("Window", wanted.reasons.get(word, word)), seen)
    if entry is None or CREATED_NAMESPACE in entry.flags:
        return Step(key)
    if (why := wanted.kept.get(key)) is not None:
        return _left(key, (HELD, why), seen)
    if key not in (wanted.releases if KEPT in entry.flags else wanted.deletions):
        return Step(key)
    may_lose = key in wanted.expendable or (live is not None and live.allows_loss)
    if waits(seen.tries.get(key), removal_digest(may_lose=may_lose), now):
        return told_of(key, None, seen.tries.get(key), seen)
    if key.group in seen.discovery.partial:
        group = key.group or "core"
        words = f"the member does not say all that it serves of group {group}"
        return _skip(key, "DependencyNotReady", words)
    if live is None:
        return _missing(key, seen, now)
    if KEPT in entry.flags:
        return Step(key, Deed.RELEASE)
    if live.is_terminating and key[:2] in seen.refused:
        return _hidden(key, None, seen, now)
    if live.is_terminating:
        words, wake_at = losing.ending(live, now)
        told = Outcome(key, ActionKind.PRUNE, "", words)
        return Step(key, outcome=told, wake_at=wake_at, is_open=True)
    if _is_wanted_as_another(key, live, wanted, seen):
        return Step(key, Deed.FORGET)
    if reason := _protection(key, live, entry) or wanted.protected.get(key, ""):
        return Step(key, Deed.RELEASE, outcome=_kept(key, reason))
    if reason := losing.refusal(key, may_lose):
        return _skip(key, "AwaitingApproval", reason)
    return Step(key, Deed.DELETE, may_lose=may_lose)


def _left(key: ResourceKey, told: tuple[str, str], seen: Observed) -> Step:
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


def _is_wanted_as_another(key: ResourceKey, live: Live, wanted: Wanted, seen: Observed) -> bool:
    """Whether this very object is wanted under the group that its kind moved to."""
    for group, kind in seen.discovery.kinds:
        other = key._replace(group=group)
        if kind == key.kind and group != key.group and other in wanted.manifests:
            entry = seen.entries.get(other)
            if entry is not None and entry.uid == live.uid:
                return True
    return False


def removal_digest(*, may_lose: bool) -> str:
    """What stands for a manifest where there is none: a word that data may be lost is news."""
    return "may lose" if may_lose else ""


def _missing(key: ResourceKey, seen: Observed, now: datetime) -> Step:
    """Unwanted and not among ours: gone already, unless somebody took our label off."""
    if key[:2] in seen.discovery.kinds and key[:2] not in seen.listed:
        return _unlisted(key, None, seen, now)
    if key[:2] not in seen.discovery.kinds or key in seen.looked:
        return Step(key, Deed.FORGET)
    return Step(key, Deed.LOOK)


def _protection(key: ResourceKey, live: Live, entry: Entry) -> str:
    if key[:2] == _NAMESPACE and key.name in NEVER_DELETED:
        return "a namespace of the system is never deleted"
    if live.keep:
        return live.keep
    if live.has_controller:
        return "another object controls it"
    if entry.uid != live.uid and live.fields is None:
        return "another object has its name now"
    return ""


def _kept(key: ResourceKey, reason: str) -> Outcome:
    return Outcome(key, ActionKind.SKIP, "KeptByAnnotation", reason)


def _skip(key: ResourceKey, reason: str, message: str, *, is_open: bool = False) -> Step:
    return Step(key, outcome=Outcome(key, ActionKind.SKIP, reason, message), is_open=is_open)


BASE_S, LONGEST_S, PERMANENT_S = 2.0, 300.0, 600.0
SOON = timedelta(seconds=BASE_S / 2)
LOOK_AGAIN = timedelta(minutes=1)


def backoff(failures: int) -> timedelta:
    """How long an object waits after so many failures in a row: 2 s doubling to 5 min."""
    return timedelta(seconds=min(LONGEST_S, BASE_S * 2.0 ** min(max(failures - 1, 0), 10)))
