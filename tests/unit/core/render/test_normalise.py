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
