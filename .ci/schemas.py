"""Writes gitopsd/kube/data/kubernetes-<minor>.json.gz: what the product knows of native kinds.

Comes in: the strict definitions of the development dependency kubernetes-validate and the
discovery of a real API server, recorded beside its test. Goes out: one small file per supported
Kubernetes version, the same bytes on every run. Run it after an update of kubernetes-validate.
"""

import gzip
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

TOP = Path(__file__).parents[1]
OUT = TOP / "gitopsd" / "kube" / "data"
DISCOVERY = TOP / "tests" / "unit" / "kube" / "discovery-1.36.json"
VERSIONS = ("1.34", "1.35", "1.36", "1.37")

# Newer than the recorded discovery; every other kind that it lacks is namespaced.
CLUSTER_SCOPED: frozenset[str] = frozenset()

# OpenAPI v2 leaves out defaults; these two are parts of list keys (upstream: +default="TCP").
DEFAULTS = {
    ("io.k8s.api.core.v1.ContainerPort", "protocol"): "TCP",
    ("io.k8s.api.core.v1.ServicePort", "protocol"): "TCP",
}
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
REF = "#/$defs/"


def main() -> None:
    OUT.mkdir(exist_ok=True)
    discovery = json.loads(DISCOVERY.read_text())
    for version in VERSIONS:
        bundle = bundle_of(version, discovery)
        text = json.dumps(bundle, separators=(",", ":"), sort_keys=True).encode()
        path = OUT / f"kubernetes-{version}.json.gz"
        path.write_bytes(gzip.compress(text, 9, mtime=0))
        print(f"{path.relative_to(TOP)}: {len(bundle['kinds'])} kinds, {path.stat().st_size} bytes")


def bundle_of(version: str, discovery: dict[str, Any]) -> dict[str, Any]:
    """Kinds with their definition, how each is served, and the definitions they reach."""
    source = files("kubernetes_validate") / "kubernetes-json-schema"
    whole = json.loads((source / f"v{version}.0-local-strict" / "_definitions.json").read_text())
    definitions = {name: plain(name, each) for name, each in whole["$defs"].items()}
    kinds: dict[str, str] = {}
    for name, each in whole["$defs"].items():
        metadata = each.get("properties", {}).get("metadata", {}).get("$ref", "")
        for gvk in each.get("x-kubernetes-group-version-kind", ()):
            if metadata == REF + OBJECT_META:
                kinds[f"{gvk['group']}/{gvk['version']}/{gvk['kind']}"] = name
    served = {}
    for gvk in kinds:
        group, _, kind = gvk.split("/")
        served[f"{group}/{kind}"] = served_as(group, kind, discovery)
    return {
        "version": version,
        "kinds": kinds,
        "served": served,
        "definitions": {name: definitions[name] for name in sorted(reached(definitions, kinds))},
    }


def plain(name: str, schema: Any) -> Any:
    """The definition without descriptions and nulls, which readers drop before they check."""
    if name == QUANTITY:
        return {"type": ["string", "number"], "format": "quantity"}
    if name == INT_OR_STRING:
        ends = {"minimum": -(2**31), "maximum": 2**31 - 1}
        return {"type": ["string", "integer"], "format": "int-or-string", **ends}
    made = without_words(schema)
    for (owner, field), default in DEFAULTS.items():
        if owner == name:
            made["properties"][field]["default"] = default
    return made


def without_words(schema: Any) -> Any:
    if isinstance(schema, list):
        return [without_words(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            made[key] = {field: without_words(each) for field, each in value.items()}
        elif key == "type" and isinstance(value, list):
            named = [each for each in value if each != "null"]
            made[key] = named[0] if len(named) == 1 else named
        elif key not in ("description", "x-kubernetes-unions"):
            made[key] = without_words(value)
    return made


def served_as(group: str, kind: str, discovery: dict[str, Any]) -> dict[str, Any]:
    """Plural, scope and other names, as an API server says, else by its rules."""
    made: dict[str, Any] = {"plural": plural_of(kind), "scope": "Namespaced"}
    if f"{group}/{kind}" in CLUSTER_SCOPED:
        made["scope"] = "Cluster"
    paths = {path: each for path, each in discovery.items() if path.split("/")[0] == group}
    for path, each in sorted(paths.items()):
        resource = path.split("/", 2)[2]
        if each["kind"] == kind and "/" not in resource:
            made["plural"] = resource
            made["scope"] = "Namespaced" if each["namespaced"] else "Cluster"
            made["short"] = each.get("short", [])
            made["categories"] = each.get("categories", [])
            made["virtual"] = not each["patch"]
    if "virtual" not in made:
        made["virtual"] = any(each["kind"] == kind for each in paths.values())
    made["subresources"] = sorted(
        {
            path.split("/")[3]
            for path in paths
            if path.count("/") == 3 and path.split("/")[2] == made["plural"]
        }
    )
    return {key: value for key, value in made.items() if value}


def plural_of(kind: str) -> str:
    """The resource name that Kubernetes' generators give a kind."""
    name = kind.lower()
    if name.endswith("s"):
        return f"{name}es"
    return f"{name[:-1]}ies" if re.search("[^aeiou]y$", name) else f"{name}s"


def reached(definitions: dict[str, Any], kinds: dict[str, str]) -> set[str]:
    found: set[str] = set()
    open_ = list(kinds.values())
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_ += references(definitions[name])
    return found


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema and isinstance(schema["$ref"], str):
            yield schema["$ref"].removeprefix(REF)
        for value in schema.values():
            yield from references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from references(value)


if __name__ == "__main__":
    main()
