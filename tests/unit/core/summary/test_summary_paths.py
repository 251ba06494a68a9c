"""Names on the branches: what is odd is encoded, what is long is cut, nothing collides."""

from gitopsd.core.summary import paths
from gitopsd.model.resource import ResourceKey


def test_a_kind_stands_with_its_group():
    key = ResourceKey("apps", "Deployment", "shop", "web")

    assert paths.of_binding(key) == "bindings/shop/deployment.apps-web.yaml"
    assert paths.of_manifest("eu-1", key) == "eu-1/shop/deployment.apps-web.yaml"


def test_a_core_kind_has_no_group():
    key = ResourceKey("", "Service", "shop", "web")

    assert paths.of_binding(key) == "bindings/shop/service-web.yaml"


def test_what_has_no_namespace_stands_under_cluster():
    key = ResourceKey("rbac.authorization.k8s.io", "ClusterRole", "", "system:web")

    path = paths.of_binding(key)

    assert path == "bindings/_cluster/clusterrole.rbac.authorization.k8s.io-system%3Aweb.yaml"
    assert paths.of_memory("") == "memory/_cluster.json"


def test_a_name_that_no_file_system_takes_is_encoded():
    key = ResourceKey("", "Role", "shop", 'a*b?"\\ ü~')

    assert paths.of_binding(key) == "bindings/shop/role-a%2Ab%3F%22%5C%20%C3%BC%7E.yaml"


def test_names_that_are_cut_stay_apart():
    first, second = ("x" * 252 + end for end in "ab")

    paths_of = [paths.of_binding(ResourceKey("", "ConfigMap", "shop", n)) for n in (first, second)]

    assert paths_of[0] != paths_of[1]
    assert {len(path.rpartition("/")[2]) for path in paths_of} == {250}
