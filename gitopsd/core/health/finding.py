"""What a rule of health is asked and what it answers.

Comes in: nothing; these are the values that the rules share. `Case` is one object at one time,
`Finding` the answer with its reasons. Stands alone because every rule speaks these words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from gitopsd.core.kinds.kind import integer, text
from gitopsd.core.kinds.statuses import moment
from gitopsd.kube.body import Body, dig
from gitopsd.model.delivery import Health

Condition: TypeAlias = Mapping[str, Any]

PATIENCE = timedelta(seconds=60)

_REPLICAS = ("spec", "replicas")


@dataclass(frozen=True, slots=True)
class Finding:
    """How an object does, and why.

    `message` says what is waited for or what is wrong, `note` what to know of one that is Current.
    `wake_at` is when time alone would change the answer. `runs`: it is as it should be by kstatus,
    but whoever waits for it waits for its end.
    """

    health: Health
    message: str = ""
    note: str = ""
    wake_at: datetime | None = None
    runs: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What the body of an object cannot tell, as far as the caller knows it of a member.

    `late_classes` are StorageClasses that bind with the first consumer, `publishing_classes`
    IngressClasses that put addresses into the status of some Ingress, `without_status` are kinds,
    by group and name, whose schema has no status.
    """

    late_classes: frozenset[str] = frozenset()
    publishing_classes: frozenset[str] = frozenset()
    without_status: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """One object, its status and conditions, when it was first seen not Current, and now."""

    group: str
    kind: str
    body: Body
    status: Mapping[str, Any]
    conditions: tuple[Condition, ...]
    since: datetime | None
    now: datetime
    around: Around

    def condition(self, type_: str) -> Condition | None:
        """The first condition of this type."""
        for each in self.conditions:
            if each.get("type") == type_:
                return each
        return None

    def count(self, name: str) -> int:
        """A counter of the status, 0 where it is missing."""
        return integer(self.status, name)

    def replicas(self) -> int:
        """`spec.replicas`, 1 where it is missing."""
        return integer(self.body, *_REPLICAS) if dig(self.body, *_REPLICAS) is not None else 1


Rule: TypeAlias = Callable[[Case], Finding]


def current(message: str = "", note: str = "") -> Finding:
    """All is as it should be."""
    return Finding(Health.CURRENT, message, note)


def in_progress(message: str) -> Finding:
    """It may still become what it should be."""
    return Finding(Health.IN_PROGRESS, message)


def failed(message: str) -> Finding:
    """It will not become what it should be by itself."""
    return Finding(Health.FAILED, message)


def failed_after(case: Case, wait: timedelta, start: datetime | None, message: str) -> Finding:
    """Failed once this lasts so long, InProgress until then; a start in the future is now."""
    due = (min(start, case.now) if start else case.now) + wait
    if case.now >= due:
        return failed(message)
    return Finding(Health.IN_PROGRESS, message, wake_at=due)


def started(case: Case, condition: Condition) -> datetime | None:
    """Since when a condition holds it up: its own time, but not before `since`."""
    changed = time_of(condition.get("lastTransitionTime"))
    if case.since is None or changed is None:
        return case.since
    return max(case.since, changed)


def time_of(written: Any) -> datetime | None:
    """The time that RFC 3339 says, None for none; raises Misread for anything else."""
    found = moment(written)
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def is_true(condition: Condition | None) -> bool:
    """Whether the condition is there and True."""
    return condition is not None and condition.get("status") == "True"


def is_false(condition: Condition | None) -> bool:
    """Whether the condition is there and False."""
    return condition is not None and condition.get("status") == "False"


def words(condition: Condition | None, otherwise: str) -> str:
    """What a condition says: its message, else its reason, else these words."""
    said = condition or {}
    return text(said, "message") or text(said, "reason") or otherwise
