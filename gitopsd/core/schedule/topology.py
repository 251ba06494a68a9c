"""To which group of a spread constraint a cluster belongs."""

from gitopsd.core.schedule.prepare import field_of
from gitopsd.model.cluster import Cluster
from gitopsd.model.policy import SpreadConstraint


def groups_of(cluster: Cluster, constraint: SpreadConstraint) -> tuple[str, ...]:
    """The names of its groups: a cluster may be in several zones, but in one of all others.

    Empty when nothing is known of it.
    """
    match field_of(constraint):
        case "zone":
            return cluster.zones
        case "region":
            name = cluster.region
        case "provider":
            name = cluster.provider
        case "label":
            name = cluster.labels.get(constraint.spread_by_label, "")
        case _:
            name = cluster.name
    return (name,) if name else ()
