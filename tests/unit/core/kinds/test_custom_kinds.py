"""Kinds of other projects, each by one example; details of the rules are in the recorded cases.

`argo_workflow`, `flink_deployment`, `flux_*`, `kruise_*`, `kubeflow_*`, `kyverno_*`, `ray_*`,
`spark_application`, `volcano_job`.
"""

import pytest

from gitopsd.core.kinds import (
    argo_workflow,
    flink_deployment,
    flux_bucket,
    flux_git_repository,
    flux_helm_chart,
    flux_helm_release,
    flux_helm_repository,
    flux_kustomization,
    flux_oci_repository,
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
    ray_cluster,
    ray_job,
    ray_service,
    spark_application,
    volcano_job,
)
from gitopsd.core.kinds.kind import Item, Misread, verified
from gitopsd.model.decision import Component, Need, Requirements

NOW = "2026-08-01T00:00:00Z"
POD = {"spec": {"containers": [{"resources": {"requests": {"cpu": "1"}}}]}}
ONE_CPU = Requirements(resource_request={"cpu": "1"})


def items(*statuses):
    return tuple(Item(f"m{number}", status) for number, status in enumerate(statuses, 1))


def aggregated(module, body, *statuses):
    return module.KIND.aggregate(body, items(*statuses), NOW)["status"]


def names(module, spec):
    body = {"metadata": {"namespace": "shop"}, "spec": spec}
    return [f"{each.kind}/{each.name}" for each in module.KIND.dependencies(body)]


def ready(reason):
    return {"status": {"conditions": [{"type": "Ready", "status": "True", "reason": reason}]}}


@pytest.mark.parametrize(
    "module", [kruise_clone_set, kruise_stateful_set, kruise_united_deployment]
)
def test_replicas_are_written_wherever_they_were_or_not(module):
    kind = module.KIND

    assert kind.need({"spec": {"replicas": 3, "template": POD}}) == Need(
        3, ONE_CPU, is_scalable=True
    )
    assert kind.revise({"spec": {}}, 2) == {"spec": {"replicas": 2}}
    with pytest.raises(Misread, match="is missing"):
        kind.need({"spec": {}})


@pytest.mark.parametrize(
    "module", [kruise_clone_set, kruise_stateful_set, kruise_united_deployment]
)
def test_a_rollout_is_healthy_once_it_is_through(module):
    done = {"updatedReplicas": 2, "availableReplicas": 2}

    assert module.KIND.is_healthy({"metadata": {}, "spec": {"replicas": 2}, "status": done})
    assert not module.KIND.is_healthy({"metadata": {}, "spec": {"replicas": 3}, "status": done})


def test_a_daemon_set_is_healthy_with_a_new_pod_on_every_node():
    status = {"updatedNumberScheduled": 2, "desiredNumberScheduled": 2, "numberAvailable": 2}

    assert kruise_daemon_set.KIND.is_healthy({"metadata": {}, "status": status})
    with pytest.raises(Misread, match="is missing"):
        kruise_daemon_set.KIND.is_healthy({"metadata": {}, "status": {}})


def test_sums_observe_a_generation_that_all_members_have():
    body = {"metadata": {"generation": 7}}
    new = {"replicas": 2, "resourceTemplateGeneration": 7, "updateRevision": "b"}

    status = aggregated(kruise_clone_set, body, new, new)

    assert (status["replicas"], status["updateRevision"]) == (4, "b")
    assert status["observedGeneration"] == 7
    assert aggregated(kruise_clone_set, body, new, {})["observedGeneration"] == 0


def test_some_scripts_of_karmada_need_a_dependency():
    with pytest.raises(Misread, match="names nothing"):
        verified(kruise_clone_set.KIND, ())

    assert verified(kruise_daemon_set.KIND, ()) == ()


def test_a_broadcast_job_sums_and_ends():
    done = {"succeeded": 2, "conditions": [{"type": "Complete", "status": "True"}]}

    status = aggregated(kruise_broadcast_job, {}, done, done)

    assert status["succeeded"] == 4
    assert [each["type"] for each in status["conditions"]] == ["Completed"]
    assert kruise_broadcast_job.KIND.need({"spec": {"template": POD}}).replicas == 1


