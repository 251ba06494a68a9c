"""Whether a commit takes templates off clusters that their policies selected.

Comes in: what members would lose, and the decision. Goes out: per cluster why that needs a person.
Where a template goes by health, room or taints changes by itself and is none of this; what policies
select is only changed by a commit. A template that is gone, or that no policy claims any more, is
none either: who removed it meant that one.
"""

from collections import defaultdict
from collections.abc import Mapping

from gitopsd.core.gate.scope import Fleet, Scope
from gitopsd.model.cluster import Cluster
from gitopsd.model.decision import Decision
from gitopsd.model.policy import ClusterAffinity, NamedAffinity, Placement
from gitopsd.model.resource import ResourceKey
from gitopsd.model.selecting import ClusterSelector

MOST, MOST_PERCENT = 1, 10


def clusters_removed(
    asked: Mapping[str, Scope], fleet: Fleet, decision: Decision
) -> Mapping[str, str]:
    """By cluster the template that more clusters lose than may go unasked: one, or a tenth."""
    losing: defaultdict[ResourceKey, list[str]] = defaultdict(list)
    for name, scope in asked.items():
        for key in scope.prunes:
            if key in decision.bindings and not _is_selected(key, name, decision):
                losing[key].append(name)
    found: dict[str, str] = {}
    for key, gone in sorted(losing.items()):
        if len(gone) > MOST and len(gone) * 100 > (had := fleet.had(key)) * MOST_PERCENT:
            words = f"{key} is selected no more for {len(gone)} of {had} clusters"
            for name in gone:
                found.setdefault(name, words)
    return found


def _is_selected(key: ResourceKey, name: str, decision: Decision) -> bool:
    """Whether its policy still means the cluster; what only follows others has none to say so."""
    policy = decision.bindings[key].policy
    return policy is None or _selects(policy.spec.placement, decision.clusters[name])


def _selects(placement: Placement | None, cluster: Cluster) -> bool:
    if placement is None:
        return True
    affinities: list[ClusterAffinity | NamedAffinity | None] = [placement.cluster_affinity]
    if placement.cluster_affinities:
        affinities = []
        for term in placement.cluster_affinities:
            affinities += [term, *(term.overflow_affinities or ())]
    return any(ClusterSelector(each).matches(cluster) for each in affinities)
