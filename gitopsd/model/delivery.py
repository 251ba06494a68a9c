"""What a member holds, what is done about it, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from gitopsd.model.cluster import Facts
from gitopsd.model.resource import ResourceKey

# What a field of replicas can say.
_MOST_REPLICAS = 2**31 - 1


# What a deletion does with the dependents of an object; the first is what nobody has to choose.
PROPAGATION = "gitopsd.io/propagation"
PROPAGATIONS = ("Foreground", "Background", "Orphan")

# Marks roles that were printed for the daemon itself: in a namespace that is deleted they are
# nobody else's.
RIGHTS = "gitopsd.io/rights"


class ActionKind(StrEnum):
    """What is done, or would be done, to one object."""

    CREATE = "Create"
    CONFIGURE = "Configure"
    UNCHANGED = "Unchanged"
    RECREATE = "Recreate"
    PRUNE = "Prune"
    SKIP = "Skip"
    FAIL = "Fail"


class Health(StrEnum):
    """kstatus' words, best first."""

    CURRENT = "Current"
    NOT_FOUND = "NotFound"
    IN_PROGRESS = "InProgress"
    TERMINATING = "Terminating"
    UNKNOWN = "Unknown"
    FAILED = "Failed"


class Entry(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """One object in a member's inventory: what was last applied there, and from where.

    `path` and `document` are its origin in the repository, `share` the replicas this member was
    given (None: not divided), `flags` any of `createdNamespace`, `hook`, `kept`, `pending`
    (recorded before the first apply, which may not have happened), `immutable:` with the hash of a
    manifest that the member refused because a field cannot be changed. `warnings` are what the
    member said of it when it was applied.
    """

    key: ResourceKey
    version: str
    uid: str = ""
    hash: str = ""
    wave: int = 0
    path: str = ""
    document: int = 0
    share: Annotated[int, msgspec.Meta(ge=0, le=_MOST_REPLICAS)] | None = None
    flags: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of one object on one member.

    `reason` and `message` explain a Skip or Fail. `status` is the live object's raw `.status`
    where its kind has one that is collected. `hash` is that of the manifest last applied.
    `collected` is what a script of the repository makes of the object, instead of a status.
    """

    key: ResourceKey
    action: ActionKind
    reason: str = ""
    message: str = ""
    health: Health = Health.UNKNOWN
    note: str = ""
    hash: str = ""
    status: Mapping[str, Any] | None = None
    generation: int = 0
    collected: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """How one member stands: the last word of its task.

    `reason` and `message` say why it is not `reachable`. `inventory` is None until it was read
    once: then nothing may be deleted. `source` is the repository that the inventory names, empty
    for none. `is_finished`: every action of `commit` is done or has failed for now. `wake_at`: when
    time alone changes something here.
    """

    cluster: str
    reachable: bool
    reason: str = ""
    message: str = ""
    facts: Facts | None = None
    commit: str = ""
    inventory: Mapping[ResourceKey, Entry] | None = None
    source: str = ""
    outcomes: Mapping[ResourceKey, Outcome] = field(default_factory=dict)
    is_finished: bool = False
    wake_at: datetime | None = None
