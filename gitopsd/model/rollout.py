"""In which order clusters get a change, and how far one is.

A Rollout of the repository, or labels of Clusters, make the stages; what one turn leaves to the
next stands in the status branch. Losing that begins the rollout anew, where nothing is left to do
at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from gitopsd.model.policy import ClusterAffinity, Wire
from gitopsd.model.resource import Origin, ResourceKey


class OnFailure(StrEnum):
    """What more failures than allowed do to the clusters that are not open yet."""

    PAUSE = "pause"
    ROLLBACK = "rollback"
    CONTINUE = "continue"


class RolloutWindow(Wire, frozen=True):
    """When clusters of a stage may be opened, as it is written: in UTC, on these days or all.

    One that ends no later than it begins ends on the next day.
    """

    days: tuple[str, ...] = ()
    start: str = "00:00"
    end: str = "24:00"


class RolloutStage(Wire, frozen=True):
    """A stage as it is written; amounts are clusters or a percentage of those of the stage."""

    name: str
    clusters: ClusterAffinity | None = None
    max_concurrency: int | str = "100%"
    max_unavailable: int | str = "10%"
    max_failures: int | str = 0
    min_success_time: str = "1m"
    progress_deadline: str = "10m"
    on_failure: OnFailure = OnFailure.PAUSE
    approval: bool = False
    windows: tuple[RolloutWindow, ...] = ()


class RolloutSpec(Wire, frozen=True):
    stages: tuple[RolloutStage, ...] = ()
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """From `begins` to `ends` after midnight UTC of these days of the week, Monday 0."""

    days: frozenset[int]
    begins: timedelta
    ends: timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a stage goes: how long a cluster must be well, and how long it may take to be.

    Clusters open only in one of `windows`, at any time where there is none.
    """

    soak: timedelta
    deadline: timedelta
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Rollout:
    """The stages of a repository in their order, with the `paces` of each by name."""

    name: str
    spec: RolloutSpec
    paces: Mapping[str, Pace]
    origin: Origin


class Opened(msgspec.Struct, frozen=True, omit_defaults=True):
    """A cluster that may have the change: since when, and since when it is well with it.

    `passed`: it was well for long enough once.
    """

    since: datetime
    well_since: datetime | None = None
    passed: bool = False


class StageState(StrEnum):
    """How a stage stands."""

    DONE = "Done"
    OPEN = "Open"
    WAITING = "Waiting"
    AWAITING_APPROVAL = "AwaitingApproval"
    PAUSED = "Paused"
    GOING_BACK = "GoingBack"


class StageLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One stage for people: how many of its clusters have passed, and what it waits for.

    `approve` is the hash that opens it, where one is asked for.
    """

    name: str
    state: StageState
    clusters: int
    passed: int
    message: str = ""
    approve: str = ""


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One stage of a plan: the clusters that get the change in it, and when.

    `after` names the stage that must be done before, `at_a_time` is how many clusters may be on
    their way, `well_for_s` how long each must be well, `windows` when it may open. `hashed` is what
    a person opens it by, `asks` says that one must; `paused` is why nobody gets the change.
    """

    name: str
    clusters: tuple[str, ...]
    at_a_time: int
    well_for_s: int
    hashed: str
    asks: bool = False
    after: str = ""
    windows: str = ""
    paused: str = ""


class Sound(msgspec.Struct, frozen=True):
    """A commit that a stage went through, and what it asked for."""

    commit: str
    intent: str


class Rolling(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a change is. `intent` names what the commit asks for; `touched` are the objects that
    it changed anywhere when it came, the only ones that stages hold.

    `opened` are the clusters that may have it, `approved` the hashes of stages that a person
    opened. `is_over`: every cluster has it, and nothing is held. `commit` is the newest one that
    asks for it, `sound` by stage the last one that the stage went through before this change.
    """

    intent: str = ""
    touched: frozenset[ResourceKey] = frozenset()
    opened: Mapping[str, Opened] = {}
    approved: frozenset[str] = frozenset()
    is_over: bool = False
    stages: tuple[StageLine, ...] = ()
    commit: str = ""
    sound: Mapping[str, Sound] = {}


# The very same value wherever nothing is staged, so that nothing is written of it.
NO_ROLLING = Rolling()
