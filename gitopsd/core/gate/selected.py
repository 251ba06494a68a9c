"""Whether a commit takes templates off clusters that their policies selected.

Comes in: what members would lose, and the decision. Goes out: per cluster why that needs a person.
Where a template goes by health, room or taints changes by itself and is none of this; what policies
select is only changed by a commit. A template that is gone from the repository is none either: who
removed its file meant it.
"""

from collections import defaultdict
from collections.abc import Mapping

from gitopsd.core.gate.scope import Fleet, Scope
from gitopsd.model.cluster import Cluster
from gitopsd.model.decision import Decision
from gitopsd.model.policy import ClusterAffinity, NamedAffinity, Placement
from gitopsd.model.resource import ResourceKey
from gitopsd.model.selecting import ClusterSelector
from gitopsd.model.snapshot import Known, Snapshot

MOST, MOST_PERCENT = 1, 10


def clusters_removed(
    asked: Mapping[str, Scope], fleet: Fleet, decision: Decision, about: tuple[Snapshot, Known]
) -> Mapping[str, str]:
    """By cluster the template that more clusters lose than may go unasked: one, or a tenth."""
    snapshot, known = about
    losing: defaultdict[ResourceKey, list[str]] = defaultdict(list)
    for name, scope in asked.items():
        for key in scope.prunes:
            if key in snapshot.loaded.templates:
                losing[key].append(name)
    found: dict[str, str] = {}
    for key, names in sorted(losing.items()):
        if len(names) <= MOST or len(names) * 100 <= fleet.had[key] * MOST_PERCENT:
            continue
        gone = [name for name in names if not _is_selected(key, name, decision, known)]
        if len(gone) > MOST and len(gone) * 100 > fleet.had[key] * MOST_PERCENT:
            words = f"{key} is selected no more for {len(gone)} of {fleet.had[key]} clusters"
            for name in gone:
                found.setdefault(name, words)
    return found


def _is_selected(key: ResourceKey, name: str, decision: Decision, known: Known) -> bool:
    """Whether its policy still means the cluster, or no policy of its own ever sent it there."""
    binding = decision.bindings.get(key)
    if binding is not None and binding.policy is not None:
        return _selects(binding.policy.spec.placement, decision.clusters[name])
    remembered = known.memory.templates.get(key)
    return remembered is not None and all(each.cluster != name for each in remembered.shares)


def _selects(placement: Placement | None, cluster: Cluster) -> bool:
    if placement is None:
        return True
    affinities: list[ClusterAffinity | NamedAffinity | None] = [placement.cluster_affinity]
    if placement.cluster_affinities:
        affinities = []
        for term in placement.cluster_affinities:
            affinities += [term, *(term.overflow_affinities or ())]
    return any(ClusterSelector(each).matches(cluster) for each in affinities)
