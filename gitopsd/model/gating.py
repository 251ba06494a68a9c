"""What decides how much may be deleted at once, and what one gate leaves to the next.

Comes in: nothing; the commit's configuration and the gate fill it. It stands in the status branch;
losing it asks people again and waits anew, no more.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from gitopsd.model.resource import ResourceKey
from gitopsd.model.rollout import NO_ROLLING, Rolling


class Guards(msgspec.Struct, frozen=True, rename="camel"):
    """Thresholds of the mass-change guards; percent of a set, and a least number of objects."""

    max_deleted_percent: int = 20
    max_deleted_objects: int = 5


class Round(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who deletes first, with what, and since when that is done.

    `asked` are all deletions that were due when `cluster` was chosen; they name the round.
    `healthy` is how many wanted objects were Current there then. `quiet_since` None: not done yet.
    `lost_since` is when it stopped to answer.
    """

    cluster: str = ""
    asked: frozenset[ResourceKey] = frozenset()
    healthy: int = 0
    quiet_since: datetime | None = None
    lost_since: datetime | None = None
    passed: bool = False


class Wait(msgspec.Struct, frozen=True, omit_defaults=True):
    """A deletion that waits for copies elsewhere: those `on` clusters that got them just now.

    `since` None: a guard holds it still.
    """

    on: tuple[str, ...] = ()
    since: datetime | None = None


class Gating(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one gate leaves to the next.

    Deletions are `cluster/object id`. `approved` were allowed by a trailer and are not done yet,
    `rewritten` came with a rewritten history and are not done yet, `moving` wait for their copies
    elsewhere. `guards` are the thresholds that `commit` sets, `former` those of the
    commit before it. `rolling` is how far a change is through the stages.
    """

    commit: str = ""
    guards: Guards = Guards()
    former: Guards = Guards()
    approved: frozenset[str] = frozenset()
    rewritten: frozenset[str] = frozenset()
    moving: Mapping[str, Wait] = {}
    round: Round = Round()
    rolling: Rolling = NO_ROLLING


class Approval(msgspec.Struct, frozen=True, omit_defaults=True):
    """Deletions that a person allowed: object ids as `cluster/group/kind/namespace/name`.

    `by` is who did, where the repository does not say it.
    """

    name: str
    covers: frozenset[str] = frozenset()
    expires: datetime | None = None
    by: str = ""

    def is_expired(self, now: datetime) -> bool:
        """Whether it counts no more."""
        return self.expires is not None and self.expires <= now
