"""What is true of objects of any kind: generations, deletion, conditions that many kinds share.

Comes in: a Case. Goes out: a Finding, None where the kind's own rule is to be asked. kstatus'
rules (kubernetes-sigs/cli-utils pkg/kstatus/status/generic.go); patience with new custom resources
is our own.
"""

from datetime import timedelta
from typing import Any

from gitopsd.core.health.finding import (
    Case,
    Condition,
    Finding,
    current,
    failed,
    in_progress,
    is_true,
    time_of,
    words,
)
from gitopsd.core.kinds.kind import Misread, generation
from gitopsd.kube.body import Body, dig
from gitopsd.model.delivery import Health

_FIRST_STATUS = timedelta(seconds=30)


def terminating(body: Body) -> Finding | None:
    """That it is being deleted, and which finalizers it waits for; None for any other object."""
    if dig(body, "metadata", "deletionTimestamp") is None:
        return None
    finalizers = dig(body, "metadata", "finalizers", default=())
    known = finalizers if isinstance(finalizers, (list, tuple)) else ()
    named = ", ".join(str(each) for each in known)
    return Finding(Health.TERMINATING, f"waits for finalizers: {named}" if named else "")


def unobserved(case: Case) -> Finding | None:
    """That its controller has not seen the last change, or says that it works or is stuck."""
    observed = case.status.get("observedGeneration")
    wanted = dig(case.body, "metadata", "generation")
    if observed is not None and wanted is not None and _number(observed) != generation(case.body):
        return in_progress(f"generation {wanted} is not observed yet, only {observed}")
    for each in case.conditions:
        if each.get("type") == "Reconciling" and is_true(each):
            return in_progress(words(each, "reconciling"))
        if each.get("type") == "Stalled" and is_true(each):
            return failed(words(each, "stalled"))
    return None


def by_ready(case: Case) -> Finding:
    """What the condition Ready says; Current for an object without one."""
    ready = case.condition("Ready")
    if ready is not None and ready.get("status") in ("False", "Unknown"):
        return in_progress(words(ready, "not ready"))
    return current(_message(ready))


def custom(case: Case) -> Finding:
    """As `by_ready`, but for its first 30 s a custom resource may still get a status."""
    if case.status or (case.group, case.kind) in case.around.without_status:
        return by_ready(case)
    created = time_of(dig(case.body, "metadata", "creationTimestamp"))
    if created is None:
        return current()
    due = min(created, case.now) + _FIRST_STATUS
    if case.now >= due:
        return current()
    return Finding(Health.IN_PROGRESS, "has no status yet", wake_at=due)


def _message(ready: Condition | None) -> str:
    return words(ready, "") if ready is not None else ""


def _number(observed: Any) -> int:
    """An observed generation; some controllers write it as a string of digits."""
    if isinstance(observed, str) and observed.isascii() and observed.isdigit():
        return int(observed[:20])
    if isinstance(observed, bool) or not isinstance(observed, int):
        raise Misread(f"status.observedGeneration is {observed!r}; right would be a whole number")
    return observed
