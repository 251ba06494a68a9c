"""What was observed of a member, as the Facts that scheduling reads and the status branch shows.

Comes in: an Observation, the Facts before it, and now. Goes out: Facts, the very same where nothing
changed. Stands alone because simulated and real members, push and pull are seen alike. Karmada's
cluster status (karmada-io/karmada pkg/controllers/status/cluster_status_controller.go), but what
could not be read stays as it was. `conditions.py` says what is true, `amounts.py` adds up,
`grades.py` counts nodes by the grades of a resource model.
"""

from datetime import datetime
from typing import TypeVar

from gitopsd.core.facts.amounts import slim, slim_node, summary
from gitopsd.core.facts.conditions import conditions, is_ready_node
from gitopsd.core.facts.observation import Observation
from gitopsd.core.kinds.statuses import rfc3339
from gitopsd.model.cluster import ApiEnablement, Facts, NodeSummary, ResourceSummary
from gitopsd.model.resource import split_api_version

__all__ = ["Observation", "facts", "slim", "slim_node"]

_Part = TypeVar("_Part")


def facts(seen: Observation, before: Facts | None, now: datetime) -> Facts:
    """What is known of a member after this look; the very same Facts where it says nothing new.

    Of a member that is not ready only its conditions change, and what was not read stays. No time
    in it moves unless a condition's status does. `before` may be the stand-in of an offline plan,
    of which nothing is kept.
    """
    known = before if before is not None and not before.assumed else Facts()
    found = Facts(
        kubernetes_version=known.kubernetes_version,
        api_enablements=known.api_enablements,
        conditions=_kept(conditions(seen, known.conditions, rfc3339(now)), known.conditions),
        node_summary=known.node_summary,
        resource_summary=known.resource_summary,
    )
    if seen.is_ready:
        found = _looked(seen, found)
    return before if before is not None and found == before else found


def _looked(seen: Observation, known: Facts) -> Facts:
    """The facts of a member that answered."""
    return Facts(
        kubernetes_version=seen.kubernetes_version or known.kubernetes_version,
        api_enablements=_kept(_apis(seen, known.api_enablements), known.api_enablements),
        conditions=known.conditions,
        node_summary=_kept(_nodes(seen, known.node_summary), known.node_summary),
        resource_summary=_kept(_resources(seen, known.resource_summary), known.resource_summary),
    )


def _nodes(seen: Observation, known: NodeSummary | None) -> NodeSummary | None:
    if seen.nodes is None:
        return known
    return NodeSummary(len(seen.nodes), sum(map(is_ready_node, seen.nodes)))


def _resources(seen: Observation, known: ResourceSummary | None) -> ResourceSummary | None:
    if seen.nodes is None or seen.pods is None:
        return known
    return summary(seen.nodes, seen.pods, seen.models)


def _apis(seen: Observation, known: tuple[ApiEnablement, ...]) -> tuple[ApiEnablement, ...]:
    """What discovery found, and what was known of groups that it could not read whole."""
    if not seen.api:
        return known
    found = {each.group_version: each for each in seen.api}
    for each in known:
        version = each.group_version
        if split_api_version(version)[0] in seen.partial:
            found[version] = _together(each, found.get(version))
    return tuple(found[version] for version in sorted(found))


def _together(known: ApiEnablement, found: ApiEnablement | None) -> ApiEnablement:
    if found is None:
        return known
    both = {*known.resources, *found.resources}
    return ApiEnablement(
        known.group_version, tuple(sorted(both, key=lambda each: (each.name, each.kind)))
    )


def _kept(found: _Part, known: _Part) -> _Part:
    """The known part itself where the found one says the same."""
    return known if found == known else found
