import pytest

from gitopsd.core.plan.order import apply_order, delete_order, weight
from gitopsd.model.resource import ResourceKey

RBAC = "rbac.authorization.k8s.io"
ADMISSION = "admissionregistration.k8s.io"


@pytest.mark.parametrize(
    ("group", "kind", "expected"),
    [
        ("", "Namespace", 10),
        ("apiextensions.k8s.io", "CustomResourceDefinition", 20),
        ("scheduling.k8s.io", "PriorityClass", 30),
        ("storage.k8s.io", "StorageClass", 30),
        ("gateway.networking.k8s.io", "GatewayClass", 30),
        ("shop.example", "CakeClass", 30),
        ("", "ResourceQuota", 40),
        ("networking.k8s.io", "NetworkPolicy", 40),
        ("", "ServiceAccount", 50),
        (RBAC, "ClusterRole", 60),
        (RBAC, "RoleBinding", 60),
        ("", "Secret", 70),
        ("", "ConfigMap", 70),
        ("", "PersistentVolumeClaim", 80),
        ("", "Service", 90),
        ("discovery.k8s.io", "EndpointSlice", 90),
        ("policy", "PodDisruptionBudget", 100),
        ("apps", "Deployment", 110),
        ("autoscaling", "HorizontalPodAutoscaler", 110),
        ("batch", "CronJob", 110),
        ("networking.k8s.io", "Ingress", 120),
        ("gateway.networking.k8s.io", "Gateway", 120),
        ("gateway.networking.k8s.io", "HTTPRoute", 120),
        ("route.openshift.io", "Route", 120),
        ("apiregistration.k8s.io", "APIService", 130),
        ("serving.knative.dev", "Service", 140),
        ("shop.example", "Cake", 140),
        (ADMISSION, "ValidatingAdmissionPolicy", 200),
        (ADMISSION, "ValidatingAdmissionPolicyBinding", 200),
        (ADMISSION, "MutatingWebhookConfiguration", 200),
        (ADMISSION, "ValidatingWebhookConfiguration", 200),
    ],
)
def test_a_kind_has_the_weight_of_its_table(group, kind, expected):
    assert weight(group, kind) == expected


def test_objects_go_by_wave_then_weight_then_kind_namespace_and_name():
    late = ResourceKey("", "Namespace", "", "late")
    objects = [
        (ResourceKey(RBAC, "Role", "shop", "web"), 0),
        (late, 1),
        (ResourceKey("", "Secret", "shop", "web"), 0),
        (ResourceKey(RBAC, "ClusterRole", "", "web"), 0),
        (ResourceKey("", "ConfigMap", "shop", "web"), 0),
        (ResourceKey("", "ConfigMap", "shop", "api"), 0),
        (ResourceKey("", "ConfigMap", "bank", "web"), 0),
        (ResourceKey("shop.example", "Cake", "shop", "apple"), -1),
    ]

    ordered = sorted(objects, key=lambda each: apply_order(*each))

    assert [str(key) for key, _ in ordered] == [
        "Cake.shop.example shop/apple",
        "ClusterRole.rbac.authorization.k8s.io web",
        "Role.rbac.authorization.k8s.io shop/web",
        "ConfigMap bank/web",
        "ConfigMap shop/api",
        "ConfigMap shop/web",
        "Secret shop/web",
        "Namespace late",
    ]


def test_deleting_goes_in_exactly_the_opposite_order():
    objects = [
        (ResourceKey("", "Namespace", "", "a"), 0),
        (ResourceKey("", "Namespace", "", "ab"), 0),
        (ResourceKey("apps", "Deployment", "a", "web"), 0),
        (ResourceKey("apps", "Deployment", "a", "web-1"), 0),
        (ResourceKey("apps", "Deployment", "ab", "web"), 0),
        (ResourceKey(ADMISSION, "ValidatingWebhookConfiguration", "", "web"), 0),
        (ResourceKey("", "ConfigMap", "a", "web"), 2),
        (ResourceKey("", "ConfigMap", "a", "web"), -2),
    ]

    deleting = sorted(objects, key=lambda each: delete_order(*each))

    assert deleting == sorted(objects, key=lambda each: apply_order(*each))[::-1]
