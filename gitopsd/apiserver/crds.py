"""Custom kinds: what their definitions ask of objects, and how definitions come into force.

Comes in: custom objects, and CustomResourceDefinitions that were just written. Goes out: objects
with defaults, mistakes in a server's words, and definitions with their conditions.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from gitopsd.apiserver.errors import Cause
from gitopsd.apiserver.resources import Catalogue, ResourceType
from gitopsd.kube.body import Body, dig

CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
KEY = ("apiextensions.k8s.io", "customresourcedefinitions")


def prepared(of: ResourceType, body: Body) -> Body:
    """A custom object with the defaults of its schema."""
    schema = dig(of.custom, "schema", "openAPIV3Schema", default={})
    made: Body = _defaulted(body, schema)
    return made


def mistakes(
    catalogue: Catalogue, of: ResourceType, old: Body | None, body: Body
) -> Iterator[Cause]:
    """What is wrong with a custom object."""
    for pointer, message in catalogue.validate(body):
        path = pointer.lstrip("/").replace("/", ".")
        yield Cause("FieldValueInvalid", f"Invalid value: {message}", path or "<nil>")


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
