import json
from pathlib import Path

import jsonschema
import pytest
import referencing

from gitopsd.kube.schemas import UNTYPED, accepted, bundled, ours, without_nulls

DISCOVERY = json.loads((Path(__file__).parent / "discovery-1.36.json").read_text())
VERSIONS = ("1.34", "1.35", "1.36", "1.37")


def deployment(**spec):
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "web", "image": "nginx"}]},
            },
            **spec,
        },
    }


def test_a_right_body_has_no_mistakes():
    assert bundled().validate(deployment(replicas=3)) == []


def test_every_mistake_has_its_pointer_and_says_what_would_be_right():
    body = deployment(
        replicas="3",
        stratgy={},
        strategy={"rollingUpdate": {"maxSurge": [1]}},
        minReadySeconds=2**31,
        template={
            "metadata": {"labels": {"a": True}},
            "spec": {
                "containers": [{"image": 1, "resources": {"limits": {"cpu": "1 GB"}}}],
            },
        },
    )

    assert bundled().validate(body) == [
        ("/spec/minReadySeconds", "must be 2147483647 or less"),
        ("/spec/replicas", "must be a whole number, is a string"),
        ("/spec/strategy/rollingUpdate/maxSurge", "must be a whole number or a string, is a list"),
        ("/spec/stratgy", "unknown field 'stratgy'; did you mean 'strategy'?"),
        (
            "/spec/template/metadata/labels/a",
            "must be a string, is true or false; put it in quotes",
        ),
        ("/spec/template/spec/containers/0", "lacks the field 'name'"),
        (
            "/spec/template/spec/containers/0/image",
            "must be a string, is a whole number; put it in quotes",
        ),
        (
            "/spec/template/spec/containers/0/resources/limits/cpu",
            "is no quantity; right would be 500m, 2 or 1Gi",
        ),
    ]


def test_values_are_never_shown():
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "a"},
        "data": {"password": "hunter2!", "number": 12345, "fine": "aGVsbG8="},
        "stringData": {"token": 67890},
    }

    found = bundled().validate(secret)

    assert found == [
        ("/data/number", "must be a string, is a whole number; put it in quotes"),
        ("/data/password", "is not base64; plain text belongs into stringData of a Secret"),
        ("/stringData/token", "must be a string, is a whole number; put it in quotes"),
    ]


def test_nulls_count_as_absent():
    body = deployment(replicas=None, template=None)

    assert bundled().validate(body) == [("/spec", "lacks the field 'template'")]


def test_without_nulls_keeps_what_has_none():
    body = {"a": [{"b": 1}], "c": {"d": [None]}}

    assert without_nulls(body) is body
    assert without_nulls({"a": {"b": None, "c": 1}, "d": None}) == {"a": {"c": 1}}


def test_a_kind_of_an_older_release_is_still_checked():
    older = set(bundled("1.34").kinds()) - set(bundled("1.37").kinds())

    assert older
    assert all(bundled().knows(*gvk) for gvk in older)


def test_an_unknown_kind_has_no_scope_and_no_mistakes():
    body = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}, "x": 1}

    assert bundled().scope("example.com", "Thing") is None
    assert bundled().type_of("example.com", "v1", "Thing") is None
    assert bundled().validate(body) == []


def test_versions_of_a_kind_are_told():
    assert bundled().versions("autoscaling", "HorizontalPodAutoscaler") == ("v1", "v2")
    assert bundled().versions("", "Servize") == ()


def test_a_release_that_is_not_bundled_is_refused():
    with pytest.raises(KeyError):
        bundled("1.2")


@pytest.mark.parametrize("resource", [key for key in DISCOVERY if key.count("/") == 2])
def test_a_native_kind_is_served_as_a_real_server_says(resource):
    group, _, plural = resource.split("/")
    said = DISCOVERY[resource]

    served = bundled("1.36").served(group, said["kind"])

    assert served is not None
    assert served.plural == plural
    assert served.scope == ("Namespaced" if said["namespaced"] else "Cluster")
    assert served.virtual is not said["patch"]
    assert list(served.short_names) == said.get("short", [])


@pytest.mark.parametrize("version", VERSIONS)
def test_every_bundled_kind_can_be_walked_and_checked(version):
    schemas = bundled(version)

    for group, name, kind in schemas.kinds():
        node = schemas.type_of(group, name, kind)
        body = {
            "apiVersion": f"{group}/{name}" if group else name,
            "kind": kind,
            "metadata": {"name": 1},
        }
        assert node is not None
        assert "metadata" in node.fields
        assert ("/metadata/name", "must be a string, is a whole number; put it in quotes") in (
            schemas.validate(body)
        )


def test_a_schema_says_how_lists_and_maps_merge():
    node = bundled().type_of("apps", "v1", "Deployment")

    containers = node.field("spec").field("template").field("spec").field("containers")
    ports = containers.items.field("ports")

    assert (containers.kind_of_value, containers.list_type, containers.map_keys) == (
        "list",
        "map",
        ("name",),
    )
    assert (containers.patch_strategy, containers.patch_merge_key) == ("merge", "name")
    assert ports.map_keys == ("containerPort", "protocol")
    assert ports.items.field("protocol").default == "TCP"
    assert node.field("spec").field("selector").map_type == "atomic"
    assert node.field("metadata").field("labels").values.json_type == "string"
    assert node.field("nope") is None
    assert node.field("spec") is node.field("spec")


def test_below_the_untyped_all_is_untyped():
    assert UNTYPED.field("a") is UNTYPED
    assert UNTYPED.items is UNTYPED
    assert UNTYPED.list_type == "atomic"


def test_our_own_kinds_are_known_beside_the_native_ones():
    assert accepted().scope("policy.karmada.io", "PropagationPolicy") == "Namespaced"
    assert accepted().scope("policy.karmada.io", "ClusterPropagationPolicy") == "Cluster"
    assert accepted().plural("cluster.karmada.io", "Cluster") == "clusters"
    assert accepted().scope("apps", "Deployment") == "Namespaced"
    assert bundled().scope("cluster.karmada.io", "Cluster") is None
    assert len(list(ours().kinds())) == 12


# Bodies that the fast validator and the reference one must judge alike.
PARITY = [
    deployment(),
    deployment(replicas="3"),
    deployment(paused=1),
    deployment(nope=1),
    deployment(strategy={"rollingUpdate": {"maxSurge": "25%"}}),
    deployment(strategy={"rollingUpdate": {"maxSurge": 1.5}}),
    deployment(template={"spec": {"containers": [{}]}}),
    deployment(selector=[]),
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": 1}},
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "b"}},
]


@pytest.mark.parametrize("body", PARITY)
def test_the_fast_validator_judges_as_the_reference_does(body):
    schemas = bundled()
    gvk = ("apps", "v1", "Deployment") if "/" in body["apiVersion"] else ("", "v1", "ConfigMap")
    layer = schemas._find(gvk)
    reference = jsonschema.Draft202012Validator(
        {**layer.roots[gvk], "$defs": layer.definitions}, registry=referencing.Registry()
    )

    fast = {pointer for pointer, _ in schemas.validate(body)}

    assert bool(fast) is not reference.is_valid(body)
