"""What API servers know of single kinds: defaults, what must be, what cannot change.

One `Rule` per kind; `rule_of` finds it. Custom kinds follow their definition (`crds`).
"""

from collections.abc import Mapping

from gitopsd.apiserver.resources import ResourceType
from gitopsd.apiserver.rules import plain, pods, services, workloads
from gitopsd.apiserver.rules.rule import Rule

_PLAIN = Rule()
_CUSTOM = Rule(has_generation=True)

RULES: Mapping[tuple[str, str], Rule] = {
    ("", "ConfigMap"): plain.CONFIG_MAP,
    ("", "Secret"): plain.SECRET,
    ("", "Namespace"): plain.NAMESPACE,
    ("", "Pod"): pods.POD,
    ("", "Service"): services.SERVICE,
    ("", "PersistentVolumeClaim"): plain.CLAIM,
    ("", "PersistentVolume"): plain.VOLUME,
    ("", "Endpoints"): plain.WRITTEN_EITHER_WAY,
    ("", "Event"): plain.WRITTEN_EITHER_WAY,
    ("", "LimitRange"): plain.WRITTEN_EITHER_WAY,
    ("", "ReplicationController"): plain.COUNTED,
    ("apps", "Deployment"): workloads.DEPLOYMENT,
    ("apps", "ReplicaSet"): workloads.REPLICA_SET,
    ("apps", "StatefulSet"): workloads.STATEFUL_SET,
    ("apps", "DaemonSet"): workloads.DAEMON_SET,
    ("batch", "Job"): workloads.JOB,
    ("batch", "CronJob"): workloads.CRON_JOB,
    ("autoscaling", "HorizontalPodAutoscaler"): plain.AUTOSCALER,
    ("policy", "PodDisruptionBudget"): plain.BUDGET,
    ("networking.k8s.io", "Ingress"): plain.INGRESS,
    ("networking.k8s.io", "IngressClass"): plain.INGRESS_CLASS,
    ("networking.k8s.io", "NetworkPolicy"): plain.POLICY,
    ("rbac.authorization.k8s.io", "Role"): plain.ROLE,
    ("rbac.authorization.k8s.io", "ClusterRole"): plain.ROLE,
    ("rbac.authorization.k8s.io", "RoleBinding"): plain.BINDING,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): plain.BINDING,
    ("storage.k8s.io", "StorageClass"): plain.STORAGE_CLASS,
    ("scheduling.k8s.io", "PriorityClass"): plain.PRIORITY,
    ("coordination.k8s.io", "Lease"): plain.WRITTEN_EITHER_WAY,
    ("discovery.k8s.io", "EndpointSlice"): plain.COUNTED,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): plain.DEFINITION,
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): plain.COUNTED,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): plain.COUNTED,
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"): plain.COUNTED,
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"): plain.COUNTED,
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"): plain.COUNTED,
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"): plain.COUNTED,
}


def rule_of(of: ResourceType) -> Rule:
    """What is known of a kind; for a custom one only that it counts its generations."""
    if of.custom is not None:
        return _CUSTOM
    return RULES.get((of.group, of.kind), _PLAIN)
