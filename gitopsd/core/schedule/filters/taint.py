"""Only clusters all of whose taints the placement tolerates; PreferNoSchedule is no taint here."""

from collections.abc import Hashable

from gitopsd.core.schedule.prepare import Attempt
from gitopsd.core.schedule.rules import Filter
from gitopsd.model.cluster import Cluster, Taint
from gitopsd.model.policy import Toleration

_HINDERING = ("NoSchedule", "NoExecute")


def about(attempt: Attempt) -> Hashable:
    return attempt.prepared.tolerations_key


def check(attempt: Attempt, cluster: Cluster) -> str:
    for taint in cluster.taints:
        if taint.effect in _HINDERING and not any(
            tolerates(each, taint) for each in attempt.prepared.tolerations
        ):
            return f"had untolerated taint {taint}"
    return ""


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """Kubernetes' rule: an empty effect or key stands for any, an empty operator for Equal."""
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator in ("", "Equal"):
        return toleration.value == taint.value
    return toleration.operator == "Exists"


FILTER = Filter("filters/taint", about, check, spares_placed=True)
