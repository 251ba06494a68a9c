"""How an object does, judged by itself alone: kstatus' rules, and ours where they fall short.

Comes in: a live object, when it was first seen not Current after its last change, and now. Goes
out: a Finding. Stands alone because waves, dependencies, reports and stages ask the same question;
what Karmada's interpreters mean by healthy (`kinds/`) counts for the kinds of other projects, as a
last doubt. The first match wins: deletion, generations, Reconciling and Stalled, the kind's rule,
Ready. To add a kind: a rule, and its line in `RULES`. See kubernetes-sigs/cli-utils
pkg/kstatus/README.md.
"""

from collections.abc import Mapping
from datetime import datetime

from gitopsd.core.health import objects, pods, workloads
from gitopsd.core.health.finding import Around, Case, Finding, Rule, in_progress
from gitopsd.core.health.generic import by_ready, custom, terminating, unobserved
from gitopsd.core.kinds import is_healthy, kind_of
from gitopsd.core.kinds.kind import Misread, mapping, mappings, text
from gitopsd.kube.body import Body
from gitopsd.model.delivery import Health
from gitopsd.model.resource import ResourceKey, split_api_version

__all__ = ["NOTHING_KNOWN", "RULES", "Around", "Finding", "has_status", "health", "is_finished"]

RULES: Mapping[tuple[str, str], Rule] = {
    ("", "Namespace"): objects.namespace,
    ("", "PersistentVolume"): objects.persistent_volume,
    ("", "PersistentVolumeClaim"): objects.persistent_volume_claim,
    ("", "Pod"): pods.pod,
    ("", "Service"): objects.service,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): objects.custom_resource_definition,
    ("apiregistration.k8s.io", "APIService"): objects.api_service,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("autoscaling", "HorizontalPodAutoscaler"): objects.horizontal_pod_autoscaler,
    ("batch", "Job"): pods.job,
    ("networking.k8s.io", "Ingress"): objects.ingress,
}

# Groups whose other kinds are Current by being there; any other group is of custom resources.
_BUILT_IN = frozenset({"", "apps", "autoscaling", "batch", "policy"}) | {
    f"{name}.k8s.io"
    for name in (
        "admissionregistration",
        "apiextensions",
        "apiregistration",
        "authentication",
        "authorization",
        "certificates",
        "coordination",
        "discovery",
        "events",
        "flowcontrol.apiserver",
        "internal.apiserver",
        "meta",
        "networking",
        "node",
        "rbac.authorization",
        "resource",
        "scheduling",
        "storage",
        "storagemigration",
    )
}
# Of these the ones that have a status all the same: there is something to tell of it.
_TOLD = frozenset(
    {
        ("", "Node"),
        ("", "ReplicationController"),
        ("", "ResourceQuota"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("batch", "CronJob"),
        ("certificates.k8s.io", "CertificateSigningRequest"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("networking.k8s.io", "ServiceCIDR"),
        ("policy", "PodDisruptionBudget"),
        ("resource.k8s.io", "ResourceClaim"),
        ("storage.k8s.io", "VolumeAttachment"),
        ("storagemigration.k8s.io", "StorageVersionMigration"),
    }
)
NOTHING_KNOWN = Around()


def health(
    body: Body, since: datetime | None, now: datetime, around: Around = NOTHING_KNOWN
) -> Finding:
    """How the object does; Unknown, with a word on why, where its body cannot be understood.

    `since` None: it was not seen before in this state, so what needs time to fail has just begun.
    """
    try:
        return terminating(body) or _judged(body, since, now, around)
    except Misread as error:
        return Finding(Health.UNKNOWN, str(error))


def has_status(group: str, kind: str) -> bool:
    """Whether the whole object must be read to judge it, and to tell its status.

    All others are Current by being there: for them metadata is enough.
    """
    place = (group, kind)
    return place in RULES or place in _TOLD or group not in _BUILT_IN


def is_finished(body: Body) -> bool:
    """Whether nothing more is to come of it: a Job that still runs is Current, but not finished."""
    if body.get("kind") != "Job" or split_api_version(str(body.get("apiVersion")))[0] != "batch":
        return True
    try:
        conditions = mappings(body, "status", "conditions")
    except Misread:
        return False
    return any(
        each.get("type") in ("Complete", "Failed") and each.get("status") == "True"
        for each in conditions
    )


def _known(case: Case) -> Finding | None:
    """That an object of another project is not well by Karmada's rule for its kind, if it has one.

    It is asked only where kstatus finds nothing wrong, which says in more words what is.
    """
    _, version = split_api_version(text(case.body, "apiVersion"))
    kind = kind_of(case.group, version, case.kind)
    if kind is None or kind.is_healthy is None:
        return None
    found = custom(case)
    key = ResourceKey(case.group, case.kind, "", "")
    if found.health is not Health.CURRENT or is_healthy(case.body, key, version):
        return found
    return in_progress("its status does not say yet that it is healthy")


def _judged(body: Body, since: datetime | None, now: datetime, around: Around) -> Finding:
    group, _ = split_api_version(text(body, "apiVersion"))
    status = mapping(body, "status")
    conditions = mappings(status, "conditions")
    case = Case(group, text(body, "kind"), body, status, conditions, since, now, around)
    found = unobserved(case)
    if found is not None:
        return found
    rule = RULES.get((group, case.kind))
    if rule is not None:
        return rule(case)
    return by_ready(case) if group in _BUILT_IN else _known(case) or custom(case)
