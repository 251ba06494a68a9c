"""Custom kinds: what their definitions ask of objects, and how definitions come into force.

Comes in: custom objects, and CustomResourceDefinitions that were just written. Goes out: objects
with defaults, mistakes in a server's words, and definitions with their conditions.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gitopsd.apiserver.errors import Cause, go_text, not_supported, required
from gitopsd.apiserver.resources import ResourceType
from gitopsd.kube.body import Body, dig

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
KEY = ("apiextensions.k8s.io", "customresourcedefinitions")


def prepared(of: ResourceType, body: Body) -> Body:
    """A custom object with the defaults of its schema."""
    schema = dig(of.custom, "schema", "openAPIV3Schema", default={})
    made: Body = _defaulted(body, schema)
    return made


def mistakes(of: ResourceType, body: Body) -> Iterator[Cause]:
    """What is wrong with a custom object, by its schema."""
    schema = dig(of.custom, "schema", "openAPIV3Schema", default={})
    for name, below in (schema.get("properties") or {}).items():
        if name not in ("apiVersion", "kind", "metadata") and body.get(name) is not None:
            yield from _mistakes(body[name], below, name)
    for name in schema.get("required") or ():
        if body.get(name) is None:
            yield required(name)


def is_established(definition: Body) -> bool:
    """Whether a definition is in force."""
    return any(
        each.get("type") == "Established" and each.get("status") == "True"
        for each in dig(definition, "status", "conditions", default=())
    )


def accepted(definition: Body, now: str) -> Body:
    """The definition in force, with the conditions that say so."""
    names = dict(definition["spec"]["names"])
    stored = [each["name"] for each in definition["spec"]["versions"] if each.get("storage")]
    known = dig(definition, "status", "storedVersions", default=[])
    conditions = [
        _condition("NamesAccepted", "NoConflicts", "no conflicts found", now),
        _condition("Established", "InitialNamesAccepted", "the initial names have been accepted",
                   now),
    ]  # fmt: skip
    status = {
        "conditions": conditions,
        "acceptedNames": names,
        "storedVersions": list(dict.fromkeys([*known, *stored])),
    }
    return {**definition, "status": status}


def names_changed(definition: Body) -> bool:
    """Whether the names in force, or the versions once stored, are not those of the definition."""
    wanted = dig(definition, "spec", "names", default={})
    return bool(dig(definition, "status", "acceptedNames") != wanted)


def without_cleanup(definition: Body) -> Body:
    """The definition without the finalizer that waits for its objects."""
    metadata = dict(definition["metadata"])
    kept = [each for each in metadata.get("finalizers") or () if each != CLEANUP]
    if kept:
        metadata["finalizers"] = kept
    else:
        metadata.pop("finalizers", None)
    return {**definition, "metadata": metadata}


def terminating(definition: Body, now: str) -> Body:
    """The definition on its way out: its objects go first."""
    kept = [
        each
        for each in dig(definition, "status", "conditions", default=())
        if each.get("type") != "Terminating"
    ]
    said = "CustomResource deletion is in progress"
    made = _condition("Terminating", "InstanceDeletionInProgress", said, now)
    return {**definition, "status": {**definition["status"], "conditions": [*kept, made]}}


def _condition(kind: str, reason: str, message: str, now: str) -> Body:
    return {
        "type": kind,
        "status": "True",
        "lastTransitionTime": now,
        "reason": reason,
        "message": message,
    }


def _defaulted(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        properties = schema.get("properties") or {}
        more = schema.get("additionalProperties")
        made, is_changed = dict(value), False
        for name, below in properties.items():
            if name not in made or (made[name] is None and not below.get("nullable")):
                if "default" in below:
                    made[name] = _defaulted(below["default"], below)
                    is_changed = True
                elif name in made and made[name] is None:
                    del made[name]
                    is_changed = True
        for name, each in made.items():
            inner = properties.get(name) or (more if isinstance(more, Mapping) else None)
            if inner and isinstance(each, (Mapping, list)):
                after = _defaulted(each, inner)
                is_changed = is_changed or after is not each
                made[name] = after
        return made if is_changed else value
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        items = [_defaulted(each, schema["items"]) for each in value]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    return value


_TYPES: Mapping[str, Any] = {
    "object": Mapping,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}


def _mistakes(value: Any, schema: Mapping[str, Any], path: str) -> Iterator[Cause]:
    """Every way in which a value breaks its schema, in a server's words."""
    if value is None:
        if not schema.get("nullable"):
            yield _wrong_type(value, "null", schema.get("type", ""), path)
        return
    wanted = schema.get("type", "")
    if schema.get("x-kubernetes-int-or-string"):
        wanted = "string" if isinstance(value, str) else "integer"
    is_number = isinstance(value, bool) and wanted in ("integer", "number")
    if wanted and (is_number or not isinstance(value, _TYPES[wanted])):
        yield _wrong_type(value, _NAMES.get(type(value), "object"), wanted, path)
        return
    if "enum" in schema and value not in schema["enum"]:
        known = ", ".join(go_text(each) for each in schema["enum"])
        cause = not_supported(path, value, ())
        yield cause._replace(
            message=f"Unsupported value: {go_text(value)}: supported values: {known}"
        )
    for said in _limits(value, schema, path):
        yield Cause("FieldValueInvalid", f"Invalid value: {_shown(value)}: {said}", path)
    if isinstance(value, Mapping):
        properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
        for name in schema.get("required") or ():
            if name not in value:
                yield required(f"{path}.{name}")
        for name, each in value.items():
            inner = properties.get(name) or (more if isinstance(more, Mapping) else None)
            if inner:
                yield from _mistakes(each, inner, f"{path}.{name}")
    elif isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        for index, each in enumerate(value):
            yield from _mistakes(each, schema["items"], f"{path}[{index}]")


def _limits(value: Any, schema: Mapping[str, Any], path: str) -> Iterator[str]:
    at = f"{path} in body"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if "minimum" in schema and value < schema["minimum"]:
            yield f"{at} should be greater than or equal to {schema['minimum']}"
        if "maximum" in schema and value > schema["maximum"]:
            yield f"{at} should be less than or equal to {schema['maximum']}"
    elif isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield f"{at} should be at least {schema['minLength']} chars long"
        if len(value) > schema.get("maxLength", len(value)):
            yield f"{at} should be at most {schema['maxLength']} chars long"
        if "pattern" in schema and not _fits(schema["pattern"], value):
            yield f"{at} should match '{schema['pattern']}'"
    elif isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{at} should have at least {schema['minItems']} items"
        if len(value) > schema.get("maxItems", len(value)):
            yield f"{at} should have at most {schema['maxItems']} items"


def _fits(pattern: str, value: str) -> bool:
    """Whether a text has the pattern; one that only Go understands lets all pass."""
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return True


def _wrong_type(value: Any, found: str, wanted: str, path: str) -> Cause:
    said = f'{path} in body must be of type {wanted}: "{found}"'
    return Cause("FieldValueTypeInvalid", f'Invalid value: "{found}": {said}', path)


def _shown(value: Any) -> str:
    return go_text(value) if not isinstance(value, (list, Mapping)) else str(len(value))
