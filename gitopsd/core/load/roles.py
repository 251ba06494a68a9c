"""Which kinds mean something to us, and which nobody may put into a repository.

Comes in: group and kind. Goes out: what the object is to us. Every kind that is not named here is
a template.
"""

from collections.abc import Mapping

from gitopsd.core.load.parsed import Sort
from gitopsd.core.sources import paths

CLUSTER = "cluster.karmada.io"
POLICY = "policy.karmada.io"
CONFIG = "config.karmada.io"
OWN = "gitopsd.io"

CONFIGURATION_FILE = paths.CONFIGURATION

# Groups of which every kind that may stand in a repository is named below.
CLOSED = frozenset({CLUSTER, POLICY, CONFIG, OWN})

ROLES: Mapping[tuple[str, str], Sort] = {
    (CLUSTER, "Cluster"): Sort.CLUSTER,
    (POLICY, "PropagationPolicy"): Sort.POLICY,
    (POLICY, "ClusterPropagationPolicy"): Sort.POLICY,
    (POLICY, "OverridePolicy"): Sort.OVERRIDE,
    (POLICY, "ClusterOverridePolicy"): Sort.OVERRIDE,
    (POLICY, "FederatedResourceQuota"): Sort.OTHER,
    (POLICY, "ClusterTaintPolicy"): Sort.OTHER,
    (CONFIG, "ResourceInterpreterCustomization"): Sort.CUSTOMIZATION,
    (OWN, "Configuration"): Sort.CONFIGURATION,
    (OWN, "Approval"): Sort.APPROVAL,
    (OWN, "Chart"): Sort.CHART,
    (OWN, "Rollout"): Sort.ROLLOUT,
    ("autoscaling.karmada.io", "FederatedHPA"): Sort.OTHER,
    ("autoscaling.karmada.io", "CronFederatedHPA"): Sort.OTHER,
    ("networking.karmada.io", "MultiClusterService"): Sort.OTHER,
    ("networking.karmada.io", "MultiClusterIngress"): Sort.OTHER,
    ("apps.karmada.io", "WorkloadRebalancer"): Sort.OTHER,
}

# Accepted kinds of which this version keeps the object and does nothing.
NOT_ACTED_ON = frozenset(key for key, sort in ROLES.items() if sort is Sort.OTHER)

# Cluster-scoped kinds of Karmada and our own; all others of their groups are namespaced.
CLUSTER_SCOPED = frozenset(
    {
        (CLUSTER, "Cluster"),
        (POLICY, "ClusterPropagationPolicy"),
        (POLICY, "ClusterOverridePolicy"),
        (POLICY, "ClusterTaintPolicy"),
        (CONFIG, "ResourceInterpreterCustomization"),
        (OWN, "Configuration"),
        (OWN, "Approval"),
        (OWN, "Rollout"),
        ("apps.karmada.io", "WorkloadRebalancer"),
    }
)

# Kinds that no schema here knows and that are namespaced everywhere.
NAMESPACED = frozenset(
    {
        ("multicluster.x-k8s.io", "ServiceExport"),
        ("multicluster.x-k8s.io", "ServiceImport"),
    }
)

_BOOKKEEPING = "is Karmada's own bookkeeping, which gitopsd does not have; remove it"
_NOT_HERE = "has no counterpart in gitopsd; remove it"


def refusal(group: str, kind: str) -> str:
    """Why an object of this kind may not stand in a repository; empty when it may."""
    if group == "work.karmada.io":
        return f"not supported: {kind} {_BOOKKEEPING}"
    if (group, kind) == (CONFIG, "ResourceInterpreterWebhookConfiguration"):
        return (
            "not supported: interpreter webhooks are not called; say the same as Lua in a "
            "ResourceInterpreterCustomization"
        )
    if group in ("remedy.karmada.io", "search.karmada.io", "operator.karmada.io"):
        return f"not supported: {kind} {_NOT_HERE}"
    if group.endswith(".karmada.io") and (group, kind) not in ROLES and group not in CLOSED:
        return f"not supported: {kind} {_NOT_HERE}"
    return ""
