"""THE WORDS OF A PLAN: the deed that is due for one object, and what is told of it meanwhile.

In these `step.py`, `held.py`, `unwanted.py` and `hooks.py` give their answers, and whoever says
who waits for whom.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gitopsd.core.plan.owners import Owned
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import Outcome
from gitopsd.model.resource import ResourceKey

CREATED_NAMESPACE, KEPT, PENDING = "createdNamespace", "kept", "pending"


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


@dataclass(frozen=True, slots=True)
class Wait:
    """Why an object waits; `is_stuck` where what it waits for has failed, or will not come."""

    reason: str
    message: str
    is_stuck: bool = False


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


def removal_digest(*, may_lose: bool) -> str:
    """What stands for a manifest where there is none: a word that data may be lost is news."""
    return "may lose" if may_lose else ""
