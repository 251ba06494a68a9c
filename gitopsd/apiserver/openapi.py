"""OpenAPI: documents that kubectl explains kinds from and finds out what patches may ask for.

Comes in: the catalogue. Goes out: the index and documents of version 3, one for each group and
version, and one document of version 2. Types come from the schemas; they carry no descriptions.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from gitopsd.apiserver.resources import Catalogue, ResourceType
from gitopsd.kube.schemas import Node
from gitopsd.kube.wire import hash_of

_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation", "force", "pretty")
_PATCHES = (
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
)


class Documents:
    """Documents of one catalogue, made when asked for and kept while it stays as it is."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._revision = -1
        self._made: dict[str, dict[str, Any]] = {}

    def index(self) -> dict[str, Any]:
        """Where the documents of version 3 are; the hash changes with the document."""
        paths = {}
        for group, versions in self._catalogue.groups().items():
            for version in versions:
                place = _place(group, version)
                mark = hash_of(
                    [[each.kind, each.plural, each.custom] for each in self._of(group, version)]
                )
                paths[place] = {"serverRelativeURL": f"/openapi/v3/{place}?hash={mark.upper()}"}
        return {"paths": paths}

    def third(self, place: str) -> dict[str, Any] | None:
        """The document of a group and version; None for one that is not served."""
        self._refresh()
        if place not in self._made:
            parts = place.split("/")
            group, version = ("", parts[1]) if parts[0] == "api" else (parts[1], parts[-1])
            found = self._of(group, version)
            if not found:
                return None
            self._made[place] = self._document(found)
        return self._made[place]

    def second(self) -> dict[str, Any]:
        """The one document of version 2."""
        self._refresh()
        if "v2" not in self._made:
            writer = _Writer("#/definitions/")
            paths: dict[str, Any] = {}
            for each in self._catalogue:
                paths |= _paths(each, writer.root(each), _operation_v2)
            self._made["v2"] = {
                "swagger": "2.0",
                "info": {"title": "Kubernetes", "version": "v1.36.0"},
                "paths": paths,
                "definitions": writer.definitions,
            }
        return self._made["v2"]

    def _document(self, found: Iterable[ResourceType]) -> dict[str, Any]:
        writer = _Writer("#/components/schemas/")
        paths: dict[str, Any] = {}
        for each in found:
            paths |= _paths(each, writer.root(each), _operation)
        return {
            "openapi": "3.0.0",
            "info": {"title": "Kubernetes", "version": "v1.36.0"},
            "paths": paths,
            "components": {"schemas": writer.definitions},
        }

    def _of(self, group: str, version: str) -> list[ResourceType]:
        return [each for each in self._catalogue if (each.group, each.version) == (group, version)]

    def _refresh(self) -> None:
        if self._revision != self._catalogue.revision:
            self._revision = self._catalogue.revision
            self._made = {}


class _Writer:
    """Definitions of kinds, written out from schema nodes."""

    def __init__(self, prefix: str) -> None:
        self.definitions: dict[str, Any] = {}
        self._prefix = prefix

    def root(self, of: ResourceType) -> str:
        """The reference to a kind, whose definition is written on the way."""
        name = f"{_reversed(of.group)}.{of.version}.{of.kind}"
        if name not in self.definitions:
            self.definitions[name] = {}
            made = self._schema(of.node, 0) if of.node is not None else {"type": "object"}
            kind = {"group": of.group, "kind": of.kind, "version": of.version}
            self.definitions[name] = {**made, "x-kubernetes-group-version-kind": [kind]}
        return self._prefix + name

    def _schema(self, node: Node | None, depth: int) -> dict[str, Any]:
        """A node in full; what is nested without end stops as an object."""
        if node is None or depth > 14:
            return {"type": "object"}
        kind = node.kind_of_value
        if kind == "scalar":
            return _scalar(node)
        if kind == "list":
            made: dict[str, Any] = {"type": "array", "items": self._schema(node.items, depth + 1)}
            if node.list_type != "atomic":
                made["x-kubernetes-list-type"] = node.list_type
            if node.map_keys:
                made["x-kubernetes-list-map-keys"] = list(node.map_keys)
        elif kind == "map":
            made = {
                "type": "object",
                "additionalProperties": self._schema(node.values, depth + 1),
            }
        elif kind == "object":
            made = {
                "type": "object",
                "properties": {
                    name: self._schema(node.field(name), depth + 1) for name in node.fields
                },
            }
            if node.required:
                made["required"] = list(node.required)
        else:
            return {"type": "object"}
        if node.map_type == "atomic":
            made["x-kubernetes-map-type"] = "atomic"
        if node.patch_strategy:
            made["x-kubernetes-patch-strategy"] = node.patch_strategy
        if node.patch_merge_key:
            made["x-kubernetes-patch-merge-key"] = node.patch_merge_key
        return made


def _scalar(node: Node) -> dict[str, Any]:
    made: dict[str, Any] = {"type": node.json_type or "string"}
    if node.format:
        made["format"] = node.format
    return made


def _paths(of: ResourceType, reference: str, operation: Any) -> dict[str, Any]:
    root = f"/apis/{of.group}/{of.version}" if of.group else f"/api/{of.version}"
    scope = "/namespaces/{namespace}" if of.is_namespaced else ""
    many = f"{root}{scope}/{of.plural}"
    if of.is_virtual:
        return {many: {"post": operation(of, reference, "post")}}
    one = many + "/{name}"
    return {
        many: {verb: operation(of, reference, verb) for verb in ("get", "post", "delete")},
        one: {verb: operation(of, reference, verb) for verb in ("get", "put", "patch", "delete")},
    }


_ACTIONS = {"get": "get", "post": "post", "put": "put", "patch": "patch", "delete": "delete"}


def _operation(of: ResourceType, reference: str, verb: str) -> dict[str, Any]:
    made = _head(of, verb)
    made["parameters"] = [
        {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
        for name in _parameters(verb)
    ]
    content = {"application/json": {"schema": {"$ref": reference}}}
    made["responses"] = {"200": {"description": "OK", "content": content}}
    if verb == "patch":
        body = {"schema": {"type": "object"}}
        made["requestBody"] = {"content": dict.fromkeys(_PATCHES, body), "required": True}
    elif verb in ("post", "put"):
        made["requestBody"] = {"content": {"*/*": {"schema": {"$ref": reference}}}}
    return made


def _operation_v2(of: ResourceType, reference: str, verb: str) -> dict[str, Any]:
    made = _head(of, verb)
    made["parameters"] = [
        {"name": name, "in": "query", "type": "string", "uniqueItems": True}
        for name in _parameters(verb)
    ]
    made["responses"] = {"200": {"description": "OK", "schema": {"$ref": reference}}}
    if verb == "patch":
        made["consumes"] = list(_PATCHES)
    return made


def _head(of: ResourceType, verb: str) -> dict[str, Any]:
    kind: Mapping[str, str] = {"group": of.group, "kind": of.kind, "version": of.version}
    return {
        "x-kubernetes-action": _ACTIONS[verb],
        "x-kubernetes-group-version-kind": kind,
    }


def _parameters(verb: str) -> tuple[str, ...]:
    if verb == "patch":
        return _PARAMETERS
    return ("dryRun", "fieldManager", "fieldValidation") if verb in ("post", "put") else ()


def _place(group: str, version: str) -> str:
    return f"apis/{group}/{version}" if group else f"api/{version}"


def _reversed(group: str) -> str:
    if "." not in group:
        return f"io.k8s.api.{group or 'core'}"
    return ".".join(reversed(group.split(".")))
