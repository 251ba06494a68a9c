"""Completions of a Job over the clusters that run it.

Comes in: how many in all, and each cluster's replicas. Goes out: how many each cluster is to
complete. Stands here because it is the dispenser's work; rendering takes the result as a value.
"""

from collections.abc import Mapping, Sequence

from gitopsd.core.schedule.divide import dispense, is_descending
from gitopsd.model.decision import Share


def split(total: int, shares: Sequence[Share], uid: str) -> Mapping[str, int]:
    """Completions by cluster, in proportion to replicas, which add up to `total` exactly.

    Equal claims go to the smaller number, then by name, in the order that `uid` draws. A cluster
    without replicas gets 0.
    """
    ordered = sorted(shares, key=lambda share: share.cluster)
    weights = [(number, share.replicas) for number, share in enumerate(ordered)]
    dealt = dispense(total, weights, descending=is_descending(uid))
    return {share.cluster: dealt.get(number, 0) for number, share in enumerate(ordered)}
