"""Whether clusters that leave the repository are so many that a person should see it first.

Comes in: what members would lose, the decision, and the clusters of the commit. Goes out: per
cluster why that needs a person. One that the repository holds with `gitopsd.io/leaving` is none of
these: that commit says so. A folder of Clusters that is gone says nothing, whatever each of them
once wanted to become of its objects.
"""

from collections.abc import Mapping, Set

from gitopsd.core.gate.scope import Scope
from gitopsd.core.gate.selected import MOST, MOST_PERCENT
from gitopsd.model.decision import Decision


def clusters_left(
    scopes: Mapping[str, Scope], decision: Decision, committed: Set[str]
) -> Mapping[str, str]:
    """By cluster that left: more than one, and a tenth, are emptied, or there is none any more."""
    left = sorted(
        name for name in scopes if decision.clusters[name].leaving and name not in committed
    )
    total = len(left) + len(committed)
    is_many = len(left) > MOST and len(left) * 100 > total * MOST_PERCENT
    if committed and not is_many:
        return {}
    words = f"{len(left)} of {total} clusters left the repository and would be emptied"
    return dict.fromkeys(left, words)
