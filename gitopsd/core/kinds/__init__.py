"""What each kind of object needs, names, reports and means by healthy.

Comes in: a body and which kind it is. Goes out: replicas and requirements, dependencies, a revised
or retained body, a collected or summed status, a verdict on health. Stands alone because
scheduling, rendering, delivery and the summary ask the same questions. To add a kind: a file with
`KIND`, and its line in `KINDS`; only what is special about it needs a function.
"""

from gitopsd.core.kinds import (
    argo_workflow,
    cron_job,
    daemon_set,
    deployment,
    flink_deployment,
    flux_bucket,
    flux_git_repository,
    flux_helm_chart,
    flux_helm_release,
    flux_helm_repository,
    flux_kustomization,
    flux_oci_repository,
    horizontal_pod_autoscaler,
    ingress,
    job,
    kruise_advanced_cron_job,
    kruise_broadcast_job,
    kruise_clone_set,
    kruise_daemon_set,
    kruise_sidecar_set,
    kruise_stateful_set,
    kruise_united_deployment,
    kubeflow_mpi_job,
    kubeflow_notebook,
    kubeflow_pytorch_job,
    kubeflow_tf_job,
    kyverno_cluster_policy,
    kyverno_policy,
    persistent_volume,
    persistent_volume_claim,
    pod,
    pod_disruption_budget,
    ray_cluster,
    ray_job,
    ray_service,
    replica_set,
    secret,
    service,
    service_account,
    service_import,
    spark_application,
    stateful_set,
    volcano_job,
)
from gitopsd.core.kinds.kind import (
    Dependency,
    Item,
    Items,
    Kind,
    Misread,
    Status,
    verified,
)
from gitopsd.core.kinds.statuses import reflect_whole
from gitopsd.kube.body import Body, dig
from gitopsd.model.decision import Component, Need
from gitopsd.model.resource import Resource, ResourceKey

KINDS: tuple[Kind, ...] = (
    argo_workflow.KIND,
    cron_job.KIND,
    daemon_set.KIND,
    deployment.KIND,
    flink_deployment.KIND,
    flux_bucket.KIND,
    flux_git_repository.KIND,
    flux_helm_chart.KIND,
    flux_helm_release.KIND,
    flux_helm_repository.KIND,
    flux_kustomization.KIND,
    flux_oci_repository.KIND,
    horizontal_pod_autoscaler.KIND,
    ingress.KIND,
    job.KIND,
    kruise_advanced_cron_job.KIND,
    kruise_broadcast_job.KIND,
    kruise_clone_set.KIND,
    kruise_daemon_set.KIND,
    kruise_sidecar_set.KIND,
    kruise_stateful_set.KIND,
    kruise_united_deployment.KIND,
    kubeflow_mpi_job.KIND,
    kubeflow_notebook.KIND,
    kubeflow_pytorch_job.KIND,
    kubeflow_tf_job.KIND,
    kyverno_cluster_policy.KIND,
    kyverno_policy.KIND,
    persistent_volume.KIND,
    persistent_volume_claim.KIND,
    pod.KIND,
    pod_disruption_budget.KIND,
    ray_cluster.KIND,
    ray_job.KIND,
    ray_service.KIND,
    replica_set.KIND,
    secret.KIND,
    service.KIND,
    service_account.KIND,
    service_import.KIND,
    spark_application.KIND,
    stateful_set.KIND,
    volcano_job.KIND,
)

__all__ = [
    "KINDS",
    "Dependency",
    "Item",
    "Items",
    "Kind",
    "Misread",
    "Status",
    "aggregate",
    "components",
    "dependencies",
    "is_healthy",
    "kind_of",
    "need",
    "reflect",
    "retain",
    "revise",
    "verified",
]

_BY_NAME = {(kind.group, kind.version, kind.name): kind for kind in KINDS}


def kind_of(group: str, version: str, name: str) -> Kind | None:
    """What is special about exactly this kind; None where nothing is."""
    return _BY_NAME.get((group, version, name))


def need(body: Body, key: ResourceKey, version: str) -> Need:
    """Replicas and requirements of a template, defaults filled in as an API server would.

    Nothing for what is no workload. Raises Misread for a body of another shape.
    """
    kind = kind_of(key.group, version, key.kind)
    if kind is None or kind.need is None:
        return Need()
    return kind.need(kind.defaults(body) if kind.defaults else body)


def components(body: Body, key: ResourceKey, version: str) -> tuple[Component, ...]:
    """The pod templates of a workload that has several; none for any other."""
    kind = kind_of(key.group, version, key.kind)
    return kind.components(body) if kind and kind.components else ()


def revise(body: Body, key: ResourceKey, version: str, replicas: int) -> Body:
    """The body with so many replicas, the very same where it has them already.

    A count that is not written and would become the same by default stays unwritten: an autoscaler
    may own it. Raises Misread where something other than a whole number is written.
    """
    kind = kind_of(key.group, version, key.kind)
    if kind is None or kind.revise is None:
        return body
    if not kind.count or kind.defaults is None or dig(body, *kind.count) is not None:
        return kind.revise(body, replicas)
    filled = kind.defaults(body)
    return body if dig(filled, *kind.count) == replicas else kind.revise(filled, replicas)


def retain(desired: Body, observed: Body, key: ResourceKey, version: str) -> Body:
    """The desired body with what the member gave out or owns; the very same for most kinds."""
    kind = kind_of(key.group, version, key.kind)
    return kind.retain(desired, observed) if kind and kind.retain else desired


def reflect(body: Body, key: ResourceKey, version: str) -> Status | None:
    """The part of a member's status that is collected, None where there is none."""
    kind = kind_of(key.group, version, key.kind)
    return kind.reflect(body) if kind and kind.reflect else reflect_whole(body)


def aggregate(template: Resource, items: Items, now: str) -> Body:
    """The template's body with the members' statuses as one; the very same without a rule.

    `items` come sorted by cluster; `now` is the time that new conditions get.
    """
    kind = kind_of(template.key.group, template.version, template.key.kind)
    return kind.aggregate(template.body, items, now) if kind and kind.aggregate else template.body


def is_healthy(body: Body, key: ResourceKey, version: str) -> bool:
    """Whether a member's object does what it is for; kinds without a rule always do."""
    kind = kind_of(key.group, version, key.kind)
    return kind.is_healthy(body) if kind and kind.is_healthy else True


def dependencies(body: Body, key: ResourceKey, version: str) -> tuple[Dependency, ...]:
    """What an object names and cannot run without; none for kinds without a rule.

    A reference that leaves the name out (a certificate by default) is none.
    """
    kind = kind_of(key.group, version, key.kind)
    found = kind.dependencies(body) if kind and kind.dependencies else ()
    return tuple(each for each in found if each.name or each.label_selector is not None)
