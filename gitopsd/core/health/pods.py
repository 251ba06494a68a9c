"""Whether a Pod runs and a Job has come to its end.

Comes in: a Case. Goes out: a Finding. kstatus' rules (kubernetes-sigs/cli-utils
pkg/kstatus/status/core.go) but: a Pod that failed is Failed unless a Job owns it, init containers
count too, and images that cannot be had end the wait.
"""

from datetime import timedelta

from gitopsd.core.health.finding import (
    PATIENCE,
    Case,
    Finding,
    current,
    failed,
    failed_after,
    in_progress,
    is_false,
    is_true,
    time_of,
    words,
)
from gitopsd.core.kinds.kind import mappings, text
from gitopsd.kube.body import Body, dig
from gitopsd.model.delivery import Health

_SCHEDULING = timedelta(seconds=15)
_STUCK = frozenset(
    {
        "ImagePullBackOff",
        "ErrImagePull",
        "InvalidImageName",
        "CreateContainerConfigError",
        "CreateContainerError",
    }
)


def pod(case: Case) -> Finding:
    """Current once it is ready or has done its work."""
    phase = text(case.status, "phase")
    if phase == "Succeeded":
        return current("succeeded")
    if phase == "Failed":
        said = words(case.status, "failed")
        return current(said) if _is_of_a_job(case.body) else failed(said)
    if phase == "Running":
        ready = case.condition("Ready")
        return current("ready") if is_true(ready) else _waiting(case, words(ready, "not ready"))
    if phase == "Pending":
        return _pending(case)
    if not phase:
        return in_progress("has no phase")
    return Finding(Health.UNKNOWN, f"phase {phase!r} is not known")


def _pending(case: Case) -> Finding:
    scheduled = case.condition("PodScheduled")
    if scheduled is not None and is_false(scheduled) and scheduled.get("reason") == "Unschedulable":
        created = time_of(dig(case.body, "metadata", "creationTimestamp")) or case.since
        return failed_after(case, _SCHEDULING, created, words(scheduled, "unschedulable"))
    return _waiting(case, "pending")


def _waiting(case: Case, otherwise: str) -> Finding:
    """What its containers wait for, those that crash first."""
    stuck = ""
    for field in ("initContainerStatuses", "containerStatuses"):
        for container in mappings(case.status, field):
            reason = text(container, "state", "waiting", "reason")
            if reason == "CrashLoopBackOff":
                return failed(_said(container, reason))
            if reason in _STUCK and not stuck:
                stuck = _said(container, reason)
    return failed_after(case, PATIENCE, case.since, stuck) if stuck else in_progress(otherwise)


def _said(container: Body, reason: str) -> str:
    said = text(container, "state", "waiting", "message")
    return f"container {text(container, 'name')}: {reason}" + (f": {said}" if said else "")


def _is_of_a_job(body: Body) -> bool:
    return any(
        each.get("kind") == "Job" and text(each, "apiVersion").startswith("batch/")
        for each in mappings(body, "metadata", "ownerReferences")
    )


def job(case: Case) -> Finding:
    """Current once it runs, is complete or is suspended; one that runs says so besides."""
    is_suspended = dig(case.body, "spec", "suspend") is True
    for each in case.conditions:
        type_ = each.get("type")
        if not is_true(each):
            continue
        if type_ == "Complete":
            return current(words(each, "complete"))
        if type_ == "Failed":
            return failed(words(each, "failed"))
        if type_ == "Suspended" and is_suspended:
            return current(note="suspended")
    if not text(case.status, "startTime"):
        return in_progress("not started")
    done, running = case.count("succeeded"), case.count("active")
    note = f"running: {running} active, {done} succeeded"
    return Finding(Health.CURRENT, note=note, runs=True)
