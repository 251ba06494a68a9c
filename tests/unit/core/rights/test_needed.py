"""Which requests a set of objects leads to, and the roles that allow just these."""

from gitopsd.core.rights import Grant, Right, beside, namespaces, needed, own, resources_of, roles
from gitopsd.kube.body import Body
from gitopsd.model.decision import Manifest
from gitopsd.model.resource import Origin, ResourceKey

WEB = ResourceKey("apps", "Deployment", "shop", "web")
CAKE = ResourceKey("shop.example", "Cake", "shop", "birthday")
READER = ResourceKey("rbac.authorization.k8s.io", "ClusterRole", "", "reader")
BINDING = ResourceKey("rbac.authorization.k8s.io", "RoleBinding", "shop", "reader")
GRANT = Grant("gitopsd", "gitopsd-system", "daemon")
CAKES = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "cakes.shop.example"},
    "spec": {
        "group": "shop.example",
        "scope": "Namespaced",
        "names": {"kind": "Cake", "plural": "gateaux"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }
        ],
    },
}


def in_all(rights: frozenset[Right]) -> set[tuple[str, str]]:
    return {(each.resource, each.verb) for each in rights if not each.namespace}


def test_objects_are_seen_everywhere_and_changed_in_their_namespace() -> None:
    found = needed([WEB], resources_of(()))

    assert in_all(found) == {("deployments", "list"), ("deployments", "watch")}
    assert {each.verb for each in found if each.namespace == "shop"} == {
        "get",
        "create",
        "patch",
        "delete",
    }


def test_a_kind_is_called_what_its_definition_says() -> None:
    assert resources_of([CAKES])(CAKE) == "gateaux"
    assert resources_of(())(CAKE) == "cakes"


def test_who_hands_out_roles_may_escalate_and_bind() -> None:
    found = needed([READER, BINDING], resources_of(()))

    assert ("clusterroles", "escalate") in in_all(found)
    assert {("clusterroles", "bind"), ("roles", "bind")} <= in_all(found)


def test_replicas_are_looked_for_at_autoscalers() -> None:
    web = manifest(WEB, {"spec": {"replicas": 2}})

    assert beside([web, manifest(CAKE, {})]) == {
        Right("shop", "autoscaling", "horizontalpodautoscalers", "list")
    }


def test_what_may_hold_things_of_others_is_looked_into_before_it_goes() -> None:
    space = ResourceKey("", "Namespace", "", "shop")
    definition = ResourceKey("apiextensions.k8s.io", "CustomResourceDefinition", "", "gateaux.shop")

    assert beside([manifest(space, {}), manifest(definition, {})]) == {
        Right("shop", "*", "*", "list"),
        Right("", "shop", "gateaux", "list"),
    }


def manifest(key: ResourceKey, body: Body) -> Manifest:
    return Manifest(key, "v1", body, "hash", Origin(""))


def test_pods_are_listed_only_where_a_policy_divides_by_room() -> None:
    assert ("pods", "list") not in in_all(own("gitopsd-inventory", measures=False))
    assert ("pods", "list") in in_all(own("gitopsd-inventory", measures=True))


def test_namespaces_of_roles_are_made_where_the_server_does_not() -> None:
    rights = {Right(name, "", "secrets", "get") for name in ("shop", "", "default", "a")}

    assert [(each["kind"], each["metadata"]) for each in namespaces(rights)] == [
        ("Namespace", {"name": "a"}),
        ("Namespace", {"name": "shop"}),
    ]


def test_roles_say_what_is_needed_and_bind_it() -> None:
    found = roles(needed([WEB], resources_of(())) | own("inventory", measures=False), GRANT)

    assert [(each["kind"], each["metadata"].get("namespace", "")) for each in found] == [
        ("ClusterRole", ""),
        ("ClusterRoleBinding", ""),
        ("Role", "gitopsd-system"),
        ("RoleBinding", "gitopsd-system"),
        ("Role", "shop"),
        ("RoleBinding", "shop"),
    ]
    assert rules(found[2]) == [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "list"]},
        {
            "apiGroups": [""],
            "resources": ["configmaps"],
            "resourceNames": ["inventory"],
            "verbs": ["delete", "get", "update"],
        },
    ]
    assert rules(found[4]) == [
        {
            "apiGroups": ["apps"],
            "resources": ["deployments"],
            "verbs": ["create", "delete", "get", "patch"],
        }
    ]
    subject = {"kind": "ServiceAccount", "name": "daemon", "namespace": "gitopsd-system"}
    assert all(each["subjects"] == [subject] for each in found[1::2])


def rules(body: Body) -> object:
    return body["rules"]
