import pytest

from gitopsd.core.render.normalise import normalised


def core(kind, **fields):
    return {"apiVersion": "v1", "kind": kind, **fields}


def test_text_of_a_secret_becomes_data():
    body = core("Secret", data={"a": "MQ==", "b": "Mg=="}, stringData={"b": "3", "c": "ü"})

    assert normalised(body) == core("Secret", data={"a": "MQ==", "b": "Mw==", "c": "w7w="})


def test_a_secret_without_data_keeps_none():
    assert normalised(core("Secret", data=None)) == core("Secret")
    assert normalised(core("Secret", stringData={})) == core("Secret")
    assert normalised(core("Secret", stringData=None)) == core("Secret")


def test_a_port_without_protocol_is_tcp():
    body = core("Service", spec={"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}]})

    assert normalised(body)["spec"]["ports"] == [
        {"port": 80, "protocol": "TCP"},
        {"port": 53, "protocol": "UDP"},
    ]


@pytest.mark.parametrize("kind", ["Deployment", "DaemonSet"])
def test_pod_templates_are_written_in_one_way(kind):
    container = {
        "ports": [{"containerPort": 80}],
        "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}, "requests": {"cpu": 0.5}},
    }
    pod = {"containers": [container], "initContainers": [{"resources": {}}]}
    template = {"metadata": {"creationTimestamp": None}, "spec": pod}
    body = {"apiVersion": "apps/v1", "kind": kind, "spec": {"template": template}}

    assert normalised(body)["spec"]["template"] == {
        "metadata": {},
        "spec": {
            "containers": [
                {
                    "ports": [{"containerPort": 80, "protocol": "TCP"}],
                    "resources": {
                        "limits": {"cpu": "1", "memory": "1Gi"},
                        "requests": {"cpu": "500m"},
                    },
                }
            ],
            "initContainers": [{"resources": {}}],
        },
    }


def test_claims_are_written_in_one_way():
    claim = {
        "metadata": {"creationTimestamp": None},
        "spec": {"resources": {"requests": {"storage": "1024Mi"}}},
    }
    written = {"metadata": {}, "spec": {"resources": {"requests": {"storage": "1Gi"}}}}
    stateful = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "spec": {"volumeClaimTemplates": [claim]},
    }

    assert normalised(core("PersistentVolumeClaim", **claim)) == core(
        "PersistentVolumeClaim", **written
    )
    assert normalised(stateful)["spec"]["volumeClaimTemplates"] == [written]


@pytest.mark.parametrize(
    "body",
    [
        core("Service", spec={"ports": [{"port": 80, "protocol": "TCP"}]}),
        core("Secret", data={"a": "MQ=="}),
        core("Pod", spec={"containers": [{"resources": {"limits": {"cpu": "1"}}}]}),
        core("Service", spec={"ports": "odd"}),
        core("Pod", spec={"containers": [None, {"resources": {"limits": {"cpu": "odd"}}}]}),
        {"apiVersion": "example.io/v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}},
    ],
)
def test_the_very_same_body_where_it_is_so_already_or_odd(body):
    assert normalised(body) is body


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"aggregationRule": {"clusterRoleSelectors": []}, "rules": []},
            {"aggregationRule": {"clusterRoleSelectors": []}},
        ),
        ({"rules": []}, {"rules": []}),
    ],
)
def test_rules_that_a_controller_gathers_are_its_own(given, expected):
    head = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}

    assert normalised({**head, **given}) == {**head, **expected}


@pytest.mark.parametrize(("bundle", "expected"), [("", {}), ("eA==", {"caBundle": "eA=="})])
def test_an_empty_bundle_is_left_for_somebody_to_fill(bundle, expected):
    config = {"caBundle": bundle}
    hook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "webhooks": [{"name": "a", "clientConfig": config}],
    }
    service = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "spec": config}
    conversion = {"strategy": "Webhook", "webhook": {"clientConfig": config}}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "spec": {"conversion": conversion},
    }

    assert normalised(hook)["webhooks"] == [{"name": "a", "clientConfig": expected}]
    assert normalised(service)["spec"] == expected
    assert normalised(crd)["spec"]["conversion"]["webhook"] == {"clientConfig": expected}
