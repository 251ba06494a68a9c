"""Each native kind by one example; the rules' details are in the recorded cases."""

import pytest

from gitopsd.core.kinds import (
    KINDS,
    Dependency,
    Item,
    Misread,
    aggregate,
    dependencies,
    is_healthy,
    kind_of,
    need,
    reflect,
    retain,
    revise,
)
from gitopsd.model.decision import Need, NodeClaim, Requirements
from gitopsd.model.resource import Origin, Resource, ResourceKey

NOW = "2026-08-01T00:00:00Z"
VERSIONS = {"autoscaling": "v2", "multicluster.x-k8s.io": "v1alpha1"}


def key(group, kind):
    return ResourceKey(group, kind, "shop", "web")


def ask(question, group, kind, body):
    return question(body, key(group, kind), VERSIONS.get(group, "v1"))


def aggregated(group, kind, body, *statuses):
    version = VERSIONS.get(group, "v1")
    template = Resource(key(group, kind), version, body, Origin("web.yaml"))
    items = tuple(Item(f"m{number}", status) for number, status in enumerate(statuses, 1))
    return aggregate(template, items, NOW).get("status")


def kept(group, kind, desired, observed):
    return retain(desired, observed, key(group, kind), "v1")


POD = {"containers": [{"name": "app", "resources": {"requests": {"cpu": "100m"}}}]}


def test_every_kind_stands_once():
    names = [(kind.group, kind.version, kind.name) for kind in KINDS]

    assert len(set(names)) == len(names)
    assert kind_of("apps", "v1", "Deployment").name == "Deployment"
    assert kind_of("apps", "v2", "Deployment") is None


def test_an_unwritten_number_of_replicas_is_one():
    assert ask(need, "apps", "Deployment", {"spec": {"template": {"spec": POD}}}) == Need(
        1, Requirements(resource_request={"cpu": "100m"}), is_scalable=True
    )


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "StatefulSet"])
def test_replicas_are_revised_where_they_are_written(kind):
    body = {"spec": {"replicas": 5}}

    assert ask(need, "apps", kind, body).replicas == 5
    assert revise(body, key("apps", kind), "v1", 2) == {"spec": {"replicas": 2}}
    assert revise(body, key("apps", kind), "v1", 5) is body


def test_an_unwritten_number_that_stays_the_default_stays_unwritten():
    body = {"spec": {}}

    assert revise(body, key("apps", "Deployment"), "v1", 1) is body
    assert revise(body, key("apps", "Deployment"), "v1", 0) == {"spec": {"replicas": 0}}


def test_replicas_that_are_no_number_are_misread():
    with pytest.raises(Misread, match=r"spec\.replicas is '5'"):
        ask(need, "apps", "Deployment", {"spec": {"replicas": "5"}})


@pytest.mark.parametrize(
    ("spec", "replicas"),
    [
        ({}, 1),
        ({"completions": 10}, 1),
        ({"parallelism": 4}, 4),
        ({"parallelism": 4, "completions": 3}, 3),
        ({"parallelism": 0, "completions": 3}, 0),
    ],
)
def test_a_job_never_runs_more_pods_than_it_completes(spec, replicas):
    assert ask(need, "batch", "Job", {"spec": spec}).replicas == replicas


def test_a_pod_is_one_replica():
    assert ask(need, "", "Pod", {"spec": POD}).replicas == 1


def test_what_is_no_workload_needs_nothing():
    assert ask(need, "", "ConfigMap", {"data": {}}) == Need()
    assert ask(need, "apps", "DaemonSet", {"spec": {"template": {"spec": POD}}}) == Need()


def test_requests_are_summed_with_limits_standing_in_and_init_containers_side_by_side():
    spec = {
        "containers": [
            {"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "2", "memory": "1Gi"}}},
            {"resources": {"requests": {"cpu": "500m", "nvidia.com/gpu": 1, "storage": "1Gi"}}},
        ],
        "initContainers": [{"resources": {"requests": {"cpu": "4", "memory": "1Mi"}}}],
        "overhead": {"cpu": "10m"},
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"operator": "Exists"}],
    }

    found = ask(need, "apps", "Deployment", {"spec": {"template": {"spec": spec}}})

    assert found.requirements == Requirements(
        node_claim=NodeClaim(node_selector={"disk": "ssd"}, tolerations=({"operator": "Exists"},)),
        resource_request={"cpu": "4010m", "memory": "1073741824", "nvidia.com/gpu": "1"},
    )


