"""Fields of policies and Clusters that are accepted and not acted on, said where they are used.

Comes in: the admitted `spec` of a propagation policy, as written and as read, or a Cluster. Goes
out: a pointer and words for each. To add one: its line in `_FIELDS`; what is acted on some day
loses it. Spread constraints alone have an effect or none by what stands beside them, in Karmada as
here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gitopsd.core.load.metadata import Mistake
from gitopsd.kube.body import dig
from gitopsd.kube.wording import pointer
from gitopsd.model.cluster import Cluster
from gitopsd.model.policy import PropagationSpec

_FAILOVER = "is not acted on by this version: nothing moves away from where it fails"
_SPREAD = (
    "choose no clusters: with static weights every cluster that fits gets its share; "
    "dynamicWeight, Aggregated or Duplicated would heed them"
)
_AFFINITY = "is not acted on by this version: workloads are placed without regard to one another"

# Where a field stands, the values that ask for nothing, and why others do not either.
_FIELDS: tuple[tuple[tuple[str, ...], tuple[Any, ...], str], ...] = (
    (
        ("activationPreference",),
        ("",),
        "is not acted on: what a policy says counts from its commit on; suspension holds a change",
    ),
    (("failover", "application"), (), _FAILOVER),
    (("failover", "cluster"), (), _FAILOVER),
    (("placement", "workloadAffinity"), (), _AFFINITY),
    (
        ("schedulePriority",),
        (),
        "has no effect: all templates of a commit are placed in one turn, none waits in a queue",
    ),
    (
        ("schedulerName",),
        ("", "default-scheduler"),
        "has no effect: there is one scheduler, which places this too",
    ),
    (
        ("suspension", "scheduling"),
        (False,),
        "has no effect: no policy holds the placement of what it claims; dispatching holds "
        "what is sent to members",
    ),
)


def notices(spec: Mapping[str, Any], read: PropagationSpec) -> Iterator[Mistake]:
    """What of a policy has no effect, in the order of the fields."""
    for place, nothing, words in _FIELDS:
        found = dig(spec, *place)
        if found is not None and found not in nothing:
            yield pointer(("spec", *place)), words
    scheduling = read.placement.replica_scheduling
    if read.placement.spread_constraints and scheduling and scheduling.ignores_spread:
        yield pointer(("spec", "placement", "spreadConstraints")), _SPREAD


def notices_of(cluster: Cluster) -> Iterator[Mistake]:
    """What of a Cluster is not acted on: that somebody else writes to its member."""
    if cluster.sync_mode == "Pull":
        yield "/spec/syncMode", "is Pull, and there is no agent yet: the member is left alone"
