"""Which workloads an autoscaler of Kubernetes sets the replicas of.

Comes in: HorizontalPodAutoscalers, of a wanted set or of a member. Goes out: keys of workloads.
"""

from collections.abc import Iterable

from gitopsd.kube.body import Body, dig
from gitopsd.model.decision import Wanted
from gitopsd.model.resource import ResourceKey, split_api_version

AUTOSCALER = ("autoscaling", "HorizontalPodAutoscaler")


def scaled(wanted: Wanted) -> frozenset[ResourceKey]:
    """The workloads for which the wanted set itself has an autoscaler."""
    return targets(each.body for key, each in wanted.manifests.items() if key[:2] == AUTOSCALER)


def targets(autoscalers: Iterable[Body]) -> frozenset[ResourceKey]:
    """The workloads that these autoscalers are for."""
    return frozenset(map(_target, autoscalers))


def _target(autoscaler: Body) -> ResourceKey:
    target = dig(autoscaler, "spec", "scaleTargetRef", default={})
    group, _ = split_api_version(str(dig(target, "apiVersion", default="")))
    namespace = str(dig(autoscaler, "metadata", "namespace", default=""))
    kind, name = (str(dig(target, field, default="")) for field in ("kind", "name"))
    return ResourceKey(group, kind, namespace, name)