def test_a_pod_template_names_what_it_needs():
    spec = {
        "serviceAccountName": "runner",
        "imagePullSecrets": [{"name": "registry"}],
        "containers": [{"envFrom": [{"configMapRef": {"name": "env"}}]}],
        "initContainers": [
            {"env": [{"valueFrom": {"secretKeyRef": {"name": "password"}}}, {"value": "x"}]}
        ],
        "volumes": [
            {"configMap": {"name": "files"}},
            {"secret": {"secretName": "tls"}},
            {"csi": {"nodePublishSecretRef": {"name": "csi"}}},
            {"projected": {"sources": [{"configMap": {"name": "part"}}, {"secret": {}}]}},
            {"persistentVolumeClaim": {"claimName": "disk"}},
            {"emptyDir": {}},
        ],
    }
    body = {"metadata": {"namespace": "shop"}, "spec": {"template": {"spec": spec}}}

    assert [
        f"{each.kind}/{each.name}" for each in ask(dependencies, "apps", "Deployment", body)
    ] == [
        "ConfigMap/env",
        "ConfigMap/files",
        "ConfigMap/part",
        "Secret/csi",
        "Secret/password",
        "Secret/registry",
        "Secret/tls",
        "ServiceAccount/runner",
        "PersistentVolumeClaim/disk",
    ]


def test_a_cron_job_names_what_its_jobs_need():
    spec = {"jobTemplate": {"spec": {"template": {"spec": {"serviceAccountName": "nightly"}}}}}

    assert ask(dependencies, "batch", "CronJob", {"spec": spec}) == (
        Dependency("v1", "ServiceAccount", "", "nightly"),
    )


def test_a_stateful_set_makes_its_claims_by_itself():
    volumes = [
        {"persistentVolumeClaim": {"claimName": "data"}},
        {"persistentVolumeClaim": {"claimName": "shared"}},
    ]
    spec = {
        "template": {"spec": {"volumes": volumes}},
        "volumeClaimTemplates": [{"metadata": {"name": "data"}}],
    }

    assert [each.name for each in ask(dependencies, "apps", "StatefulSet", {"spec": spec})] == [
        "shared"
    ]


def test_an_ingress_names_its_certificates_and_a_service_import_its_service():
    ingress = {"spec": {"tls": [{"secretName": "web-tls"}]}}
    imported = {"metadata": {"namespace": "shop", "name": "web"}}

    assert ask(dependencies, "networking.k8s.io", "Ingress", ingress) == (
        Dependency("v1", "Secret", "", "web-tls"),
    )
    assert ask(dependencies, "multicluster.x-k8s.io", "ServiceImport", imported) == (
        Dependency("v1", "Service", "shop", "derived-web"),
        Dependency(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            "shop",
            label_selector={"matchLabels": {"kubernetes.io/service-name": "derived-web"}},
        ),
    )


@pytest.mark.parametrize(
    ("group", "kind", "body"),
    [
        (
            "apps",
            "Deployment",
            {"spec": {"replicas": 2}, "status": {"updatedReplicas": 2, "availableReplicas": 2}},
        ),
        ("apps", "ReplicaSet", {"spec": {"replicas": 2}, "status": {"availableReplicas": 2}}),
        ("apps", "StatefulSet", {"status": {}}),
        ("apps", "DaemonSet", {"status": {"desiredNumberScheduled": 0}}),
        ("", "Service", {"spec": {"type": "ClusterIP"}}),
        (
            "networking.k8s.io",
            "Ingress",
            {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}},
        ),
        ("", "PersistentVolumeClaim", {"status": {"phase": "Bound"}}),
        ("", "Pod", {"status": {"phase": "Succeeded"}}),
        (
            "",
            "Pod",
            {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}},
        ),
        ("policy", "PodDisruptionBudget", {"status": {"currentHealthy": 1, "desiredHealthy": 1}}),
        ("batch", "Job", {"status": {"conditions": [{"type": "Failed", "status": "True"}]}}),
    ],
)
def test_healthy(group, kind, body):
    assert ask(is_healthy, group, kind, body)


