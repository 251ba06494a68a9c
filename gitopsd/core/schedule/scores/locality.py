"""A cluster that has the template already is preferred to one that has not."""

from collections.abc import Hashable

from gitopsd.core.schedule.prepare import Attempt
from gitopsd.core.schedule.rules import Score
from gitopsd.model.cluster import Cluster

_HELD = 100


def about(attempt: Attempt) -> Hashable:
    return frozenset(attempt.held)


def rate(attempt: Attempt, cluster: Cluster) -> int:
    return _HELD if cluster.name in attempt.held else 0


SCORE = Score("scores/locality", about, rate)
