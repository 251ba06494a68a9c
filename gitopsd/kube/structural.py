"""The schema of a CustomResourceDefinition as a strict JSON Schema.

Comes in: a structural `openAPIV3Schema`. Goes out: JSON Schema in which unknown fields are
mistakes unless the CRD keeps them, and `nullable`, `x-kubernetes-int-or-string` and embedded
resources are said in plain keywords. The list and map types of server-side apply stay in it. What
only an API server can check (CEL rules, formats) is left out.
See https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/.
"""

import re
from collections.abc import Mapping
from typing import Any

_KEPT = (
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "multipleOf",
    "uniqueItems",
    "default",
)
_OWN = ("apiVersion", "kind", "metadata")
_FORMATS = ("int32", "int64")


def strict(schema: Mapping[str, Any], object_meta: str) -> Mapping[str, Any]:
    """The strict schema of a custom object; `object_meta` refers to that of its metadata."""
    made = _strict({**schema, "type": "object"})
    return _as_resource(made, object_meta)


def _as_resource(made: dict[str, Any], object_meta: str = "") -> dict[str, Any]:
    fields = dict(made.get("properties", {}))
    fields["apiVersion"] = {"type": "string"}
    fields["kind"] = {"type": "string"}
    fields["metadata"] = {"$ref": object_meta} if object_meta else {"type": "object"}
    return {**made, "properties": fields, "type": made.get("type", "object")}


def _strict(schema: Any) -> dict[str, Any]:
    if not isinstance(schema, Mapping):
        return {}
    made = {key: schema[key] for key in _KEPT if key in schema}
    made |= _numbers(schema)
    made |= _values(schema)
    if schema.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
        made["format"] = "int-or-string"
    elif isinstance(schema.get("type"), str):
        made["type"] = schema["type"]
    if schema.get("format") in _FORMATS:
        made["format"] = schema["format"]
    if "items" in schema:
        made["items"] = _strict(schema["items"])
    made |= _object(schema)
    made |= _combined(schema)
    if schema.get("x-kubernetes-embedded-resource"):
        made = _as_resource(made)
    return _or_null(made) if schema.get("nullable") else made


def _object(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Fields, required ones and whether others may be there.

    The server fills in defaults before it checks, so a field with a default is never lacking.
    """
    made: dict[str, Any] = {}
    declared = schema.get("properties")
    fields = declared if isinstance(declared, Mapping) else {}
    if fields:
        made["properties"] = {name: _field(each) for name, each in fields.items()}
    required = schema.get("required")
    if isinstance(required, list):
        made["required"] = [
            name
            for name in required
            if isinstance(name, str) and not _has_default(fields.get(name))
        ]
    more = schema.get("additionalProperties")
    keeps = schema.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(more, Mapping):
        made["additionalProperties"] = _strict(more)
    elif schema.get("type") == "object" and not keeps and more is not True:
        made["additionalProperties"] = False
    return made


def _field(schema: Any) -> dict[str, Any]:
    """A field; the server drops a null where there is a default."""
    made = _strict(schema)
    return _or_null(made) if _has_default(schema) else made


def _has_default(schema: Any) -> bool:
    return isinstance(schema, Mapping) and schema.get("default") is not None


def _or_null(made: dict[str, Any]) -> dict[str, Any]:
    if "enum" in made and None not in made["enum"]:
        made["enum"] = [*made["enum"], None]
    if "type" in made:
        types = made["type"] if isinstance(made["type"], list) else [made["type"]]
        if "null" not in types:
            made["type"] = [*types, "null"]
    return made


def _numbers(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Bounds; OpenAPI 3.0 says with a boolean that one is exclusive."""
    made: dict[str, Any] = {}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(schema.get(bound), int | float):
            made[exclusive if schema.get(exclusive) is True else bound] = schema[bound]
    return made


def _values(schema: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if isinstance(schema.get("enum"), list):
        made["enum"] = schema["enum"]
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and _is_portable(pattern):
        made["pattern"] = pattern
    return made


def _combined(schema: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for keyword in ("allOf", "anyOf", "oneOf"):
        if isinstance(schema.get(keyword), list) and schema[keyword]:
            made[keyword] = [_only_values(each) for each in schema[keyword]]
    if isinstance(schema.get("not"), Mapping):
        made["not"] = _only_values(schema["not"])
    return made


def _only_values(schema: Any) -> dict[str, Any]:
    """Within `anyOf` and its like only values are checked, never which fields there are."""
    made = _strict(schema)
    if made.get("additionalProperties") is False:
        del made["additionalProperties"]
    if "properties" in made and isinstance(schema, Mapping):
        made["properties"] = {
            name: _only_values(each) for name, each in schema["properties"].items()
        }
    return made


def _is_portable(pattern: str) -> bool:
    """Whether our regular expressions read it as Go's do, as far as that can be told."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return not re.search(r"\(\?[imsU-]|\\[QEzAC]|\[\[:", pattern)
