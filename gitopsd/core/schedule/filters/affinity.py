"""Only clusters that the placement's affinity means, or a tier that takes its overflow."""

from collections.abc import Hashable

from gitopsd.core.schedule.prepare import Attempt
from gitopsd.core.schedule.rules import Filter
from gitopsd.model.cluster import Cluster


def about(attempt: Attempt) -> Hashable:
    return attempt.group.key, attempt.tiers


def check(attempt: Attempt, cluster: Cluster) -> str:
    if attempt.group.tier(cluster, attempt.tiers) is not None:
        return ""
    refusal = attempt.group.tiers[0].refusal(cluster)
    where = f" {attempt.group.name}" if attempt.group.name else ""
    return f"did not match the placement cluster affinity{where}: {refusal}"


FILTER = Filter("filters/affinity", about, check)
