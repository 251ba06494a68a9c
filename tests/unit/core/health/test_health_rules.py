from datetime import UTC, datetime, timedelta

import pytest

from gitopsd.core.health import Around, Finding, has_status, health, is_finished
from gitopsd.model.delivery import Health

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
CURRENT, IN_PROGRESS, FAILED = Health.CURRENT, Health.IN_PROGRESS, Health.FAILED
OLD = "2026-03-01T11:00:00Z"


def ago(seconds):
    return NOW - timedelta(seconds=seconds)


def written(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(type_, status="True", reason="", message="", **more):
    return {"type": type_, "status": status, "reason": reason, "message": message, **more}


def thing(api_version, kind, status=None, spec=None, **metadata):
    body = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", **metadata}}
    return {**body, "spec": spec or {}, "status": status or {}}


def found(body, since=None, around=None):
    finding = health(body, since, NOW, around or Around())
    return finding.health, finding.message


def deployment(spec=None, conditions=(), **counters):
    full = dict.fromkeys(
        ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 3
    ) | {"observedGeneration": 2}
    progressing = condition("Progressing", reason="NewReplicaSetAvailable")
    status = {
        **full,
        **counters,
        "conditions": [*conditions, condition("Available"), progressing],
    }
    spec = {"replicas": 3, "progressDeadlineSeconds": 600, **(spec or {})}
    return thing("apps/v1", "Deployment", status, spec, generation=2)


# What is true of any kind


def test_what_is_being_deleted_is_terminating_whatever_else_it_says():
    body = thing("apps/v1", "Deployment", deletionTimestamp=OLD, finalizers=["a/b", "c/d"])

    assert found(body) == (Health.TERMINATING, "waits for finalizers: a/b, c/d")


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (1, (IN_PROGRESS, "generation 2 is not observed yet, only 1")),
        (2, (CURRENT, "")),
        (3, (IN_PROGRESS, "generation 2 is not observed yet, only 3")),
        ("1", (IN_PROGRESS, "generation 2 is not observed yet, only 1")),
        ("2", (CURRENT, "")),
    ],
)
def test_a_generation_that_is_not_observed_is_in_progress(observed, expected):
    body = thing("shop.example/v1", "Cake", {"observedGeneration": observed}, generation=2)

    assert found(body) == expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([condition("Reconciling", message="baking")], (IN_PROGRESS, "baking")),
        ([condition("Stalled", reason="NoFlour")], (FAILED, "NoFlour")),
        ([condition("Stalled"), condition("Reconciling")], (FAILED, "stalled")),
        ([condition("Reconciling"), condition("Stalled")], (IN_PROGRESS, "reconciling")),
        ([condition("Reconciling", "False"), condition("Ready", message="ok")], (CURRENT, "ok")),
        ([condition("Ready", "False", message="no oven")], (IN_PROGRESS, "no oven")),
        ([condition("Ready", "Unknown")], (IN_PROGRESS, "not ready")),
        ([condition("Eaten", "False")], (CURRENT, "")),
    ],
)
def test_shared_conditions_are_asked_in_their_order(conditions, expected):
    assert found(thing("shop.example/v1", "Cake", {"conditions": conditions})) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"currentState": "x"}, IN_PROGRESS),
        ({"phase": "Running"}, CURRENT),
        ({"phase": "Failed"}, IN_PROGRESS),
        ({"phase": "Running", "conditions": [condition("Ready", "False")]}, IN_PROGRESS),
    ],
)
def test_a_kind_of_another_project_is_well_only_by_karmadas_rule_too(status, expected):
    known = thing("argoproj.io/v1alpha1", "Workflow", status)
    unknown = thing("argoproj.io/v9", "Workflow", {"phase": "Failed"})

    assert health(known, None, NOW).health is expected
    assert health(unknown, None, NOW).health is CURRENT


def test_a_new_custom_resource_without_a_status_is_given_half_a_minute():
    body = thing("shop.example/v1", "Cake", creationTimestamp=written(ago(10)))

    assert health(body, None, NOW) == Finding(
        IN_PROGRESS, "has no status yet", wake_at=NOW + timedelta(seconds=20)
    )


@pytest.mark.parametrize(
    ("body", "around"),
    [
        (thing("shop.example/v1", "Cake", creationTimestamp=written(ago(30))), Around()),
        (thing("shop.example/v1", "Cake"), Around()),
        (
            thing("shop.example/v1", "Cake", creationTimestamp=written(NOW)),
            Around(without_status=frozenset({("shop.example", "Cake")})),
        ),
        (thing("v1", "ConfigMap", creationTimestamp=written(NOW)), Around()),
        (thing("meta.k8s.io/v1", "PartialObjectMetadata", creationTimestamp=OLD), Around()),
        (thing("batch/v1", "CronJob", creationTimestamp=written(NOW)), Around()),
        (thing("policy/v1", "PodDisruptionBudget", creationTimestamp=written(NOW)), Around()),
    ],
)
def test_what_will_have_no_status_is_current_by_being_there(body, around):
    assert found(body, around=around) == (CURRENT, "")


