import pytest

from gitopsd.core.kinds.kind import Misread
from gitopsd.core.kinds.library import KUBE

TEMPLATE = {
    "spec": {
        "containers": [{"name": "a", "resources": {"requests": {"cpu": "1"}}, "ports": []}],
        "volumes": [{"name": "v", "configMap": {"name": "app"}}],
    }
}


@pytest.mark.parametrize(
    ("quantities", "total"),
    [
        (("1", "500m"), "1500m"),
        (("1Gi", "1Mi"), "1025Mi"),
        (("1Gi", "500M"), "1573741824"),
        ((None, "2"), "2"),
        ((), "0"),
    ],
)
def test_quantities_add_up_in_the_notation_of_the_first(quantities, total):
    assert KUBE["resourceAdd"](*quantities) == total


@pytest.mark.parametrize(("quantity", "number"), [("500m", 0.5), ("1Ki", 1024), (None, 0)])
def test_a_quantity_is_a_number(quantity, number):
    assert KUBE["getResourceQuantity"](quantity) == number


def test_requirements_of_a_pod_template():
    assert KUBE["accuratePodRequirements"](TEMPLATE) == {"resourceRequest": {"cpu": "1"}}
    assert KUBE["accuratePodRequirements"]([]) is None


def test_dependencies_of_a_pod_template_stand_in_default_without_a_namespace():
    assert KUBE["getPodDependencies"](TEMPLATE, None) == [
        {"apiVersion": "v1", "kind": "ConfigMap", "namespace": "default", "name": "app"}
    ]
    assert KUBE["getPodDependencies"]({"spec": []}, "shop") is None


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("resourceAdd", (1,)),
        ("resourceAdd", ("much",)),
        ("getResourceQuantity", ("-1",)),
        ("getResourceQuantity", ()),
        ("accuratePodRequirements", (None,)),
        ("accuratePodRequirements", ({"spec": {"containers": "a"}},)),
        ("getPodDependencies", (TEMPLATE,)),
        ("getPodDependencies", (TEMPLATE, {})),
    ],
)
def test_what_karmada_refuses_is_refused(name, arguments):
    with pytest.raises(ValueError):
        KUBE[name](*arguments)

    assert issubclass(Misread, ValueError)
