"""Only clusters that belong somewhere: what a spread constraint counts by must be known of them."""

from collections.abc import Hashable

from gitopsd.core.schedule.prepare import Attempt
from gitopsd.core.schedule.rules import Filter
from gitopsd.core.schedule.topology import groups_of
from gitopsd.model.cluster import Cluster

_FIELDS = ("provider", "region", "zone")


def about(attempt: Attempt) -> Hashable:
    return tuple(field for field in _FIELDS if field in attempt.prepared.spread)


def check(attempt: Attempt, cluster: Cluster) -> str:
    spread = attempt.prepared.spread
    for field in _FIELDS:
        if field in spread and not groups_of(cluster, spread[field]):
            return f"did not have {'zones' if field == 'zone' else field} property"
    return ""


FILTER = Filter("filters/topology", about, check)
