"""What is next for one object on one member.

Comes in: what is wanted of it and what was observed. Goes out: a `Step`: the deed that is due, if
any, and the outcome that is told meanwhile. Knows nothing of other objects; who must wait for whom
is the business of `ready.py`.
"""

from dataclasses import replace
from datetime import datetime

from gitopsd.core.plan import losing
from gitopsd.core.plan.deed import Deed, Step
from gitopsd.core.plan.held import held, looked_at
from gitopsd.core.plan.inventory import PART_OF
from gitopsd.core.plan.observed import (
    AWAITING,
    LONGEST_DELETION,
    Found,
    Observed,
)
from gitopsd.core.plan.owners import Owned
from gitopsd.core.plan.told import left, skip, told_of, unlisted, waits
from gitopsd.core.plan.unwanted import unwanted
from gitopsd.kube.pointer import escape
from gitopsd.model.claims import Mode
from gitopsd.model.decision import PASSING, Manifest, Wanted
from gitopsd.model.delivery import ActionKind, Outcome
from gitopsd.model.resource import ResourceKey

_LABEL = Owned(f"/metadata/labels/{escape(PART_OF)}", f".metadata.labels.{PART_OF}", ())


def step(key: ResourceKey, wanted: Wanted, seen: Observed, now: datetime) -> Step:
    """What is next for this object."""
    manifest = wanted.manifests.get(key)
    tried = seen.tries.get(key)
    if manifest is not None:
        if manifest.suspended:
            told = ("Suspended", "its policy suspends dispatching here")
            return replace(left(key, told, seen), manifest=manifest)
        if guard := wanted.guarded.get(key):
            return _guarded(key, guard, wanted.reasons.get(guard, guard))
        may_recreate = key in wanted.recreations
        is_allowed = may_recreate and tried is not None and tried.reason == AWAITING
        if waits(tried, manifest.hash, now) and not is_allowed:
            return told_of(key, manifest, tried, seen)
        if not manifest.claims.is_written:
            return looked_at(key, manifest, seen, now)
        found = _due(key, manifest, seen, now)
        return replace(found, may_recreate=True) if may_recreate else found
    if key[:2] == losing.NAMESPACE and key.name in seen.needed and key not in seen.live:
        return _implied(key, seen, now)
    return unwanted(key, wanted, seen, now)


def _due(key: ResourceKey, manifest: Manifest, seen: Observed, now: datetime) -> Step:
    live, entry = seen.live.get(key), seen.entries.get(key)
    if live is not None:
        if live.is_terminating:
            if (tried := seen.tries.get(key)) is not None and tried.is_overdue(now):
                return _overdue(key, manifest)
            what = "NamespaceTerminating" if key[:2] == losing.NAMESPACE else "DependencyNotReady"
            words = "the object is being deleted; it is made anew when it is gone"
            return replace(skip(key, what, words, is_open=True), wake_at=now + LONGEST_DELETION)
        return held(key, manifest, seen, now)
    if key[:2] in seen.discovery.kinds and key[:2] not in seen.listed:
        return unlisted(key, manifest, seen, now)
    if key.namespace in seen.fresh and not (entry and entry.uid):
        return Step(key, Deed.CREATE, manifest)
    if key not in seen.looked:
        return Step(key, Deed.LOOK, manifest)
    found = seen.looked[key]
    if found is None:
        return Step(key, Deed.CREATE, manifest)
    if manifest.claims.mode is Mode.CREATE_ONLY:
        return skip(key, "Ignored", "it was there before, and CreateOnly changes nothing")
    if entry is not None and entry.uid and entry.uid == found.uid and not found.owner:
        return Step(key, Deed.CHANGE, manifest, drift=(_LABEL,))
    return foreign(key, manifest, found)


def _guarded(key: ResourceKey, guard: str, why: str) -> Step:
    """An object that would be deleted to be made anew, which may not happen yet."""
    reason = "DependencyNotReady" if guard in PASSING else "GuardTripped"
    return skip(key, reason, f"it is to be deleted and made anew: {why}")


def _overdue(key: ResourceKey, manifest: Manifest) -> Step:
    words = "it is still being deleted, to be made anew; a finalizer keeps it"
    outcome = Outcome(key, ActionKind.FAIL, "Timeout", words)
    return Step(key, manifest=manifest, outcome=outcome)


def foreign(key: ResourceKey, manifest: Manifest, found: Found) -> Step:
    """An object that was there before us: its policy says whether it may become ours."""
    if key[:2] == losing.NAMESPACE and manifest.conflict != "Overwrite":
        return skip(key, "NotOwned", "it was there before and is used as it is")
    if found.is_controlled:
        return skip(key, "NotOwned", f"it belongs to {found.owner}")
    if found.owner and not manifest.claims.adopts:
        words = (
            f"it belongs to {found.owner}; gitopsd.io/adopt: always on it, with "
            "conflictResolution: Overwrite, would adopt it"
        )
        return Step(key, outcome=Outcome(key, ActionKind.FAIL, "OwnershipConflict", words))
    if manifest.conflict == "Overwrite":
        return Step(key, Deed.ADOPT, manifest)
    words = "it was there before; conflictResolution: Overwrite in its policy would adopt it"
    return skip(key, "NotOwned", words)


def _implied(key: ResourceKey, seen: Observed, now: datetime) -> Step:
    """A namespace that nobody declared and something goes to: made where it is missing."""
    if key.name in seen.namespaces:
        return Step(key)
    tried = seen.tries.get(key)
    if waits(tried, "", now):
        return told_of(key, None, tried, seen)
    return Step(key, Deed.MAKE if key in seen.looked else Deed.LOOK)
