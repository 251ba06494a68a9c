"""Only clusters whose API server serves the kind in this version, or soon will."""

from collections.abc import Hashable

from gitopsd.core.schedule.prepare import Attempt
from gitopsd.core.schedule.rules import Filter
from gitopsd.model.cluster import Cluster


def about(attempt: Attempt) -> Hashable:
    request = attempt.request
    return request.api_version, request.key.kind, request.arriving


def check(attempt: Attempt, cluster: Cluster) -> str:
    request, facts = attempt.request, cluster.facts
    if facts is None:
        return "nothing is known of this member yet"
    if facts.assumed or cluster.name in request.arriving:
        return ""
    for enablement in facts.api_enablements:
        if enablement.group_version == request.api_version and any(
            each.kind == request.key.kind for each in enablement.resources
        ):
            return ""
    return f"did not have the API resource {request.api_version} {request.key.kind}"


FILTER = Filter("filters/api", about, check, spares_placed=True)
