"""What a real API server writes about our fields, and what others take from us."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitopsd.core.plan.drift import extra, lost, owned
from servers.member import Member
from servers.waiting import wait_until

MANAGER = "gitopsd"
GROUP = "shop.example"
PATHS = {
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Cake": f"/apis/{GROUP}/v1/namespaces/{{}}/cakes",
    "CronJob": "/apis/batch/v1/namespaces/{}/cronjobs",
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "DaemonSet": "/apis/apps/v1/namespaces/{}/daemonsets",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "HorizontalPodAutoscaler": "/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers",
    "Ingress": "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
    "PersistentVolumeClaim": "/api/v1/namespaces/{}/persistentvolumeclaims",
    "PodDisruptionBudget": "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "Service": "/api/v1/namespaces/{}/services",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "StatefulSet": "/apis/apps/v1/namespaces/{}/statefulsets",
    "ValidatingWebhookConfiguration": (
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    ),
}
OBJECTS = {
    each["kind"]: each
    for each in yaml.safe_load_all((Path(__file__).parent / "owned_fields.yaml").read_text())
}


@pytest.mark.parametrize("kind", sorted(set(OBJECTS) - {"Cake", "CustomResourceDefinition"}))
def test_right_after_an_apply_every_field_is_ours(
    apiserver_only: Member, namespace: str, kind: str
) -> None:
    apiserver_only.kubectl("create", "namespace", namespace)
    desired = named(OBJECTS[kind], namespace)

    ours = applied(apiserver_only, desired)

    assert lost(desired, ours) == ()
    assert extra(desired, ours) == ()


def test_fields_of_custom_resources_are_ours_whatever_their_schema_defaults(
    apiserver_only: Member, namespace: str
) -> None:
    apiserver_only.kubectl("create", "namespace", namespace)
    definition, cake = OBJECTS["CustomResourceDefinition"], named(OBJECTS["Cake"], namespace)

    of_definition = applied(apiserver_only, definition)
    of_cake = wait_until(lambda: try_apply(apiserver_only, cake))

    assert lost(definition, of_definition) == extra(definition, of_definition) == ()
    assert lost(cake, of_cake) == extra(cake, of_cake) == ()


@pytest.mark.parametrize(
    ("kind", "change", "expected"),
    [
        (
            "Deployment",
            ("set", "image", "deployment/web", "web=nginx:2"),
            ("/spec/template/spec/containers/0/image",),
        ),
        ("Deployment", ("scale", "deployment/web", "--replicas=5"), ("/spec/replicas",)),
        (
            "Deployment",
            ("label", "--overwrite", "deployment/web", "app.kubernetes.io/part-of=other"),
            ("/metadata/labels/app.kubernetes.io~1part-of",),
        ),
        (
            "Deployment",
            ("annotate", "deployment/web", "shop.example/owner-"),
            ("/metadata/annotations/shop.example~1owner",),
        ),
        (
            "Deployment",
            ("set", "env", "deployment/web", "A=2", "--containers=web"),
            ("/spec/template/spec/containers/0/env/0/value",),
        ),
        (
            "Deployment",
            # The server drops an empty value from the object and leaves it in our entry for good.
            ("set", "env", "deployment/web", "EMPTY-", "--containers=web"),
            ("/spec/template/spec/containers/0/env/1/name",),
        ),
        (
            "Deployment",
            ("set", "resources", "deployment/web", "--limits=cpu=2,memory=1Gi", "--containers=web"),
            ("/spec/template/spec/containers/0/resources/limits/cpu",),
        ),
        (
            "Service",
            ("set", "selector", "service/web", "app=other"),
            ("/spec/selector/app",),
        ),
        (
            "Service",
            (
                "patch",
                "service",
                "web",
                "--type=json",
                '-p=[{"op":"remove","path":"/spec/ports/1"}]',
            ),
            ("/spec/ports/1/name", "/spec/ports/1/port", "/spec/ports/1/protocol"),
        ),
        (
            "ConfigMap",
            ("patch", "configmap", "web", "--type=merge", '-p={"data":{"a":"2","b":null}}'),
            ("/data/a", "/data/b"),
        ),
        (
            "ConfigMap",
            (
                "patch",
                "configmap",
                "web",
                "--type=merge",
                '-p={"metadata":{"finalizers":["shop.example/two"]}}',
            ),
            ("/metadata/finalizers/0",),
        ),
        (
            "Secret",
            ("patch", "secret", "web", '-p={"data":{"password":"eA=="}}'),
            ("/data/password",),
        ),
        (
            "CronJob",
            ("patch", "cronjob", "nightly", '-p={"spec":{"suspend":true}}'),
            ("/spec/suspend",),
        ),
        (
            "HorizontalPodAutoscaler",
            ("patch", "hpa", "web", '-p={"spec":{"maxReplicas":9}}'),
            ("/spec/maxReplicas",),
        ),
        ("Deployment", ("label", "deployment/web", "theirs=1"), ()),
        ("Deployment", ("set", "image", "deployment/web", "web=nginx:1.29"), ()),
    ],
)
def test_what_others_change_is_lost_by_name(
    apiserver_only: Member,
    namespace: str,
    kind: str,
    change: tuple[str, ...],
    expected: tuple[str, ...],
) -> None:
    apiserver_only.kubectl("create", "namespace", namespace)
    desired = named(OBJECTS[kind], namespace)
    applied(apiserver_only, desired)

    apiserver_only.kubectl(*change, "-n", namespace)

    assert lost(desired, fields_of(apiserver_only, desired)) == expected


def test_what_is_no_longer_wanted_is_still_ours(apiserver_only: Member, namespace: str) -> None:
    apiserver_only.kubectl("create", "namespace", namespace)
    before = named(OBJECTS["Service"], namespace)
    after = {**before, "spec": {**before["spec"], "ports": before["spec"]["ports"][:2]}}

    ours = applied(apiserver_only, before)

    assert extra(after, ours) == ('/spec/ports/[port=53,protocol="TCP"]',)
    assert extra(after, applied(apiserver_only, after)) == ()


def test_an_object_that_others_made_has_nothing_of_ours(
    apiserver_only: Member, namespace: str
) -> None:
    apiserver_only.kubectl("create", "namespace", namespace)
    apiserver_only.kubectl("create", "configmap", "web", "-n", namespace)

    live = apiserver_only.get(place(named(OBJECTS["ConfigMap"], namespace)))

    assert owned(live, MANAGER) is None


def named(body: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    """The object, in this namespace where its kind has one."""
    inside = {"namespace": namespace} if "{}" in PATHS[body["kind"]] else {}
    return {**body, "metadata": {**body["metadata"], **inside}}


def place(body: Mapping[str, Any]) -> str:
    metadata = body["metadata"]
    return f"{PATHS[body['kind']].format(metadata.get('namespace'))}/{metadata['name']}"


def applied(member: Member, body: Mapping[str, Any]) -> bytes:
    """The fields that are ours after an apply of ours."""
    ours = try_apply(member, body)
    assert ours, "the apply was refused"
    return ours


def try_apply(member: Member, body: Mapping[str, Any]) -> bytes | None:
    """The fields that are ours after an apply of ours; None where it is refused."""
    answer = member.ask(
        "PATCH",
        f"{place(body)}?fieldManager={MANAGER}&force=true&fieldValidation=Strict",
        body,
        "application/apply-patch+yaml",
    )
    if answer.status not in (200, 201):
        print(answer)
        return None
    return owned(answer.body, MANAGER)


def fields_of(member: Member, body: Mapping[str, Any]) -> bytes:
    """The fields of the live object that are ours now."""
    return owned(member.get(place(body)), MANAGER) or b"{}"