def test_an_advanced_cron_job_names_what_its_jobs_need():
    pod = {"spec": {"serviceAccountName": "nightly"}}
    job = {"template": {"jobTemplate": {"spec": {"template": pod}}}}

    assert names(kruise_advanced_cron_job, job) == ["ServiceAccount/nightly"]


def test_a_sidecar_set_is_healthy_once_its_pods_are_new():
    kind = kruise_sidecar_set.KIND

    assert kind.is_healthy({"status": {"matchedPods": 2, "updatedPods": 2}})
    assert kind.is_healthy({"status": {}})
    assert not kind.is_healthy({"status": {"matchedPods": 2}})
    with pytest.raises(Misread, match="no items"):
        kind.aggregate({}, None, NOW)


def test_a_workflow_keeps_its_suspension_and_notes():
    kept = argo_workflow.KIND.retain(
        {"spec": {}}, {"spec": {"suspend": True}, "status": {"phase": "Running"}}
    )

    assert kept == {"spec": {"suspend": True}, "status": {"phase": "Running"}}
    assert argo_workflow.KIND.revise({"spec": {}}, 3) == {"spec": {"parallelism": 3}}
    assert not argo_workflow.KIND.is_healthy({"status": {"phase": "Failed"}})


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (flux_bucket, "Succeeded"),
        (flux_git_repository, "Succeeded"),
        (flux_helm_chart, "ChartPullSucceeded"),
        (flux_helm_release, "ReconciliationSucceeded"),
        (flux_helm_repository, "Succeeded"),
        (flux_kustomization, "ReconciliationSucceeded"),
        (flux_oci_repository, "Succeeded"),
        (kyverno_cluster_policy, "Succeeded"),
        (kyverno_policy, "Succeeded"),
    ],
)
def test_conditions_are_merged_and_say_whose_word_they_are(module, reason):
    one = {"conditions": [{"type": "Ready", "status": "True", "reason": reason, "message": "ok"}]}

    status = aggregated(module, {"metadata": {"generation": 1}}, one, one)

    assert [each["message"] for each in status["conditions"]] == ["m1=ok, m2=ok"]
    assert module.KIND.is_healthy(ready(reason))
    assert not module.KIND.is_healthy(ready("Failed"))


def test_sources_name_their_secrets():
    reference = {"secretRef": {"name": "token"}}

    assert names(flux_git_repository, {**reference, "verify": {"secretRef": {"name": "keys"}}}) == [
        "Secret/keys",
        "Secret/token",
    ]
    assert names(flux_oci_repository, {**reference, "serviceAccountName": "reader"}) == [
        "Secret/token",
        "ServiceAccount/reader",
    ]
    assert names(flux_helm_release, {"valuesFrom": [{"kind": "ConfigMap", "name": "values"}]}) == [
        "ConfigMap/values"
    ]


@pytest.mark.parametrize(
    ("module", "specs", "name"),
    [
        (kubeflow_pytorch_job, "pytorchReplicaSpecs", "PyTorchJob"),
        (kubeflow_tf_job, "tfReplicaSpecs", "TFJob"),
    ],
)
def test_a_training_job_has_components_and_one_end(module, specs, name):
    failed = {"conditions": [{"type": "Failed", "status": "True"}]}
    body = {"spec": {specs: {"Worker": {"replicas": 2, "template": POD}}}}

    status = aggregated(module, body, failed)

    assert module.KIND.components(body) == (Component("worker", 2, ONE_CPU),)
    assert status["conditions"][0]["reason"] == f"{name}Failed"
    assert not module.KIND.is_healthy({"status": failed})


def test_an_mpi_job_of_one_member_has_that_members_status():
    body = {"spec": {"mpiReplicaSpecs": {"Worker": {"template": POD}}}}

    assert kubeflow_mpi_job.KIND.components(body) == (Component("Worker", 0, ONE_CPU),)
    assert aggregated(kubeflow_mpi_job, body, {"startTime": NOW}) == {"startTime": NOW}