@pytest.mark.parametrize(
    ("group", "kind", "expected"),
    [
        ("apps", "Deployment", True),
        ("", "Namespace", True),
        ("apiextensions.k8s.io", "CustomResourceDefinition", True),
        ("shop.example", "Cake", True),
        ("gateway.networking.k8s.io", "HTTPRoute", True),
        ("", "ConfigMap", False),
        ("", "Secret", False),
        ("rbac.authorization.k8s.io", "ClusterRole", False),
        ("batch", "CronJob", True),
        ("policy", "PodDisruptionBudget", True),
        ("", "ResourceQuota", True),
        ("networking.k8s.io", "NetworkPolicy", False),
    ],
)
def test_kinds_whose_whole_object_must_be_read(group, kind, expected):
    assert has_status(group, kind) is expected


# Workloads


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (deployment(), (CURRENT, "available: 3/3")),
        (deployment(replicas=2), (IN_PROGRESS, "replicas: 2/3")),
        (deployment(updatedReplicas=1), (IN_PROGRESS, "updated: 1/3")),
        (deployment(replicas=4), (IN_PROGRESS, "pending termination: 1")),
        (deployment(availableReplicas=1), (IN_PROGRESS, "available: 1/3")),
        (deployment(readyReplicas=2), (IN_PROGRESS, "ready: 2/3")),
        (
            deployment(conditions=[condition("Available", "False", message="too few")]),
            (IN_PROGRESS, "too few"),
        ),
        (
            deployment(conditions=[condition("Progressing", reason="ReplicaSetUpdated")]),
            (IN_PROGRESS, "ReplicaSet not available"),
        ),
        (
            deployment(
                {"progressDeadlineSeconds": 2147483647},
                [condition("Progressing", reason="ReplicaSetUpdated")],
            ),
            (CURRENT, "available: 3/3"),
        ),
        (
            deployment(
                {"progressDeadlineSeconds": None}, [condition("Progressing", reason="Other")]
            ),
            (CURRENT, "available: 3/3"),
        ),
        (
            deployment(
                conditions=[
                    condition("Progressing", "False", "ProgressDeadlineExceeded", "timed out")
                ],
                replicas=1,
            ),
            (FAILED, "timed out"),
        ),
        (
            deployment(
                {"replicas": 0},
                replicas=0,
                updatedReplicas=0,
                readyReplicas=0,
                availableReplicas=0,
            ),
            (CURRENT, "available: 0/0"),
        ),
        (
            thing("apps/v1", "Deployment", {}, generation=1),
            (IN_PROGRESS, "replicas: 0/1"),
        ),
    ],
)
def test_a_deployment_is_current_when_all_its_replicas_are_new_and_available(body, expected):
    assert found(body) == expected


def test_a_paused_deployment_is_current_with_a_note():
    finding = health(deployment({"paused": True}, replicas=1), None, NOW)

    assert finding == Finding(CURRENT, note="paused: changes of the template wait")


@pytest.mark.parametrize(
    ("since", "changed", "expected"),
    [
        (ago(61), ago(3600), (FAILED, None)),
        (ago(60), None, (FAILED, None)),
        (ago(59), ago(3600), (IN_PROGRESS, NOW + timedelta(seconds=1))),
        (ago(300), ago(10), (IN_PROGRESS, NOW + timedelta(seconds=50))),
        (None, ago(3600), (IN_PROGRESS, NOW + timedelta(seconds=60))),
        (ago(300), NOW + timedelta(hours=1), (IN_PROGRESS, NOW + timedelta(seconds=60))),
    ],
)
def test_a_deployment_whose_pods_are_refused_fails_after_a_minute(since, changed, expected):
    time = {"lastTransitionTime": written(changed)} if changed else {}
    refused = condition("ReplicaFailure", message="exceeded quota", **time)

    finding = health(deployment(conditions=[refused], replicas=1), since, NOW)

    assert (finding.health, finding.wake_at) == expected
    assert finding.message == "exceeded quota"


