"""What a refused request means for its object: the words that are told, and when to try again.

Comes in: an exception of the edge and how often it failed in a row. Goes out: a `Try`. What only a
new commit can mend is tried again every ten minutes, everything else sooner: a right that is
lacking is granted without one.
"""

import re
from datetime import datetime, timedelta

from gitopsd.core.plan.observed import Try
from gitopsd.core.plan.spread import around, shorter
from gitopsd.core.plan.told import PERMANENT_S, backoff
from gitopsd.model.delivery import ActionKind
from gitopsd.model.errors import (
    AlreadyThere,
    ClusterError,
    Conflict,
    FieldConflict,
    Forbidden,
    HoldsOthers,
    Immutable,
    NotThere,
    ObjectError,
    Rejected,
    TooLarge,
)

_RACES, _FASTER = 5, 4
_SLOWLY = timedelta(minutes=1)
# What an API server says where a webhook cannot be called; a denial has other words.
_CALLING = re.compile(r'failed calling webhook "([^"]+)"')
_LAG = timedelta(seconds=10)


def failed(error: ClusterError, digest: str, before: Try | None, now: datetime) -> Try:
    """The attempt with this manifest hash as it ended; `before` is the one before it.

    A path that is not served is asked for again for ten seconds: the servers of one API learn of a
    new kind one after the other.
    """
    failures, since = 1, now
    if before and before.hash == digest and before.is_failed:
        failures, since = before.failures + 1, before.since or now
    action, reason = _named(error)
    races = _RACES if isinstance(error, (Conflict, AlreadyThere, NotThere)) else 0
    is_race = failures <= races
    is_lag = isinstance(error, NotThere) and error.status == 404 and now - since < _LAG
    about = f"{error.subject} {failures}"
    if is_race or is_lag:
        wait = timedelta(seconds=0.05 * 2 ** min(failures, _FASTER))
    elif reason in ("Invalid", "Immutable", "TooLarge", "AwaitingApproval"):
        wait = around(timedelta(seconds=PERMANENT_S), about)
    elif reason == "QuotaExceeded":
        wait = shorter(max(backoff(failures), _SLOWLY), about)
    else:
        wait = shorter(backoff(failures - races), about)
    webhook = _CALLING.search(error.reason)
    name = webhook[1] if webhook else ""
    return Try(digest, action, reason, error.reason, failures, now + wait, now, since, name)


def _named(error: ClusterError) -> tuple[ActionKind, str]:
    words = error.reason
    if isinstance(error, HoldsOthers):
        return ActionKind.SKIP, "AwaitingApproval"
    if isinstance(error, Forbidden):
        if any(cause.get("reason") == "NamespaceTerminating" for cause in error.causes):
            return ActionKind.SKIP, "NamespaceTerminating"
        if "exceeded quota" in words:
            return ActionKind.FAIL, "QuotaExceeded"
        return ActionKind.FAIL, "Forbidden"
    if isinstance(error, Rejected):
        return ActionKind.FAIL, "Immutable" if isinstance(error, Immutable) else "Invalid"
    if isinstance(error, TooLarge):
        return ActionKind.FAIL, "TooLarge"
    if isinstance(error, NotThere):
        return ActionKind.FAIL, "UnknownKind"
    if isinstance(error, ObjectError) and "denied the request" in words:
        return ActionKind.FAIL, "WebhookDenied"
    if isinstance(error, FieldConflict):
        return ActionKind.FAIL, "FieldConflict"
    if isinstance(error, Conflict):
        return ActionKind.FAIL, "Conflict"
    return ActionKind.FAIL, "Internal"
