"""Fields of policies that are accepted and have no effect here, said wherever somebody uses them.

Comes in: the admitted `spec` of a propagation policy. Goes out: a pointer and words for each. To
add one: its line in `_FIELDS`; what is acted on some day loses it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gitopsd.core.load.metadata import Mistake
from gitopsd.kube.body import dig
from gitopsd.kube.wording import pointer

_FAILOVER = "is not acted on by this version: nothing moves away from where it fails"
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
)


def notices(spec: Mapping[str, Any]) -> Iterator[Mistake]:
    """What of a policy has no effect, in the order of the fields."""
    for place, nothing, words in _FIELDS:
        found = dig(spec, *place)
        if found is not None and found not in nothing:
            yield pointer(("spec", *place)), words