def stateful_set(spec=None, **status):
    full = dict.fromkeys(("replicas", "readyReplicas", "currentReplicas", "updatedReplicas"), 3)
    revisions = {"currentRevision": "a", "updateRevision": "a"}
    return thing(
        "apps/v1", "StatefulSet", {**full, **revisions, **status}, {"replicas": 3, **(spec or {})}
    )


ON_DELETE = {"updateStrategy": {"type": "OnDelete"}}
PARTITION = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (stateful_set(), (CURRENT, "ready: 3/3")),
        (stateful_set(ON_DELETE, replicas=0), (CURRENT, "")),
        (stateful_set(replicas=2), (IN_PROGRESS, "replicas: 2/3")),
        (stateful_set(readyReplicas=0), (IN_PROGRESS, "ready: 0/3")),
        (stateful_set(replicas=4), (IN_PROGRESS, "pending termination: 1")),
        (stateful_set(PARTITION, updatedReplicas=2), (CURRENT, "updated: 2/3")),
        (
            stateful_set(PARTITION, updatedReplicas=1),
            (IN_PROGRESS, "updated: 1/2 above partition 1"),
        ),
        (stateful_set(currentReplicas=1), (IN_PROGRESS, "current: 1/3")),
        (
            stateful_set(updateRevision="b"),
            (IN_PROGRESS, "waits for the updated revision to be the current one"),
        ),
    ],
)
def test_a_stateful_set_is_current_when_its_replicas_are_ready_and_new(body, expected):
    assert found(body) == expected


def daemon_set(**status):
    names = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberReady",
    )
    full = {**dict.fromkeys(names, 2), "observedGeneration": 1}
    return thing("apps/v1", "DaemonSet", {**full, **status}, generation=1)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (daemon_set(), (CURRENT, "ready: 2/2")),
        (daemon_set(currentNumberScheduled=1), (IN_PROGRESS, "current: 1/2")),
        (daemon_set(updatedNumberScheduled=1), (IN_PROGRESS, "updated: 1/2")),
        (daemon_set(numberAvailable=1), (IN_PROGRESS, "available: 1/2")),
        (daemon_set(numberReady=0), (IN_PROGRESS, "ready: 0/2")),
        (
            daemon_set(observedGeneration=None),
            (IN_PROGRESS, "status.observedGeneration is missing"),
        ),
        (
            daemon_set(desiredNumberScheduled=None),
            (IN_PROGRESS, "status.desiredNumberScheduled is missing"),
        ),
        (thing("apps/v1", "DaemonSet"), (IN_PROGRESS, "metadata.generation is missing")),
    ],
)
def test_a_daemon_set_is_current_when_every_node_has_its_pod(body, expected):
    assert found(body) == expected


def replica_set(conditions=(), **status):
    names = ("replicas", "fullyLabeledReplicas", "availableReplicas", "readyReplicas")
    full = {**dict.fromkeys(names, 2), "conditions": list(conditions)}
    return thing("apps/v1", "ReplicaSet", {**full, **status}, {"replicas": 2})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (replica_set(), (CURRENT, "ready: 2/2")),
        (replica_set([condition("ReplicaFailure", message="quota")]), (IN_PROGRESS, "quota")),
        (replica_set(fullyLabeledReplicas=1), (IN_PROGRESS, "labelled: 1/2")),
        (replica_set(availableReplicas=1), (IN_PROGRESS, "available: 1/2")),
        (replica_set(readyReplicas=1), (IN_PROGRESS, "ready: 1/2")),
        (replica_set(replicas=3), (IN_PROGRESS, "pending termination: 1")),
    ],
)
def test_a_replica_set_is_current_when_its_replicas_are_ready(body, expected):
    assert found(body) == expected


# Pods and jobs


def pod(phase, conditions=(), waiting="", field="containerStatuses", **metadata):
    container = {"name": "web", "state": {"waiting": {"reason": waiting}}}
    status = {"phase": phase, "conditions": list(conditions), field: [container]}
    return thing("v1", "Pod", status, **metadata)


