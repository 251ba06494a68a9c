"""Not back to a cluster that the template is just being moved away from."""

from collections.abc import Hashable

from gitopsd.core.schedule.prepare import Attempt
from gitopsd.core.schedule.rules import Filter
from gitopsd.model.cluster import Cluster


def about(attempt: Attempt) -> Hashable:
    return attempt.request.evicted


def check(attempt: Attempt, cluster: Cluster) -> str:
    return "is in the process of eviction" if cluster.name in attempt.request.evicted else ""


FILTER = Filter("filters/eviction", about, check)
