import pytest

from gitopsd.kube.schemas import bundled


def mistakes(**pod):
    container = {"name": "a", "image": "b"}
    spec = {"containers": [{**container, **pod.pop("container", {})}], **pod}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}
    return bundled().validate(body)


def test_a_variable_that_stands_twice_is_a_mistake():
    found = mistakes(container={"env": [{"name": "A"}, {"name": "B"}, {"name": "A"}]})

    assert found == [("/spec/containers/0/env/2", "has the same name as an item before it")]


def test_a_port_without_a_protocol_is_one_of_tcp():
    found = mistakes(
        container={
            "ports": [
                {"containerPort": 80},
                {"containerPort": 80, "protocol": "UDP"},
                {"containerPort": 80, "protocol": "TCP"},
            ]
        }
    )

    assert found == [
        (
            "/spec/containers/0/ports/2",
            "has the same containerPort and protocol as an item before it",
        )
    ]


def test_a_list_without_keys_may_repeat_itself():
    assert mistakes(container={"args": ["-v", "-v"]}) == []


@pytest.mark.parametrize("value", ["a", None])
def test_a_set_repeats_nothing(value):
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "finalizers": ["x/y", value or "b", "x/y"]},
    }

    assert bundled().validate(body) == [("/metadata/finalizers/2", "stands twice in this list")]