JOB = {"apiVersion": "batch/v1", "kind": "Job", "name": "once"}
NOT_SCHEDULED = condition("PodScheduled", "False", "Unschedulable", "0/3 nodes fit")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (pod("Succeeded"), (CURRENT, "succeeded")),
        (pod("Failed"), (FAILED, "failed")),
        (pod("Failed", ownerReferences=[JOB]), (CURRENT, "failed")),
        (pod("Running", [condition("Ready")]), (CURRENT, "ready")),
        (pod("Running", [condition("Ready", "False", message="probe")]), (IN_PROGRESS, "probe")),
        (
            pod("Running", waiting="CrashLoopBackOff"),
            (FAILED, "container web: CrashLoopBackOff"),
        ),
        (
            pod("Pending", waiting="CrashLoopBackOff", field="initContainerStatuses"),
            (FAILED, "container web: CrashLoopBackOff"),
        ),
        (pod("Running", [condition("Ready")], waiting="CrashLoopBackOff"), (CURRENT, "ready")),
        (pod("Pending"), (IN_PROGRESS, "pending")),
        (pod("Pending", waiting="ContainerCreating"), (IN_PROGRESS, "pending")),
        (pod("Pending", [NOT_SCHEDULED], creationTimestamp=OLD), (FAILED, "0/3 nodes fit")),
        (pod(""), (IN_PROGRESS, "has no phase")),
        (pod("Lost"), (Health.UNKNOWN, "phase 'Lost' is not known")),
    ],
)
def test_a_pod_is_judged_by_its_phase_and_what_its_containers_wait_for(body, expected):
    assert found(body) == expected


def test_a_pod_that_fits_nowhere_fails_after_fifteen_seconds():
    body = pod("Pending", [NOT_SCHEDULED], creationTimestamp=written(ago(5)))

    assert health(body, None, NOW) == Finding(
        IN_PROGRESS, "0/3 nodes fit", wake_at=NOW + timedelta(seconds=10)
    )


@pytest.mark.parametrize(
    "reason",
    [
        "ImagePullBackOff",
        "ErrImagePull",
        "InvalidImageName",
        "CreateContainerConfigError",
        "CreateContainerError",
    ],
)
@pytest.mark.parametrize("field", ["containerStatuses", "initContainerStatuses"])
def test_a_container_that_cannot_start_fails_its_pod_after_a_minute(reason, field):
    body = pod("Pending", waiting=reason, field=field)
    message = f"container web: {reason}"

    assert health(body, ago(60), NOW) == Finding(FAILED, message)
    assert health(body, ago(50), NOW) == Finding(
        IN_PROGRESS, message, wake_at=NOW + timedelta(seconds=10)
    )
    assert health(body, None, NOW).wake_at == NOW + timedelta(seconds=60)


def job(conditions=(), suspend=False, **status):
    return thing(
        "batch/v1", "Job", {"conditions": list(conditions), **status}, {"suspend": suspend}
    )


@pytest.mark.parametrize(
    ("body", "expected", "finished"),
    [
        (job([condition("Complete", message="all done")]), (CURRENT, "all done"), True),
        (
            job([condition("Failed", reason="BackoffLimitExceeded")]),
            (FAILED, "BackoffLimitExceeded"),
            True,
        ),
        (job([condition("Suspended")], suspend=True), (CURRENT, ""), False),
        (job([condition("Suspended")]), (IN_PROGRESS, "not started"), False),
        (job([condition("Complete", "False")]), (IN_PROGRESS, "not started"), False),
        (job(), (IN_PROGRESS, "not started"), False),
        (job(startTime=OLD, active=1), (CURRENT, ""), False),
    ],
)
def test_a_job_is_current_while_it_runs_and_when_it_is_complete(body, expected, finished):
    assert found(body) == expected
    assert is_finished(body) is finished


def test_a_running_job_says_so():
    assert health(job(startTime=OLD, active=1, succeeded=2), None, NOW).note == (
        "running: 1 active, 2 succeeded"
    )


# Single objects


def balancer(address, **spec):
    ingress = {"loadBalancer": {"ingress": [{"ip": address}]}} if address else {"loadBalancer": {}}
    return thing("v1", "Service", ingress, {"type": "LoadBalancer", **spec})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (thing("v1", "Service", spec={"clusterIP": ""}), (CURRENT, "")),
        (balancer("10.0.0.1"), (IN_PROGRESS, "has no cluster IP")),
        (
            balancer("", clusterIP="10.1.1.1"),
            (IN_PROGRESS, "has no address of a load balancer"),
        ),
        (balancer("10.0.0.1", clusterIP="10.1.1.1"), (CURRENT, "")),
        (
            thing("serving.knative.dev/v1", "Service", {"a": 1}, {"type": "LoadBalancer"}),
            (CURRENT, ""),
        ),
    ],
)
def test_a_load_balancer_is_current_with_an_address(body, expected):
    assert found(body) == expected


@pytest.mark.parametrize(
    ("class_", "status", "expected"),
    [
        ("public", {}, (IN_PROGRESS, "has no address of a load balancer")),
        ("public", {"loadBalancer": {"ingress": [{"hostname": "x"}]}}, (CURRENT, "")),
        ("private", {}, (CURRENT, "")),
        (None, {}, (CURRENT, "")),
    ],
)
def test_an_ingress_waits_for_an_address_where_its_class_publishes_some(class_, status, expected):
    body = thing("networking.k8s.io/v1", "Ingress", status, {"ingressClassName": class_})

    assert found(body, around=Around(publishing_classes=frozenset({"public"}))) == expected


