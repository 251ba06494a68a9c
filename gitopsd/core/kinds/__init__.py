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
from gitopsd.core.kinds.interpreter import Interpreter
from gitopsd.core.kinds.kind import (
    Dependency,
    Item,
    Items,
    Kind,
    Misread,
    ScriptFailed,
    Status,
    problem_of,
    verified,
)

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
    "NATIVE",
    "Dependency",
    "Interpreter",
    "Item",
    "Items",
    "Kind",
    "Misread",
    "ScriptFailed",
    "Status",
    "aggregate",
    "components",
    "dependencies",
    "is_healthy",
    "kind_of",
    "need",
    "problem_of",
    "reflect",
    "retain",
    "revise",
    "verified",
]

_BY_NAME = {(kind.group, kind.version, kind.name): kind for kind in KINDS}


def kind_of(group: str, version: str, name: str) -> Kind | None:
    """What is special about exactly this kind; None where nothing is."""
    return _BY_NAME.get((group, version, name))


# What a repository's own scripts say comes before these: `custom.py` makes an Interpreter of both.
NATIVE = Interpreter(kind_of)

need = NATIVE.need
components = NATIVE.components
revise = NATIVE.revise
retain = NATIVE.retain
reflect = NATIVE.reflect
aggregate = NATIVE.aggregate
is_healthy = NATIVE.is_healthy
dependencies = NATIVE.dependencies