@pytest.mark.parametrize(
    ("group", "kind", "body"),
    [
        (
            "apps",
            "Deployment",
            {"metadata": {"generation": 2}, "status": {"observedGeneration": 1}},
        ),
        ("apps", "Deployment", {"status": {"updatedReplicas": 2, "availableReplicas": 1}}),
        ("apps", "ReplicaSet", {"spec": {"replicas": 1}}),
        ("apps", "DaemonSet", {"status": {"desiredNumberScheduled": 1}}),
        ("", "Service", {"spec": {"type": "LoadBalancer"}}),
        ("networking.k8s.io", "Ingress", {}),
        ("", "PersistentVolumeClaim", {}),
        ("", "Pod", {"status": {"phase": "Running"}}),
        ("policy", "PodDisruptionBudget", {"status": {"desiredHealthy": 1}}),
    ],
)
def test_not_healthy(group, kind, body):
    assert not ask(is_healthy, group, kind, body)


def test_a_workloads_counters_are_collected_with_both_generations():
    body = {
        "metadata": {
            "generation": 4,
            "annotations": {"resourcetemplate.karmada.io/generation": "2"},
        },
        "status": {"replicas": 3, "readyReplicas": 0, "observedGeneration": 4, "conditions": []},
    }

    assert ask(reflect, "apps", "Deployment", body) == {
        "generation": 4,
        "resourceTemplateGeneration": 2,
        "replicas": 3,
        "observedGeneration": 4,
    }


def test_a_workload_without_a_template_generation_is_misread():
    with pytest.raises(Misread, match=r"resourcetemplate\.karmada\.io/generation"):
        ask(reflect, "apps", "StatefulSet", {"status": {"replicas": 1}})


def test_of_other_kinds_the_whole_status_is_collected():
    assert ask(reflect, "", "Namespace", {"status": {"phase": "Active"}}) == {"phase": "Active"}
    assert ask(reflect, "", "ConfigMap", {}) is None
    assert ask(reflect, "", "Service", {"spec": {"type": "ClusterIP"}, "status": {}}) is None
    assert ask(reflect, "autoscaling", "HorizontalPodAutoscaler", {"status": {}}) == {
        "desiredReplicas": 0
    }


def test_counters_are_summed_and_a_generation_is_observed_once_all_have_it():
    new = {"replicas": 1, "generation": 3, "observedGeneration": 3, "resourceTemplateGeneration": 7}
    old = {**new, "resourceTemplateGeneration": 6}
    body = {"metadata": {"generation": 7}, "status": {"observedGeneration": 6, "conditions": []}}

    assert aggregated("apps", "Deployment", body, new, new, None) == {
        "conditions": [],
        "observedGeneration": 6,
        "replicas": 2,
    }
    assert aggregated("apps", "Deployment", body, new, old)["observedGeneration"] == 6
    assert aggregated("apps", "Deployment", body, new, new)["observedGeneration"] == 7


def test_a_job_fails_with_its_first_member_and_completes_with_its_last():
    failed = {"failed": 2, "conditions": [{"type": "Failed", "status": "True"}]}
    done = {
        "succeeded": 3,
        "startTime": "2026-01-02T00:00:00Z",
        "completionTime": "2026-01-03T00:00:00Z",
        "conditions": [{"type": "Complete", "status": "True"}],
    }
    later = {**done, "completionTime": "2026-01-04T00:00:00Z"}

    assert aggregated("batch", "Job", {}, failed, done) == {
        "succeeded": 3,
        "failed": 2,
        "conditions": [
            {
                "type": "Failed",
                "status": "True",
                "reason": "JobFailed",
                "message": "Job executed failed in member clusters m1",
                "lastProbeTime": NOW,
                "lastTransitionTime": NOW,
            }
        ],
    }
    assert aggregated("batch", "Job", {}, done, None) == {"succeeded": 3}
    both = aggregated("batch", "Job", {}, done, later)
    assert both["startTime"] == "2026-01-02T00:00:00Z"
    assert both["completionTime"] == "2026-01-04T00:00:00Z"
    assert [each["type"] for each in both["conditions"]] == ["Complete"]


def test_a_finished_job_stays_as_it_is():
    status = {"conditions": [{"type": "Complete", "status": "True"}]}

    assert aggregated("batch", "Job", {"status": status}, {"failed": 1}) is status


def test_the_worst_phase_speaks_for_all():
    assert aggregated("", "PersistentVolume", {}, {"phase": "Bound"}, None) == {"phase": "Pending"}
    assert aggregated("", "PersistentVolumeClaim", {}, {"phase": "Pending"}, {"phase": "Lost"}) == {
        "phase": "Lost"
    }
    assert aggregated("", "PersistentVolumeClaim", {}) == {"phase": "Bound"}
    assert aggregated("", "Pod", {}, {"phase": "Running"}, None) == {"phase": "Pending"}


