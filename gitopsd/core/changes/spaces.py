"""Which namespaces come into being without anybody declaring them.

Comes in: what clusters hold, and a decision. Goes out: names with their clusters. They are no
change of the decision, so no hash covers them; a reviewer wants to know of them all the same.
"""

from collections.abc import Iterable, Mapping

from gitopsd.model.decision import Decision
from gitopsd.model.resource import ResourceKey

_ALWAYS_THERE = frozenset({"", "default", "kube-system", "kube-public", "kube-node-lease"})


def new_namespaces(
    before: Mapping[str, Iterable[ResourceKey]], decision: Decision
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Namespaces that objects go to and nobody declares, where nothing of ours stood in them.

    They are made where they are missing, and never removed. Kubernetes' own are always there.
    """
    found: dict[str, list[str]] = {}
    for cluster in sorted(decision.manifests):
        wanted = decision.manifests[cluster]
        had = {key.namespace for key in before.get(cluster, ())}
        declared = {key.name for key in wanted if (key.group, key.kind) == ("", "Namespace")}
        for name in {key.namespace for key in wanted} - had - declared - _ALWAYS_THERE:
            found.setdefault(name, []).append(cluster)
    return tuple((name, tuple(clusters)) for name, clusters in sorted(found.items()))
