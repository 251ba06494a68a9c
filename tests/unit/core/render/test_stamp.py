import pytest

from gitopsd.core.render.stamp import stamped, work_name
from gitopsd.model.resource import Origin, Resource, ResourceKey


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (ResourceKey("apps", "Deployment", "default", "nginx"), "nginx-687f7fb96f"),
        (ResourceKey("", "ConfigMap", "prod", "app-cfg"), "app-cfg-59776f45b"),
        (ResourceKey("", "Namespace", "", "prod"), "prod-f968896c4"),
    ],
)
def test_a_work_is_named_after_its_object(key, name):
    assert work_name(key) == name


def test_karmadas_bookkeeping():
    key = ResourceKey("", "ConfigMap", "shop", "web")
    body = {"metadata": {"uid": "u", "generation": 3, "labels": {"a": "1"}}}
    template = Resource(key, "v1", body, Origin("web.yaml"))

    metadata = stamped(body, template, "m1", "Overwrite")["metadata"]

    assert metadata["labels"]["a"] == "1"
    assert metadata["labels"]["karmada.io/managed"] == "true"
    assert metadata["annotations"] == {
        "resourcebinding.karmada.io/name": "web-configmap",
        "resourcebinding.karmada.io/namespace": "shop",
        "resourcetemplate.karmada.io/generation": "3",
        "resourcetemplate.karmada.io/managed-annotations": (
            "resourcebinding.karmada.io/name,resourcebinding.karmada.io/namespace,"
            "resourcetemplate.karmada.io/generation,"
            "resourcetemplate.karmada.io/managed-annotations,"
            "resourcetemplate.karmada.io/managed-labels,resourcetemplate.karmada.io/uid,"
            "work.karmada.io/conflict-resolution,work.karmada.io/name,work.karmada.io/namespace"
        ),
        "resourcetemplate.karmada.io/managed-labels": (
            "a,karmada.io/managed,resourcebinding.karmada.io/permanent-id"
        ),
        "resourcetemplate.karmada.io/uid": "u",
        "work.karmada.io/conflict-resolution": "overwrite",
        "work.karmada.io/name": work_name(key),
        "work.karmada.io/namespace": "karmada-es-m1",
    }
