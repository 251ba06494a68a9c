"""What is next for one hook: an object that is made once for every set, and watched to its end.

Comes in: the hooks of a set, and what was observed. Goes out: a `Step`. The inventory says which
run an entry is of and how that ended, so that a new process repeats none; the object says by an
annotation which run it is of. Which hook may go when, is the business of `course.py`.
"""

from dataclasses import replace
from datetime import datetime

from msgspec import structs

from gitopsd.core.health import is_finished
from gitopsd.core.hooks import Policy, policies_of, timeout_of
from gitopsd.core.plan.deed import Deed, Step
from gitopsd.core.plan.observed import Live, Observed
from gitopsd.core.plan.run import DONE, FAILED, GENERATED, HOOK, Hook
from gitopsd.core.plan.told import told_of, waits
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import ActionKind, Entry, Health, Outcome
from gitopsd.model.resource import ResourceKey


def end_of(hook: Hook, seen: Observed) -> str:
    """DONE, FAILED, or empty while the run has not ended; one that cannot be made has failed."""
    if hook.manifest.suspended:
        return DONE
    entry, tried = seen.entries.get(hook.key), seen.tries.get(hook.key)
    if entry is not None and entry.hash == hook.manifest.hash:
        for end in (DONE, FAILED):
            if end in entry.flags:
                return end
    is_refused = tried is not None and tried.action is ActionKind.FAIL
    if tried is not None and is_refused and tried.hash == hook.manifest.hash:
        return FAILED
    return ""


def hook_step(hook: Hook, seen: Observed, now: datetime) -> Step:
    """What is next for this run."""
    live = seen.live.get(hook.key)
    if hook.manifest.suspended:
        return _told(hook, ActionKind.SKIP, "Suspended", "its policy suspends dispatching here")
    return _with_status(_next(hook, seen, now), hook, live)


def _with_status(step: Step, hook: Hook, live: Live | None) -> Step:
    """The step, and told with it what the object of this very run says of itself."""
    if step.outcome is None or live is None or live.run != hook.run:
        return step
    return replace(step, outcome=structs.replace(step.outcome, status=live.status))


def _next(hook: Hook, seen: Observed, now: datetime) -> Step:
    key, manifest = hook.key, hook.manifest
    live, entry, tried = seen.live.get(key), seen.entries.get(key), seen.tries.get(key)
    is_run = entry is not None and entry.hash == manifest.hash
    if entry is not None and is_run and (DONE in entry.flags or FAILED in entry.flags):
        return _ended(hook, live, entry)
    if waits(tried, manifest.hash, now):
        return told_of(key, manifest, tried, seen)
    if live is not None:
        return _there(hook, live, entry, now)
    if key[:2] in seen.discovery.kinds and key[:2] not in seen.listed:
        return Step(key, manifest=manifest, is_open=True)
    if entry is not None and is_run and entry.uid:
        return _end(hook, "it was deleted before it ended")
    return Step(key, Deed.RUN, manifest)


def _there(hook: Hook, live: Live, entry: Entry | None, now: datetime) -> Step:
    """A run that goes on, or what an earlier one left."""
    if live.is_terminating:
        words = "the object of an earlier run is being deleted"
        found = _told(hook, ActionKind.SKIP, "DependencyNotReady", words)
        return replace(found, is_open=True)
    if live.run == hook.run:
        return _running(hook, live, now)
    is_recorded = entry is not None and HOOK in entry.flags and entry.uid in ("", live.uid)
    # Where nothing is recorded by this name, our label and the annotation tell.
    if not is_recorded and (entry is not None or not live.run):
        words = "an object of this name is there that is no hook's; give the hook another name"
        return _told(hook, ActionKind.FAIL, "HookFailed", words)
    if Policy.BEFORE_CREATION not in policies_of(hook.template.body):
        words = "an earlier run left its object, which its delete policy does not let us delete"
        return _told(hook, ActionKind.FAIL, "HookFailed", words)
    return Step(hook.key, Deed.SWEEP, hook.manifest)


def _running(hook: Hook, live: Live, now: datetime) -> Step:
    finding = live.finding
    if finding.health is Health.FAILED:
        return _end(hook, finding.message or "it failed")
    if _is_over(hook.key, live):
        return _end(hook, "")
    ends = (live.created or now) + timeout_of(hook.template.body)
    if ends <= now:
        return _end(hook, "it did not end in time")
    words = finding.message or finding.note or "it runs"
    outcome = _outcome(hook, ActionKind.SKIP, "DependencyNotReady", f"the hook runs: {words}")
    return Step(hook.key, None, hook.manifest, outcome, ends, is_open=True)


def _is_over(key: ResourceKey, live: Live) -> bool:
    """Whether nothing more is to come: a Job or Pod must have ended, any other be Current."""
    if key[:2] == ("batch", "Job"):
        return is_finished({"apiVersion": "batch/v1", "kind": "Job", "status": live.status or {}})
    if key[:2] == ("", "Pod"):
        return (live.status or {}).get("phase") == "Succeeded"
    return live.finding.health is Health.CURRENT


def _end(hook: Hook, failure: str) -> Step:
    """The deed that records how it ended."""
    outcome = _outcome(hook, ActionKind.CREATE, "", "", Health.CURRENT)
    if failure:
        outcome = _outcome(hook, ActionKind.FAIL, "HookFailed", failure, Health.FAILED)
    return Step(hook.key, Deed.END, hook.manifest, outcome)


def _ended(hook: Hook, live: Live | None, entry: Entry) -> Step:
    """A run that is over; its object is deleted where its policy says so."""
    is_failed = FAILED in entry.flags
    outcome = _outcome(hook, ActionKind.UNCHANGED, "", "it has run", Health.CURRENT)
    if is_failed:
        said = live.finding.message if live is not None and live.run == hook.run else ""
        words = said or "it failed, and runs again with the next change"
        outcome = _outcome(hook, ActionKind.FAIL, "HookFailed", words, Health.FAILED)
    asked = Policy.ON_FAILURE if is_failed else Policy.ON_SUCCESS
    is_left = live is not None and live.run == hook.run and not live.is_terminating
    is_swept = is_left and asked in policies_of(hook.template.body)
    return Step(hook.key, Deed.SWEEP if is_swept else None, hook.manifest, outcome)


def leftover(entry: Entry, live: Live | None, wanted: Wanted) -> Deed | None:
    """What is due for an entry of a run that is none any more."""
    if entry.key in wanted.kept:
        return None
    if GENERATED in entry.flags and live is not None and live.uid == entry.uid:
        return None if live.is_terminating else Deed.SWEEP
    return Deed.FORGET


def _told(hook: Hook, action: ActionKind, reason: str, message: str) -> Step:
    outcome = _outcome(hook, action, reason, message)
    return Step(hook.key, manifest=hook.manifest, outcome=outcome)


def _outcome(
    hook: Hook, action: ActionKind, reason: str, message: str, health: Health = Health.UNKNOWN
) -> Outcome:
    is_applied = action in (ActionKind.CREATE, ActionKind.UNCHANGED)
    digest = hook.template.hash if is_applied else ""
    return Outcome(hook.key, action, reason, message, health, hash=digest)
