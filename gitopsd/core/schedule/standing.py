"""The clusters that are left after the filters, with all that choosing among them depends on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitopsd.core.schedule.capacity import UNBOUNDED, Request, request_of
from gitopsd.core.schedule.fleet import Fleet
from gitopsd.core.schedule.options import Options
from gitopsd.core.schedule.prepare import Attempt
from gitopsd.model.cluster import Cluster

_NO_TIER = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Candidates by number, ascending by name.

    `room` says for every cluster of the fleet how many more replicas it can take, `tiers` in which
    tier of the affinity group it is, None where there is but one. `held` are the replicas of the
    previous result.
    """

    fleet: Fleet
    attempt: Attempt
    options: Options
    bits: int
    members: tuple[int, ...]
    room: Sequence[int]
    tiers: Sequence[int] | None
    held: Mapping[int, int]

    def cluster(self, number: int) -> Cluster:
        return self.fleet.clusters[number]

    def available(self, number: int) -> int:
        """Replicas that can be here in the end: what is held, and what there is room for."""
        return self.room[number] + self.held.get(number, 0)

    @property
    def scores(self) -> Sequence[int]:
        return self.fleet.scores(self.attempt)

    def ranked(self) -> Sequence[int]:
        """The candidates, best first: earlier tier, higher score, more available, name."""
        if self.held or self.tiers:
            return self._rank()
        need = self.attempt.need
        key = (request_of(need.requirements), need.replicas, len(need.components) > 0)
        return self.fleet.remember(("ranked", self.bits, key), self._rank)

    def _rank(self) -> Sequence[int]:
        room, held, scores, tiers = self.room, self.held, self.scores, self.tiers
        if not tiers and not held:
            return sorted(self.members, key=lambda n: (-scores[n], -room[n]))
        return sorted(
            self.members,
            key=lambda n: (tiers[n] if tiers else 0, -scores[n], -room[n] - held.get(n, 0)),
        )


def standing(fleet: Fleet, attempt: Attempt, options: Options) -> Standing:
    """The candidates that no filter refuses, maybe none."""
    bits = fleet.admitted(attempt)
    return Standing(
        fleet=fleet,
        attempt=attempt,
        options=options,
        bits=bits,
        members=fleet.members(bits),
        room=_room(fleet, attempt),
        tiers=_tiers(fleet, attempt),
        held={
            fleet.number[name]: replicas
            for name, replicas in attempt.held.items()
            if name in fleet.number
        },
    )


def _room(fleet: Fleet, attempt: Attempt) -> Sequence[int]:
    """Free room on every cluster; without bound for what has no replicas.

    A cluster whose room is not known to end can take all replicas.
    """
    need = attempt.need
    if need.replicas == 0 and not need.components:
        return fleet.remember("boundless", lambda: [UNBOUNDED] * len(fleet.clusters))
    request = request_of(need.requirements)
    room, is_bounded = fleet.remember(("room", request), lambda: _known_room(fleet, request))
    if is_bounded:
        return room
    return [need.replicas if each == UNBOUNDED else each for each in room]


def _known_room(fleet: Fleet, request: Request | None) -> tuple[list[int], bool]:
    room = fleet.room.replicas(request)
    return room, UNBOUNDED not in room


def _tiers(fleet: Fleet, attempt: Attempt) -> Sequence[int] | None:
    if len(attempt.group.tiers) == 1:
        return None
    key = ("tiers", attempt.group.key, attempt.tiers)
    return fleet.remember(key, lambda: [_tier(attempt, each) for each in fleet.clusters])


def _tier(attempt: Attempt, cluster: Cluster) -> int:
    tier = attempt.group.tier(cluster, attempt.tiers)
    return _NO_TIER if tier is None else tier
