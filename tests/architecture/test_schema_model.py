"""The schemas of our kinds and the values they are read into say the same."""

import inspect
import json

import msgspec
import pytest

from architecture.house import TOP
from gitopsd.core.load.parsed import Sort
from gitopsd.core.load.roles import CLUSTER_SCOPED, ROLES
from gitopsd.kube.schemas import ours
from gitopsd.model import claims, cluster, gating, policy, rollout, snapshot

SCHEMAS = {
    path.stem: json.loads(path.read_text()) for path in sorted((TOP / "schema").glob("*.json"))
}
DEFINITIONS = {
    name: each for schema in SCHEMAS.values() for name, each in schema.get("$defs", {}).items()
}
TYPES = {
    "ConfigurationSpec": snapshot.Configuration,
    "Guards": gating.Guards,
    "Conflicts": claims.Conflicts,
    "SetDependency": snapshot.SetDependency,
    "IgnoreRule": claims.IgnoreRule,
    "IgnoreTarget": claims.IgnoreTarget,
    "Taint": cluster.Taint,
    "ResourceModel": cluster.ResourceModel,
    "ResourceRange": cluster.ResourceRange,
    "RolloutSpec": rollout.RolloutSpec,
    "RolloutStage": rollout.RolloutStage,
    "RolloutWindow": rollout.RolloutWindow,
} | {
    name: each
    for name, each in inspect.getmembers(policy, inspect.isclass)
    if issubclass(each, policy.Wire) and each not in (policy.Wire, policy.Requirement)
}
WITHOUT_A_VALUE_YET = {"FederatedResourceQuota", "ClusterTaintPolicy"}


@pytest.mark.parametrize("name", sorted(TYPES))
def test_a_type_has_the_fields_of_its_schema(name: str) -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(TYPES[name])}

    assert fields == set(DEFINITIONS[name]["properties"])


@pytest.mark.parametrize("name", sorted(TYPES))
def test_a_field_without_a_default_is_required(name: str) -> None:
    required = {
        field.encode_name for field in msgspec.structs.fields(TYPES[name]) if field.required
    }

    assert required <= set(DEFINITIONS[name].get("required", ()))


@pytest.mark.parametrize("name", sorted(TYPES))
def test_defaults_are_the_same(name: str) -> None:
    properties = DEFINITIONS[name]["properties"]

    different = {
        field.encode_name: (field.default, properties[field.encode_name]["default"])
        for field in msgspec.structs.fields(TYPES[name])
        if "default" in properties[field.encode_name]
        and field.default != properties[field.encode_name]["default"]
    }

    assert not different


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_schema_says_whose_it_is(name: str) -> None:
    schema = SCHEMAS[name]
    [gvk] = schema["x-kubernetes-group-version-kind"]
    scope = "Cluster" if (gvk["group"], gvk["kind"]) in CLUSTER_SCOPED else "Namespaced"

    assert gvk["kind"] == schema["title"] == name
    assert schema["x-scope"] == scope
    assert (gvk["group"], gvk["kind"]) in ROLES
    assert ours().knows(gvk["group"], gvk["version"], gvk["kind"])


def test_every_kind_that_is_read_into_a_value_has_a_schema() -> None:
    typed = {kind for (_, kind), sort in ROLES.items() if sort is not Sort.OTHER}

    assert typed | WITHOUT_A_VALUE_YET == set(SCHEMAS)


def test_a_definition_stands_in_one_file_only() -> None:
    names = [name for schema in SCHEMAS.values() for name in schema.get("$defs", {})]

    assert sorted(set(names)) == sorted(names)


def test_every_mapping_of_a_schema_is_closed() -> None:
    open_ = [
        name
        for name, each in DEFINITIONS.items()
        if "properties" in each and each.get("additionalProperties") is not False
    ]

    assert not open_
