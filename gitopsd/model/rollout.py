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
    CONTINUE = "continue"


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


class RolloutSpec(Wire, frozen=True):
    stages: tuple[RolloutStage, ...] = ()
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a stage goes: how long a cluster must be well, and how long it may take to be."""

    soak: timedelta
    deadline: timedelta


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


class Rolling(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a change is. `intent` names what the commit asks for; `touched` are the objects that
    it changed anywhere when it came, the only ones that stages hold.

    `opened` are the clusters that may have it, `approved` the hashes of stages that a person
    opened. `is_over`: every cluster has it, and nothing is held.
    """

    intent: str = ""
    touched: frozenset[ResourceKey] = frozenset()
    opened: Mapping[str, Opened] = {}
    approved: frozenset[str] = frozenset()
    is_over: bool = False
    stages: tuple[StageLine, ...] = ()


# The very same value wherever nothing is staged, so that nothing is written of it.
NO_ROLLING = Rolling()
