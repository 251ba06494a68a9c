"""What runs once at a moment of a sync instead of being kept: hooks, as their annotations say.

Comes in: bodies. Goes out: the moment, when the object is deleted again, how long it may take, and
the name of one run. Stands alone because files are checked, sets split, plans told and members
served by it.
"""

import re
from datetime import timedelta
from enum import StrEnum

from gitopsd.kube.body import Body, dig, laid, without

HOOK, POLICY, TIMEOUT = (
    "gitopsd.io/hook",
    "gitopsd.io/hook-delete-policy",
    "gitopsd.io/hook-timeout",
)

_LONGEST = timedelta(minutes=10)
_TIME = re.compile(r"([1-9][0-9]{0,5})(s|m|h)$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


class Phase(StrEnum):
    """The moments of a sync, in their order; the last three come only where there is reason."""

    PRE_SYNC = "pre-sync"
    SYNC = "sync"
    POST_SYNC = "post-sync"
    SYNC_FAIL = "sync-fail"
    PRE_DELETE = "pre-delete"
    POST_DELETE = "post-delete"


class Policy(StrEnum):
    """When the object of a run is deleted: before the next one, or when it ended."""

    BEFORE_CREATION = "before-creation"
    ON_SUCCESS = "on-success"
    ON_FAILURE = "on-failure"


def phase_of(body: Body) -> Phase | None:
    """When it runs; None where it is kept like any object. Raises ValueError for another word."""
    said = dig(body, "metadata", "annotations", HOOK)
    return Phase(said) if said is not None else None


def policies_of(body: Body) -> frozenset[Policy]:
    """When its object is deleted; before the next run where it does not say."""
    said = dig(body, "metadata", "annotations", POLICY)
    return policies(said) if isinstance(said, str) else frozenset({Policy.BEFORE_CREATION})


def policies(text: str) -> frozenset[Policy]:
    """The words of such an annotation; raises ValueError for others."""
    return frozenset(Policy(each) for each in filter(None, map(str.strip, text.split(","))))


def timeout_of(body: Body) -> timedelta:
    """How long a run may take, ten minutes by default."""
    said = dig(body, "metadata", "annotations", TIMEOUT)
    return timeout(said) if isinstance(said, str) else _LONGEST


def timeout(text: str) -> timedelta:
    """A time such as `90s`, `10m` or `1h`; raises ValueError for another form."""
    found = _TIME.match(text)
    if found is None:
        raise ValueError(text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def with_prefix_as_name(body: Body) -> Body:
    """A hook with the prefix of its names as its name; any other body as it is."""
    prefix = dig(body, "metadata", "generateName")
    is_hook = dig(body, "metadata", "annotations", HOOK) is not None
    if not (is_hook and isinstance(prefix, str) and prefix) or "name" in body["metadata"]:
        return body
    return laid(body, prefix, "metadata", "name")


def is_generated(body: Body) -> bool:
    """Whether every run has a name of its own, that begins with the name given here."""
    return bool(dig(body, "metadata", "generateName"))


def name_of_run(body: Body, run: str) -> str:
    """The name of the object of one run; `run` is a hash."""
    name: str = body["metadata"]["name"]
    return f"{name}{run[:7]}-{phase_of(body)}" if is_generated(body) else name


def of_run(body: Body, run: str) -> Body:
    """The object of one run."""
    named = laid(body, name_of_run(body, run), "metadata", "name")
    return without(named, "metadata", "generateName")
