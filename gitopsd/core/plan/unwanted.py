"""What is next for an object that is not wanted here: deleted, released, or kept for a reason.

Comes in: what the set says of it, and what was observed. Goes out: a `Step`. What is left where it
is, is told with the reason.
"""

from datetime import datetime

from gitopsd.core.plan import losing
from gitopsd.core.plan.deed import CREATED_NAMESPACE, KEPT, Deed, Step, removal_digest
from gitopsd.core.plan.observed import (
    Live,
    Observed,
)
from gitopsd.core.plan.told import hidden, left, skip, told_of, unlisted, waits
from gitopsd.model.decision import HELD, WHOLE, Wanted
from gitopsd.model.delivery import ActionKind, Entry, Outcome
from gitopsd.model.resource import ResourceKey

NEVER_DELETED = frozenset(
    {"default", "kube-system", "kube-public", "kube-node-lease", "gitopsd-system"}
)


def unwanted(key: ResourceKey, wanted: Wanted, seen: Observed, now: datetime) -> Step:
    """What is next for it: nothing unless it is recorded as ours and may be deleted now."""
    live, entry = seen.live.get(key), seen.entries.get(key)
    if (word := wanted.guarded.get(key)) in WHOLE:
        return left(key, ("Window", wanted.reasons.get(word, word)), seen)
    if entry is None or CREATED_NAMESPACE in entry.flags:
        return Step(key)
    if (why := wanted.kept.get(key)) is not None:
        return left(key, (HELD, why), seen)
    stays = key in wanted.releases or KEPT in entry.flags
    if key not in (wanted.releases if stays else wanted.deletions):
        return Step(key)
    may_lose = key in wanted.expendable or (live is not None and live.allows_loss)
    if waits(seen.tries.get(key), removal_digest(may_lose=may_lose), now):
        return told_of(key, None, seen.tries.get(key), seen)
    if key.group in seen.discovery.partial:
        group = key.group or "core"
        words = f"the member does not say all that it serves of group {group}"
        return skip(key, "DependencyNotReady", words)
    if live is None:
        return _missing(key, seen, now)
    if stays:
        return Step(key, Deed.RELEASE)
    if live.is_terminating and key[:2] in seen.refused:
        return hidden(key, None, seen, now)
    if live.is_terminating:
        words, wake_at = losing.ending(live, now)
        told = Outcome(key, ActionKind.PRUNE, "", words)
        return Step(key, outcome=told, wake_at=wake_at, is_open=True)
    if _is_wanted_as_another(key, live, wanted, seen):
        return Step(key, Deed.FORGET)
    if reason := _protection(key, live, entry) or wanted.protected.get(key, ""):
        return Step(key, Deed.RELEASE, outcome=_kept(key, reason))
    if reason := losing.refusal(key, may_lose):
        return skip(key, "AwaitingApproval", reason)
    return Step(key, Deed.DELETE, may_lose=may_lose)


def _is_wanted_as_another(key: ResourceKey, live: Live, wanted: Wanted, seen: Observed) -> bool:
    """Whether this very object is wanted under the group that its kind moved to."""
    for group, kind in seen.discovery.kinds:
        other = key._replace(group=group)
        if kind == key.kind and group != key.group and other in wanted.manifests:
            entry = seen.entries.get(other)
            if entry is not None and entry.uid == live.uid:
                return True
    return False


def _missing(key: ResourceKey, seen: Observed, now: datetime) -> Step:
    """Unwanted and not among ours: gone already, unless somebody took our label off."""
    if key[:2] in seen.discovery.kinds and key[:2] not in seen.listed:
        return unlisted(key, None, seen, now)
    if key[:2] not in seen.discovery.kinds or key in seen.looked:
        return Step(key, Deed.FORGET)
    return Step(key, Deed.LOOK)


def _protection(key: ResourceKey, live: Live, entry: Entry) -> str:
    if key[:2] == losing.NAMESPACE and key.name in NEVER_DELETED:
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