@pytest.mark.parametrize(
    ("class_", "phase", "expected"),
    [
        ("late", "Bound", (CURRENT, "bound")),
        ("late", "Pending", (CURRENT, "")),
        ("early", "Pending", (IN_PROGRESS, "not bound: Pending")),
        ("late", "Lost", (IN_PROGRESS, "not bound: Lost")),
        ("late", "", (IN_PROGRESS, "not bound: no phase")),
    ],
)
def test_a_claim_is_current_when_bound_or_its_class_waits_for_a_consumer(class_, phase, expected):
    body = thing("v1", "PersistentVolumeClaim", {"phase": phase}, {"storageClassName": class_})

    assert found(body, around=Around(late_classes=frozenset({"late"}))) == expected


INSTALLING = condition("Established", "False", "Installing")


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([], (IN_PROGRESS, "not established")),
        ([condition("NamesAccepted"), INSTALLING], (IN_PROGRESS, "not established")),
        ([condition("NamesAccepted"), condition("Established")], (CURRENT, "")),
        ([condition("NamesAccepted", "False", message="taken")], (FAILED, "taken")),
        ([condition("Established", "False", "Broken")], (FAILED, "Broken")),
    ],
)
def test_a_definition_is_current_when_it_is_established(conditions, expected):
    body = thing("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"conditions": conditions})

    assert found(body) == expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([], Finding(CURRENT)),
        ([condition("AbleToScale"), condition("ScalingActive")], Finding(CURRENT)),
        (
            [condition("AbleToScale", "False", "FailedGetScale")],
            Finding(IN_PROGRESS, "FailedGetScale"),
        ),
        (
            [condition("ScalingActive", "False", "FailedGetResourceMetric", "no metrics")],
            Finding(CURRENT, note="no metrics"),
        ),
        (
            [condition("ScalingActive", "False", "ScalingDisabled")],
            Finding(CURRENT, note="ScalingDisabled"),
        ),
        (
            [condition("ScalingActive", "False", "InvalidSelector")],
            Finding(IN_PROGRESS, "InvalidSelector"),
        ),
    ],
)
def test_an_autoscaler_is_current_while_it_can_scale(conditions, expected):
    body = thing("autoscaling/v2", "HorizontalPodAutoscaler", {"conditions": conditions})

    assert health(body, None, NOW) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (thing("v1", "Namespace", {"phase": "Active"}), (CURRENT, "")),
        (thing("v1", "Namespace"), (IN_PROGRESS, "not active: no phase")),
        (thing("v1", "PersistentVolume", {"phase": "Available"}), (CURRENT, "")),
        (thing("v1", "PersistentVolume", {"phase": "Failed", "message": "busy"}), (FAILED, "busy")),
        (
            thing(
                "apiregistration.k8s.io/v1", "APIService", {"conditions": [condition("Available")]}
            ),
            (CURRENT, ""),
        ),
        (
            thing(
                "apiregistration.k8s.io/v1",
                "APIService",
                {"conditions": [condition("Available", "False", "MissingEndpoints")]},
            ),
            (IN_PROGRESS, "MissingEndpoints"),
        ),
        (thing("apiregistration.k8s.io/v1", "APIService"), (IN_PROGRESS, "not available")),
    ],
)
def test_phases_and_availability_are_believed(body, expected):
    assert found(body) == expected


# Bodies that lie


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"apiVersion": 1, "kind": "Pod"}, "apiVersion is 1; right would be a string"),
        ({"apiVersion": "v1", "kind": ["Pod"]}, "kind is ['Pod']; right would be a string"),
        (thing("v1", "Pod", status="broken"), "status is no mapping"),
        (thing("v1", "Pod", {"conditions": {"Ready": 1}}), "conditions is no list"),
        (
            thing("apps/v1", "Deployment", {"replicas": "3"}),
            "replicas is '3'; right would be a whole number",
        ),
        (
            thing("shop.example/v1", "Cake", {"observedGeneration": "x"}, generation=1),
            "status.observedGeneration is 'x'; right would be a whole number",
        ),
        (
            thing("shop.example/v1", "Cake", creationTimestamp="noon"),
            "'noon' is no time; right would be such as 2026-01-31T08:00:00Z",
        ),
    ],
)
def test_what_cannot_be_understood_is_unknown_and_says_why(body, said):
    assert health(body, None, NOW) == Finding(Health.UNKNOWN, said)
