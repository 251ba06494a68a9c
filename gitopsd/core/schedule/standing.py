"""The clusters that are left after the filters, with all that choosing among them depends on."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from gitopsd.core.schedule.capacity import UNBOUNDED, request_of
from gitopsd.core.schedule.fleet import Fleet
from gitopsd.core.schedule.options import Options
from gitopsd.core.schedule.prepare import Attempt, field_of
from gitopsd.core.schedule.topology import groups_of
from gitopsd.model.cluster import Cluster
from gitopsd.model.policy import SpreadConstraint

_NO_TIER = 1000


class Standing:
    """The candidates that no filter refuses, by number, ascending by name; maybe none.

    What else is known of them is found out when it is asked for.
    """

    def __init__(self, fleet: Fleet, attempt: Attempt, options: Options) -> None:
        self.fleet = fleet
        self.attempt = attempt
        self.options = options
        self.bits = fleet.admitted(attempt)
        self.members = fleet.members(self.bits)

    @cached_property
    def held(self) -> Mapping[int, int]:
        """The replicas of the previous result, in its order."""
        number = self.fleet.number
        return {
            number[name]: replicas for name, replicas in self.attempt.held.items() if name in number
        }

    @cached_property
    def scores(self) -> Sequence[int]:
        """How much each cluster of the fleet is preferred."""
        return self.fleet.scores(self.attempt)

    @cached_property
    def room(self) -> Sequence[int]:
        """For every cluster of the fleet how many more replicas it can take.

        Without bound for what has no replicas; all replicas where room is not known to end.
        """
        fleet, need = self.fleet, self.attempt.need
        if need.replicas == 0 and not need.components:
            return fleet.remember("boundless", lambda: [UNBOUNDED] * len(fleet.clusters))
        request = request_of(need.requirements)
        room = fleet.remember(("room", request), lambda: fleet.room.replicas(request))
        if not fleet.is_assumed:
            return room
        return [need.replicas if each == UNBOUNDED else each for each in room]

    @cached_property
    def tiers(self) -> Sequence[int] | None:
        """In which tier of the affinity group each cluster is, None where there is but one."""
        attempt = self.attempt
        if len(attempt.group.tiers) == 1:
            return None
        return self.fleet.remember(
            ("tiers", attempt.group.key, attempt.tiers),
            lambda: [_tier(attempt, each) for each in self.fleet.clusters],
        )

    @cached_property
    def ranked(self) -> Sequence[int]:
        """The candidates, best first: earlier tier, higher score, more available, name."""
        if self.held or self.tiers:
            return self._rank()
        need = self.attempt.need
        key = (request_of(need.requirements), need.replicas if self.fleet.is_assumed else 0)
        is_bounded = need.replicas > 0 or bool(need.components)
        return self.fleet.remember(("ranked", self.bits, key, is_bounded), self._rank)

    def available(self, number: int) -> int:
        """Replicas that can be here in the end: what is held, and what there is room for."""
        return self.room[number] + self.held.get(number, 0)

    def groups(self, constraint: SpreadConstraint) -> Sequence[tuple[str, ...]]:
        """For every cluster of the fleet the groups that a constraint counts it to."""
        return self.fleet.remember(
            ("groups", field_of(constraint), constraint.spread_by_label),
            lambda: [groups_of(each, constraint) for each in self.fleet.clusters],
        )

    def _rank(self) -> Sequence[int]:
        room, held, scores, tiers = self.room, self.held, self.scores, self.tiers
        if not tiers and not held:
            return sorted(self.members, key=lambda n: (-scores[n], -room[n]))
        return sorted(
            self.members,
            key=lambda n: (tiers[n] if tiers else 0, -scores[n], -room[n] - held.get(n, 0)),
        )


def _tier(attempt: Attempt, cluster: Cluster) -> int:
    tier = attempt.group.tier(cluster, attempt.tiers)
    return _NO_TIER if tier is None else tier