def test_addresses_are_united_host_names_first():
    one = {"loadBalancer": {"ingress": [{"ip": "192.0.2.9"}, {"hostname": "b", "ports": [
        {"port": 80, "protocol": "TCP"}]}]}}  # fmt: skip
    two = {"loadBalancer": {"ingress": [{"hostname": "a"}, {"hostname": "b"}]}}
    expected = {
        "loadBalancer": {
            "ingress": [
                {"hostname": "a"},
                {"hostname": "b", "ports": [{"port": 80, "protocol": "TCP"}]},
                {"ip": "192.0.2.9"},
            ]
        }
    }

    assert aggregated("networking.k8s.io", "Ingress", {}, one, two) == expected
    assert aggregated("", "Service", {"spec": {"type": "LoadBalancer"}}, one, two) == expected
    assert aggregated("", "Service", {"spec": {"type": "ClusterIP"}}, one, two) is None


def test_sums_of_other_kinds():
    budget = {"expectedPods": 2, "disruptedPods": {"web-0": NOW}}
    runs = {"lastScheduleTime": "2026-01-02T00:00:00Z", "active": [{"name": "web-1"}]}
    scaled = {"currentReplicas": 2, "desiredReplicas": 3}

    assert aggregated("policy", "PodDisruptionBudget", {}, budget) == {
        "disruptionsAllowed": 0,
        "currentHealthy": 0,
        "desiredHealthy": 0,
        "expectedPods": 2,
        "disruptedPods": {"m1/web-0": NOW},
    }
    assert aggregated("batch", "CronJob", {}, runs, None) == runs
    assert aggregated("autoscaling", "HorizontalPodAutoscaler", {}, scaled, scaled) is not None


def test_what_a_member_gave_out_is_kept():
    account = kept(
        "",
        "ServiceAccount",
        {"secrets": [{"name": "a"}]},
        {"secrets": [{"name": "b"}, {"name": "a"}], "imagePullSecrets": [{"name": "c"}]},
    )

    assert kept("", "Service", {"spec": {}}, {"spec": {"clusterIP": "10.0.0.1"}}) == {
        "spec": {"clusterIP": "10.0.0.1"}
    }
    assert kept("", "PersistentVolumeClaim", {}, {"spec": {"volumeName": "pv-1"}}) == {
        "spec": {"volumeName": "pv-1"}
    }
    assert kept("", "PersistentVolume", {}, {"spec": {"claimRef": {"name": "web"}}}) == {
        "spec": {"claimRef": {"name": "web"}}
    }
    assert account["secrets"] == [{"name": "a"}, {"name": "b"}]
    assert account["imagePullSecrets"] == [{"name": "c"}]


def test_a_label_keeps_the_replicas_that_the_member_has():
    labels = {"resourcetemplate.karmada.io/retain-replicas": "true"}
    desired = {"metadata": {"labels": labels}, "spec": {"replicas": 2}}

    assert kept("apps", "Deployment", desired, {"spec": {"replicas": 5}})["spec"] == {"replicas": 5}
    assert kept("apps", "Deployment", {"spec": {}}, {"spec": {"replicas": 5}}) == {"spec": {}}
    with pytest.raises(Misread, match="to retain"):
        kept("apps", "Deployment", desired, {"spec": {}})


def test_a_job_and_a_pod_keep_what_their_member_generated():
    job = kept("batch", "Job", {"spec": {}}, {"spec": {"selector": {"matchLabels": {"uid": "1"}}}})
    pod = kept(
        "",
        "Pod",
        {"spec": {"containers": [{"name": "app"}], "volumes": [{"name": "x"}]}},
        {
            "spec": {
                "nodeName": "n1",
                "containers": [{"name": "app", "volumeMounts": [{"name": "t"}]}],
            }
        },
    )

    assert job == {"spec": {"selector": {"matchLabels": {"uid": "1"}}}}
    assert pod == {
        "spec": {
            "nodeName": "n1",
            "containers": [{"name": "app", "volumeMounts": [{"name": "t"}]}],
        }
    }


def test_the_token_of_an_account_is_the_members():
    token = {"type": "kubernetes.io/service-account-token"}

    assert kept("", "Secret", token, {"data": {"token": "x"}})["data"] == {"token": "x"}
    assert kept("", "Secret", {"type": "Opaque"}, {"data": {"token": "x"}}) == {"type": "Opaque"}
