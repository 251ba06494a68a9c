import pytest

from gitopsd.kube.schemas import bundled


def crd(**properties):
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "things", "kind": "Thing", "shortNames": ["th"]},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {
                                "spec": {"type": "object", "properties": properties},
                            },
                        }
                    },
                },
                {"name": "v0", "served": False, "storage": False},
            ],
        },
    }


def judge(schema, value):
    schemas = bundled().with_crds([crd(field=schema)])
    return schemas.validate(
        {
            "apiVersion": "example.com/v1",
            "kind": "Thing",
            "metadata": {"name": "a", "creationTimestamp": None},
            "spec": {"field": value},
        }
    )


RIGHT = [
    ({"type": "integer"}, 1),
    ({"type": "string", "nullable": True}, None),
    ({"type": "string", "enum": ["a"], "nullable": True}, None),
    ({"type": "string", "default": "a"}, None),
    ({"x-kubernetes-int-or-string": True}, 1),
    ({"x-kubernetes-int-or-string": True}, "25%"),
    ({"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}, 1),
    ({"type": "object", "x-kubernetes-preserve-unknown-fields": True}, {"a": {"b": 1}}),
    ({"x-kubernetes-preserve-unknown-fields": True}, [1]),
    ({"type": "object", "additionalProperties": {"type": "string"}}, {"a": "b"}),
    ({"type": "object", "additionalProperties": True}, {"a": 1}),
    (
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"type": "string", "default": "x"}},
        },
        {},
    ),
    (
        {
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
        },
        {"b": "x"},
    ),
    (
        {"type": "object", "x-kubernetes-embedded-resource": True, "properties": {}},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "labels": {}}},
    ),
    ({"type": "string", "pattern": "(?i)\\Aabc\\z"}, "not judged: Go's own words"),
    ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, 1),
]
WRONG = [
    ({"type": "integer"}, "1", "must be a whole number, is a string"),
    ({"type": "string"}, None, "must be a string, is null"),
    ({"type": "string", "enum": ["a", "b"]}, "c", "must be a or b"),
    ({"type": "string", "pattern": "^a+$"}, "b", "does not match ^a+$"),
    ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, 0, "must be more than 0"),
    ({"type": "array", "minItems": 1, "items": {"type": "string"}}, [], "must not be empty"),
    ({"type": "string", "maxLength": 2}, "abc", "must have 2 or fewer characters"),
    (
        {"x-kubernetes-int-or-string": True},
        1.5,
        "must be a whole number or a string, is a number; put it in quotes",
    ),
    (
        {
            "type": "object",
            "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
        },
        {},
        "fits none of the forms that the schema allows",
    ),
]


@pytest.mark.parametrize(("schema", "value"), RIGHT)
def test_a_custom_object_is_right(schema, value):
    assert judge(schema, value) == []


@pytest.mark.parametrize(("schema", "value", "words"), WRONG)
def test_a_custom_object_is_wrong(schema, value, words):
    assert judge(schema, value) == [("/spec/field", words)]


def test_unknown_fields_of_custom_objects_are_mistakes():
    schema = {"type": "object", "properties": {"size": {"type": "integer"}}}

    assert judge(schema, {"sise": 1}) == [
        ("/spec/field/sise", "unknown field 'sise'; did you mean 'size'?")
    ]


def test_a_crd_says_how_its_kind_is_served():
    schemas = bundled().with_crds([crd()])

    served = schemas.served("example.com", "Thing")

    assert (served.plural, served.scope, served.short_names) == ("things", "Namespaced", ("th",))
    assert served.subresources == ("status",)
    assert schemas.versions("example.com", "Thing") == ("v1",)


def test_the_list_types_of_a_crd_are_kept():
    schema = {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "items": {"type": "object", "properties": {"name": {"type": "string"}}},
    }

    node = bundled().with_crds([crd(field=schema)]).type_of("example.com", "v1", "Thing")

    assert node.field("spec").field("field").map_keys == ("name",)
    assert node.field("metadata").field("labels").kind_of_value == "map"


@pytest.mark.parametrize("broken", [{}, {"spec": 1}, {"spec": {"names": []}}, crd(field=3)])
def test_a_broken_crd_teaches_nothing_and_breaks_nothing(broken):
    bundled().with_crds([broken])
