"""DOOR 3: what is done next on one member.

Comes in: what the member is to hold (`Wanted`), and what was observed of it. Goes out: for every
object a `Step`; `ready` says which of the deeds that are due may be done now. Pure: a member's task
asks again whenever something changed, for the objects concerned alone.

`step.py` is the rule for one object (`held.py` for one of ours that is there, `unwanted.py` for one
that should not be; `deed.py` and `told.py` are its answers), `ready.py` the order of many
(`barriers.py` what a set waits for and `patience.py` how long, `removal.py` the way back,
`order.py` the table of weights), `hooks.py` the rule for one hook and `course.py` which of them may
go when, `sets.py` whether the sets are well that come before this one,
`observed.py` what is known, `drift.py` what others changed, `conflict.py`, `failure.py`,
`webhooks.py` and `anew.py` what follows from a refusal, `inventory.py` what is recorded on the
member.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from gitopsd.core.plan.anew import Way, probe, ruled
from gitopsd.core.plan.barriers import Barriers, barriers
from gitopsd.core.plan.deed import CREATED_NAMESPACE, KEPT, PENDING, REMOVALS, Deed, Step, Wait
from gitopsd.core.plan.drift import applied_as
from gitopsd.core.plan.failure import failed
from gitopsd.core.plan.hooks import hook_step, leftover
from gitopsd.core.plan.inventory import PART_OF
from gitopsd.core.plan.observed import (
    AWAITING,
    Found,
    Live,
    Observed,
    Try,
    found_of,
    is_ours,
    key_of,
    live_of,
)
from gitopsd.core.plan.patience import late, late_at, waiting_since
from gitopsd.core.plan.ready import Ready, ready
from gitopsd.core.plan.retained import retained, retains
from gitopsd.core.plan.run import (
    DONE,
    DUE,
    FAILED,
    HOOK,
    Hook,
    entry_of_hook,
    hooks_of,
    under_templates,
)
from gitopsd.core.plan.scripts import failing, is_judged, judged, unjudged
from gitopsd.core.plan.step import foreign, step
from gitopsd.core.plan.told import backoff
from gitopsd.core.plan.webhooks import patient
from gitopsd.kube.body import Body, laid, with_labels
from gitopsd.model.decision import WHOLE, Manifest, Wanted
from gitopsd.model.delivery import Entry
from gitopsd.model.resource import ResourceKey

__all__ = [
    "AWAITING",
    "CREATED_NAMESPACE",
    "DONE",
    "DUE",
    "FAILED",
    "HOOK",
    "KEPT",
    "PART_OF",
    "PENDING",
    "REMOVALS",
    "Barriers",
    "Deed",
    "Found",
    "Hook",
    "Live",
    "Observed",
    "Ready",
    "Step",
    "Try",
    "Wait",
    "Way",
    "applied_as",
    "backoff",
    "barriers",
    "changed",
    "entry_of",
    "entry_of_hook",
    "failed",
    "failing",
    "foreign",
    "found_of",
    "hooks_of",
    "is_done",
    "is_judged",
    "is_ours",
    "judged",
    "key_of",
    "late",
    "late_at",
    "live_of",
    "marks",
    "needed_namespaces",
    "patient",
    "plan",
    "probe",
    "ready",
    "remarked",
    "retained",
    "retains",
    "ruled",
    "tracked",
    "under_templates",
    "unjudged",
    "waiting_since",
]


def plan(
    keys: Iterable[ResourceKey], wanted: Wanted, seen: Observed, now: datetime
) -> Mapping[ResourceKey, Step]:
    """The step of each of these objects."""
    return {key: _step(key, wanted, seen, now) for key in keys}


def _step(key: ResourceKey, wanted: Wanted, seen: Observed, now: datetime) -> Step:
    if (hook := seen.hooks.get(key)) is not None:
        return hook_step(hook, seen, now)
    entry = seen.entries.get(key)
    if entry is not None and HOOK in entry.flags and key not in wanted.manifests:
        return Step(key, leftover(entry, seen.live.get(key), wanted))
    return step(key, wanted, seen, now)


def changed(before: Wanted | None, now: Wanted, seen: Observed) -> set[ResourceKey]:
    """The objects whose step may be another one because something else is wanted."""
    if before is None:
        return {*now.manifests, *seen.entries, *seen.live}
    found = {
        key for key, manifest in now.manifests.items() if before.manifests.get(key) is not manifest
    }
    found.update(key for key in before.manifests if key not in now.manifests)
    found |= now.deletions ^ before.deletions
    found |= now.releases ^ before.releases
    found |= now.recreations ^ before.recreations
    found |= now.guarded.keys() ^ before.guarded.keys()
    if now.reasons != before.reasons:
        found |= {key for key, word in now.guarded.items() if word in WHOLE}
    found |= before.kept.keys() - now.kept.keys()
    found |= {key for key, why in now.kept.items() if before.kept.get(key) != why}
    found |= now.expendable ^ before.expendable
    found |= now.protected.keys() ^ before.protected.keys()
    return found


def is_done(entries: Mapping[ResourceKey, Entry]) -> bool:
    """Whether nothing recorded is left to be deleted or released: a member may be let go."""
    return all(CREATED_NAMESPACE in each.flags for each in entries.values())


def needed_namespaces(wanted: Wanted) -> frozenset[str]:
    """Namespaces that something wanted lives in and that are not wanted themselves."""
    spaces = {
        key.namespace
        for key, manifest in wanted.manifests.items()
        if key.namespace and manifest.claims.is_written
    } | {key.namespace for key in wanted.hooks if key.namespace}
    return frozenset(
        name for name in spaces if ResourceKey("", "Namespace", "", name) not in wanted.manifests
    )


def tracked(manifest: Manifest, set_id: str, uid: str = "") -> Body:
    """The body to apply: with our label, and the uid of the very object that is meant."""
    body: Body = with_labels(manifest.body, {PART_OF: set_id})
    return laid(body, uid, "metadata", "uid") if uid else body


def marks(step: Step, before: Entry | None) -> tuple[str, ...]:
    """Flags of what is recorded of an apply, besides those of its manifest.

    A namespace that was there before us is never ours to delete, however long we have applied it.
    """
    is_theirs = step.deed is Deed.ADOPT or (before is not None and KEPT in before.flags)
    return (KEPT,) if is_theirs and step.key[:2] == ("", "Namespace") else ()


def entry_of(manifest: Manifest, uid: str = "", *flags: str) -> Entry:
    """What is recorded of a manifest; a preserved one is recorded as kept."""
    kept = (KEPT,) if manifest.preserve else ()
    return Entry(
        key=manifest.key,
        version=manifest.version,
        uid=uid,
        hash=manifest.hash,
        wave=manifest.wave,
        path=manifest.origin.path,
        document=manifest.origin.document,
        share=manifest.share,
        flags=tuple(sorted({*flags, *kept})),
    )


def remarked(wanted: Wanted, entries: Mapping[ResourceKey, Entry]) -> Iterator[Entry]:
    """Records that say of an applied object that it is preserved and it is not, or the other way.

    A policy that changes its mind changes no object, and its word of today counts when it is gone.
    A namespace that is not ours to delete stays so.
    """
    for key, manifest in wanted.manifests.items():
        entry = entries.get(key)
        if entry is None or not (entry.hash and manifest.claims.is_written):
            continue
        is_kept = KEPT in entry.flags
        if is_kept is manifest.preserve or (is_kept and key[:2] == ("", "Namespace")):
            continue
        yield msgspec.structs.replace(entry, flags=tuple(sorted({*entry.flags} ^ {KEPT})))