def test_a_notebook_is_healthy_while_it_runs_or_is_made():
    healthy = kubeflow_notebook.KIND.is_healthy

    assert healthy({"status": {"containerState": {"running": {}}}})
    assert healthy({"status": {"containerState": {"waiting": {"reason": "ContainerCreating"}}}})
    assert not healthy({"status": {"containerState": {"terminated": {"exitCode": 1}}}})


CLUSTER = {
    "headGroupSpec": {"template": POD},
    "workerGroupSpecs": [{"groupName": "gpu", "replicas": 2, "template": POD}, {"replicas": 3}],
}


@pytest.mark.parametrize(
    ("module", "spec"), [(ray_cluster, CLUSTER), (ray_job, {"rayClusterSpec": CLUSTER})]
)
def test_a_ray_cluster_is_a_head_and_groups(module, spec):
    assert module.KIND.components({"spec": spec}) == (
        Component("ray-head", 1, ONE_CPU),
        Component("gpu", 2, ONE_CPU),
        Component("worker-2", 3, None),
    )


@pytest.mark.parametrize(
    ("replicas", "groups"), [(6, [2, 3]), (1, [0, 0]), (0, [0, 0]), (11, [4, 6]), (2, [0, 1])]
)
def test_one_replica_of_a_ray_service_is_its_head(replicas, groups):
    body = {"spec": {"rayClusterConfig": CLUSTER}}

    revised = ray_service.KIND.revise(body, replicas)

    workers = revised["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    assert [each["replicas"] for each in workers] == groups
    assert ray_service.KIND.need(body) == Need(6, ONE_CPU, is_scalable=True)


def test_the_worst_application_of_a_ray_service_counts():
    def serving(status):
        return {"activeServiceStatus": {"applicationStatuses": {"app": {"status": status}}}}

    status = aggregated(ray_service, {}, serving("RUNNING"), serving("UNHEALTHY"))

    assert status["activeServiceStatus"]["applicationStatuses"] == {"app": {"status": "UNHEALTHY"}}


def test_capacity_of_ray_clusters_adds_up():
    status = aggregated(
        ray_cluster,
        {},
        {"desiredCPU": "500m", "desiredMemory": "1Gi", "desiredGPU": "1"},
        {"desiredCPU": "1", "desiredMemory": "1Gi", "desiredGPU": "2"},
    )

    assert [status[f"desired{name}"] for name in ("CPU", "Memory", "GPU")] == ["1500m", "2Gi", "3"]


def test_a_flink_deployment_has_as_many_task_managers_as_its_job_needs():
    resource = {"cpu": 1, "memory": "1Gi"}
    body = {
        "spec": {
            "jobManager": {"resource": resource},
            "taskManager": {"resource": resource},
            "job": {"parallelism": 7},
            "flinkConfiguration": {"taskmanager.numberOfTaskSlots": "2"},
        }
    }

    assert [each.replicas for each in flink_deployment.KIND.components(body)] == [1, 4]
    assert flink_deployment.KIND.need(body).replicas == 5


def test_a_flink_job_that_cannot_begin_is_healthy_only_if_an_image_holds_it():
    def status(error):
        return {"status": {"jobStatus": {"state": "CREATED"}, "error": error}}

    assert flink_deployment.KIND.is_healthy(status("ErrImagePull: x"))
    assert not flink_deployment.KIND.is_healthy(status(""))


def test_memory_of_spark_has_an_overhead():
    role = {"memory": "512m", "cores": 1}
    body = {"spec": {"type": "Java", "driver": role, "executor": {**role, "instances": 2}}}

    driver, executor = spark_application.KIND.components(body)

    assert driver.replica_requirements.resource_request == {"memory": "896Mi", "cpu": 1}
    assert executor.replicas == 2
    assert not spark_application.KIND.is_healthy({"status": {}})


def test_a_volcano_job_counts_its_tasks():
    task = {"name": "worker", "minAvailable": 2, "template": POD}
    status = aggregated(volcano_job, {}, {"running": 1}, {"running": 2, "pending": 0})

    assert volcano_job.KIND.components({"spec": {"tasks": [task]}}) == (
        Component("worker", 2, ONE_CPU),
    )
    assert status == {"running": 3}
    assert volcano_job.KIND.is_healthy({"status": {"state": {"phase": "Running"}}})
