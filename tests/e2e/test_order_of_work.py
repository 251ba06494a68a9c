"""What comes before what on a real cluster, and what cannot be changed there."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from servers.member import Member
from servers.objects import config_map, definition, deployment, policy
from servers.repository import manifests
from servers.waiting import wait_until
from servers.webhook import Webhook

GROUP = "order.example"
RBAC = "rbac.authorization.k8s.io"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@pytest.fixture
def one(story_on, member1: Member):
    """A story with one member."""
    return story_on([member1])


@pytest.fixture
def webhook(member1: Member, namespace: str) -> Iterator[Webhook]:
    found = Webhook()
    yield found
    found.close()
    member1.kubectl(
        "delete", "--ignore-not-found", "validatingwebhookconfigurations", f"cakes-{namespace}"
    )
    member1.kubectl("delete", "--ignore-not-found", "--wait=false", "crd", f"cakes.{GROUP}")


class Tasting:
    """A class that binds with the first pod, a claim of it, and a kind that has no status."""

    GROUP = "tasting.example"

    def policy(self, namespace: str) -> list[dict[str, Any]]:
        kinds = [
            ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
            ("storage.k8s.io/v1", "StorageClass"),
        ]
        chosen = [{"apiVersion": version, "kind": kind} for version, kind in kinds]
        wide = policy(namespace, f"tasting-{namespace}", chosen, ["member1"])
        wide["kind"] = "ClusterPropagationPolicy"
        del wide["metadata"]["namespace"]
        own = [
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim"},
            {"apiVersion": f"{self.GROUP}/v1", "kind": "Note"},
        ]
        return [wide, policy(namespace, "tasting", own, ["member1"])]

    def objects(self, namespace: str) -> list[dict[str, Any]]:
        schema = {"type": "object", "properties": {"spec": {"type": "object"}}}
        place = {"namespace": namespace}
        return [
            definition(self.GROUP, "Note", schema),
            {
                "apiVersion": "storage.k8s.io/v1",
                "kind": "StorageClass",
                "metadata": {"name": f"late-{namespace}"},
                "provisioner": "kubernetes.io/no-provisioner",
                "volumeBindingMode": "WaitForFirstConsumer",
            },
            {
                "apiVersion": f"{self.GROUP}/v1",
                "kind": "Note",
                "metadata": {"name": "sweet", **place},
                "spec": {},
            },
            {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": {"name": "data", **place},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": {"requests": {"storage": "1Gi"}},
                    "storageClassName": f"late-{namespace}",
                },
            },
        ]


@pytest.fixture
def tasting(member1: Member, namespace: str) -> Iterator[Tasting]:
    yield Tasting()
    for kind, name in (("crd", f"notes.{Tasting.GROUP}"), ("storageclass", f"late-{namespace}")):
        member1.kubectl("delete", "--ignore-not-found", "--wait=false", kind, name)


def test_a_commit_during_a_long_wait_for_health_starts_within_two_seconds(one, member1) -> None:
    slow = deployment(one.namespace, "slow")
    slow["spec"]["progressDeadlineSeconds"] = 600
    slow["spec"]["template"]["spec"]["nodeSelector"] = {"no": "such-node"}
    late = annotated(config_map(one.namespace, "late"), **{"gitopsd.io/wave": "1"})
    files = {"slow.yaml": manifests(slow), "late.yaml": manifests(late)}
    one.repository.push(one.fleet() | files)
    one.run()
    wait_until(lambda: one.names(member1, "deployments") == ["slow"])
    assert one.names(member1, "configmaps") == []

    one.repository.push({"new.yaml": manifests(config_map(one.namespace, "new", word="here"))})
    pushed = time.monotonic()

    wait_until(lambda: one.names(member1, "configmaps") == ["new"])
    assert time.monotonic() - pushed < 2


def test_a_definition_its_objects_a_webhook_and_an_operator_converge_in_one_run(
    one, member1, webhook
) -> None:
    one.repository.push(one.fleet(*operated(one.namespace)) | operator(one.namespace, webhook))
    sync = one.daemons.start(
        "sync",
        f"--repo={one.repository.url}",
        f"--kubeconfig={one.kubeconfig}",
        f"--instance={one.instance}",
        "--timeout=60s",
    )
    wait_until(lambda: member1.get(f"{WEBHOOKS}/cakes-{one.namespace}"))
    cakes = f"/apis/{GROUP}/v1/namespaces/{one.namespace}/cakes"
    wait_until(lambda: "failed calling webhook" in one.daemons.logs())
    before = member1.items(cakes)

    webhook.start()

    wait_until(lambda: not sync.is_running, 60)
    assert (before, sync.exit_code) == ([], 0)
    assert [each["metadata"]["name"] for each in member1.items(cakes)] == ["birthday"]
    assert webhook.seen


def test_a_selector_that_changes_is_told_and_made_anew_only_where_it_is_asked(one, member1) -> None:
    app = deployment(one.namespace, "app")
    one.repository.push(one.fleet() | {"app.yaml": manifests(app)})
    one.run()
    wait_until(lambda: uid(one, member1))
    first = uid(one, member1)

    one.repository.push({"app.yaml": manifests(moved(app))})
    wait_until(lambda: "Immutable" in reasons(one))
    untouched = uid(one, member1)

    wrong = annotated(moved(app), **{"gitopsd.io/on-immutable": "recreate"})
    wrong["spec"]["template"]["metadata"]["labels"] = {"app": "typo"}
    one.repository.push({"app.yaml": manifests(wrong)})
    wait_until(lambda: "Invalid" in reasons(one))
    still = uid(one, member1)

    asked = annotated(moved(app), **{"gitopsd.io/on-immutable": "recreate"})
    one.repository.push({"app.yaml": manifests(asked)})
    wait_until(lambda: uid(one, member1) not in ("", first))
    found = one.get(member1, "deployments", "app")

    assert (untouched, still) == (first, first)
    assert found["spec"]["selector"]["matchLabels"] == {"app": "app", "tier": "web"}
    wait_until(lambda: reasons(one) == set())


def test_a_typo_in_what_cannot_be_changed_deletes_nothing_though_it_is_asked(one, member1) -> None:
    binding = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "viewers", "namespace": one.namespace},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "view"},
    }
    kind = {"apiVersion": binding["apiVersion"], "kind": "RoleBinding"}
    files = one.fleet(policy(one.namespace, "bindings", [kind], ["member1"]))
    one.repository.push(files | {"binding.yaml": manifests(binding), **beside(one)})
    one.run()
    path = f"/apis/{RBAC}/v1/namespaces/{one.namespace}/rolebindings/viewers"
    first = wait_until(lambda: member1.get(path))

    wrong = annotated(binding, **{"gitopsd.io/on-immutable": "recreate"})
    typo = {**wrong, "roleRef": {**binding["roleRef"], "kind": "ClusterRol"}}
    one.repository.push({"binding.yaml": manifests(typo)})
    wait_until(lambda: "Invalid" in reasons(one))
    still = member1.get(path)
    right = {**wrong, "roleRef": {**binding["roleRef"], "name": "edit"}}
    one.repository.push({"binding.yaml": manifests(right)})

    wait_until(lambda: member1.get(path)["roleRef"]["name"] == "edit")
    assert still["metadata"]["uid"] == first["metadata"]["uid"]
    assert "deletionTimestamp" not in still["metadata"]
    assert [write.verb for write in member1.writes() if write.uri == path].count("delete") == 1


def beside(one) -> dict[str, str]:
    """Enough that one object is not most of the set."""
    return {"stays.yaml": manifests(*(config_map(one.namespace, f"stays-{n}") for n in range(3)))}


def test_a_wave_waits_neither_for_a_claim_without_a_pod_nor_for_a_status_that_cannot_come(
    one, member1, tasting
) -> None:
    late = annotated(config_map(one.namespace, "late"), **{"gitopsd.io/wave": "1"})
    wide = tasting.policy(one.namespace)
    one.repository.push(
        one.fleet(*wide) | {"first.yaml": manifests(*tasting.objects(one.namespace), late)}
    )
    began = time.monotonic()
    one.run()

    wait_until(lambda: "late" in one.names(member1, "configmaps"))
    assert time.monotonic() - began < 20
    claim = member1.get(f"/api/v1/namespaces/{one.namespace}/persistentvolumeclaims/data")
    assert claim["status"]["phase"] == "Pending"


def annotated(body: dict[str, Any], **notes: str) -> dict[str, Any]:
    return {**body, "metadata": {**body["metadata"], "annotations": notes}}


def moved(app: dict[str, Any]) -> dict[str, Any]:
    """The Deployment with another selector."""
    labels = {"app": "app", "tier": "web"}
    template = {**app["spec"]["template"], "metadata": {"labels": dict(labels)}}
    spec = {**app["spec"], "selector": {"matchLabels": labels}, "template": template}
    return {**app, "spec": spec}


def uid(one, member: Member) -> str:
    found = one.get(member, "deployments", "app")
    return found["metadata"]["uid"] if found else ""


def reasons(one) -> set[str]:
    told = yaml.safe_load(one.status().get("problems.yaml", "{}")) or {}
    return {each["reason"] for each in told.get("problems", ())}


def operated(namespace: str) -> list[dict[str, Any]]:
    """Policies for what an operator brings along."""
    cakes = policy(namespace, "cakes", [{"apiVersion": f"{GROUP}/v1", "kind": "Cake"}], ["member1"])
    wide = policy(
        namespace,
        f"wide-{namespace}",
        [
            {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
            },
            {
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "ValidatingWebhookConfiguration",
            },
        ],
        ["member1"],
    )
    wide["kind"] = "ClusterPropagationPolicy"
    del wide["metadata"]["namespace"]
    return [cakes, wide]


def operator(namespace: str, webhook: Webhook) -> dict[str, str]:
    """A definition, its operator with a webhook, and an object that the webhook must see."""
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"layers": {"type": "integer"}}}},
    }
    asking = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": f"cakes-{namespace}"},
        "webhooks": [
            {
                "name": f"cakes.{GROUP}",
                "clientConfig": webhook.client_config(),
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
                "rules": [
                    {
                        "apiGroups": [GROUP],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": ["cakes"],
                    }
                ],
            }
        ],
    }
    cake = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Cake",
        "metadata": {
            "name": "birthday",
            "namespace": namespace,
            "annotations": {"gitopsd.io/wave": "1"},
        },
        "spec": {"layers": 3},
    }
    return {
        "cake.yaml": manifests(cake),
        "definition.yaml": manifests(definition(GROUP, "Cake", schema)),
        "operator.yaml": manifests(deployment(namespace, "operator")),
        "webhook.yaml": manifests(asking),
    }


def test_a_job_before_the_sync_runs_once_for_every_set(one, member1) -> None:
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "generateName": "migrate-",
            "namespace": one.namespace,
            "annotations": {"gitopsd.io/hook": "pre-sync"},
        },
        "spec": {
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{"name": "main", "image": "busybox:1"}],
                }
            }
        },
    }
    jobs = policy(one.namespace, "jobs", [{"apiVersion": "batch/v1", "kind": "Job"}], ["member1"])
    web = {"web.yaml": manifests(config_map(one.namespace, "web", word="old"))}
    one.repository.push(one.fleet(jobs) | {"job.yaml": manifests(job)} | web)

    first = one.call("sync", "--timeout=60s")
    ran = names_of_jobs(one, member1)
    again = one.call("sync", "--timeout=60s")
    still = names_of_jobs(one, member1)
    one.repository.push({"web.yaml": manifests(config_map(one.namespace, "web", word="new"))})
    changed = one.call("sync", "--timeout=60s")

    assert (first.code, again.code, changed.code) == (0, 0, 0)
    assert len(ran) == 1 and still == ran
    wait_until(lambda: len(names_of_jobs(one, member1)) == 1)
    assert names_of_jobs(one, member1) != ran
    assert one.get(member1, "configmaps", "web")["data"] == {"word": "new"}


def names_of_jobs(one, member: Member) -> list[str]:
    found = member.items(f"/apis/batch/v1/namespaces/{one.namespace}/jobs")
    return [each["metadata"]["name"] for each in found]
