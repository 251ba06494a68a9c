"""What kinds look like: native ones from data bundled with the product, custom ones from CRDs.

Comes in: a body, or a group, version and kind. Goes out: scope and names of the kind, its mistakes
in words, or its schema to walk. The data of native kinds is written by `.ci/schemas.py` from the
strict schemas of Kubernetes' own releases; the newest release answers, an older one only for
kinds that the newest no longer has. Validators are compiled kind by kind on first use.

How to walk a schema, to merge as an API server does, stands in `node.py`.
"""

import gzip
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias

import jsonschema_rs

from gitopsd.kube import quantity
from gitopsd.kube.body import Body, dig
from gitopsd.kube.node import REF, UNTYPED, Node, node_of
from gitopsd.kube.structural import strict
from gitopsd.kube.twice import twice
from gitopsd.kube.wire import decode
from gitopsd.kube.wording import worded

__all__ = ["UNTYPED", "Node", "Schemas", "Served", "accepted", "bundled", "ours", "without_nulls"]

Gvk: TypeAlias = tuple[str, str, str]
Scope: TypeAlias = Literal["Namespaced", "Cluster"]

VERSIONS = ("1.34", "1.35", "1.36", "1.37")

_OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_INT_RANGES = {"int32": 2**31, "int64": 2**63}
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


@dataclass(frozen=True, slots=True)
class Served:
    """How an API server serves a kind.

    A `virtual` kind (reviews, bindings, evictions) is asked, not kept.
    """

    plural: str
    scope: Scope
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    virtual: bool = False
    singular: str = ""
    list_kind: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Kinds:
    """Schemas of some kinds, and what they refer to; `drops_nulls` before checking."""

    roots: Mapping[Gvk, Mapping[str, Any]]
    served: Mapping[tuple[str, str], Served]
    definitions: Mapping[str, Any]
    drops_nulls: bool = True
    validators: dict[Gvk, Any] = field(default_factory=dict)
    nodes: dict[Gvk, Node] = field(default_factory=dict)

    def validator(self, gvk: Gvk) -> Any:
        if gvk not in self.validators:
            root = self.roots[gvk]
            needed = _reached(root, self.definitions)
            schema = {**root, "$defs": {name: self.definitions[name] for name in sorted(needed)}}
            self.validators[gvk] = jsonschema_rs.validator_for(
                _checkable(schema),
                offline=True,
                formats={"byte": _is_base64, "quantity": _is_quantity},
                validate_formats=True,
            )
        return self.validators[gvk]

    def node(self, gvk: Gvk) -> Node:
        if gvk not in self.nodes:
            self.nodes[gvk] = node_of(self.roots[gvk], self.definitions)
        return self.nodes[gvk]


class Schemas:
    """All that is known of kinds; immutable but for validators that are compiled when asked."""

    def __init__(self, layers: tuple[_Kinds, ...], older: tuple[str, ...] = ()) -> None:
        self._layers = layers
        self._older = older
        self._groups = frozenset(gvk[0] for layer in layers for gvk in layer.roots)
        self._where: dict[Gvk, _Kinds | None] = {}

    def knows(self, group: str, version: str, kind: str) -> bool:
        """Whether there is a schema of exactly this version."""
        return self._find((group, version, kind)) is not None

    def knows_group(self, group: str) -> bool:
        """Whether any kind of the group is known."""
        return group in self._groups

    def versions(self, group: str, kind: str) -> tuple[str, ...]:
        """Versions of a kind that are known, sorted; empty for an unknown kind."""
        found = {gvk[1] for gvk in self.kinds() if (gvk[0], gvk[2]) == (group, kind)}
        return tuple(sorted(found))

    def kinds(self) -> Iterator[Gvk]:
        """Group, version and kind of every known kind, sorted within each layer."""
        for layer in self._layers:
            yield from sorted(layer.roots)

    def served(self, group: str, kind: str) -> Served | None:
        """How the kind is served; None for an unknown kind."""
        for layer in self._all():
            if (group, kind) in layer.served:
                return layer.served[group, kind]
        return None

    def scope(self, group: str, kind: str) -> Scope | None:
        """`Namespaced` or `Cluster`; None for an unknown kind."""
        served = self.served(group, kind)
        return served.scope if served else None

    def plural(self, group: str, kind: str) -> str | None:
        """The resource name in URLs; None for an unknown kind."""
        served = self.served(group, kind)
        return served.plural if served else None

    def type_of(self, group: str, version: str, kind: str) -> Node | None:
        """The schema of a kind from its root; None for an unknown kind."""
        layer = self._find((group, version, kind))
        return layer.node((group, version, kind)) if layer else None

    def validate(self, body: Body) -> list[tuple[str, str]]:
        """Mistakes as JSON pointer and words, in the order of pointers; values are never shown.

        Empty for a kind that is not known. Unknown fields are mistakes; nulls count as absent.
        """
        group, _, version = str(body.get("apiVersion", "")).rpartition("/")
        gvk = (group, version, str(body.get("kind", "")))
        layer = self._find(gvk)
        if layer is None:
            return []
        validator = layer.validator(gvk)
        node = layer.node(gvk)
        if validator.is_valid(body):
            return list(twice(node, body))
        checked = without_nulls(body) if layer.drops_nulls else _without_null_metadata(body)
        return sorted(
            {
                mistake
                for error in validator.iter_errors(checked)
                for mistake in worded(error, checked, node.fields_at)
            }
        )

    def with_crds(self, crds: Iterable[Body]) -> "Schemas":
        """The same and the custom kinds of these CustomResourceDefinitions."""
        roots: dict[Gvk, Mapping[str, Any]] = {}
        served: dict[tuple[str, str], Served] = {}
        for crd in crds:
            _add_custom(crd, roots, served)
        if not roots:
            return self
        custom = _Kinds(roots, served, self._layers[0].definitions, drops_nulls=False)
        return Schemas((*self._layers, custom), self._older)

    def _find(self, gvk: Gvk) -> _Kinds | None:
        if gvk not in self._where:
            self._where[gvk] = next((each for each in self._all() if gvk in each.roots), None)
        return self._where[gvk]

    def _all(self) -> Iterator[_Kinds]:
        yield from self._layers
        yield from (_native(version) for version in self._older)


@lru_cache
def bundled(version: str = "newest") -> Schemas:
    """Native kinds of a Kubernetes version such as `1.36`; of all bundled ones for `newest`.

    Raises KeyError for a version that is not bundled.
    """
    if version == "newest":
        newest_first = tuple(reversed(VERSIONS))
        return Schemas((_native(newest_first[0]),), newest_first[1:])
    if version not in VERSIONS:
        raise KeyError(version)
    return Schemas((_native(version),))


@lru_cache
def ours() -> Schemas:
    """Kinds of Karmada and our own, as `schema/` says; each file there is one kind."""
    folder = files("gitopsd").joinpath("schema")
    if not folder.is_dir():  # a checkout has it beside the package
        folder = files("gitopsd").joinpath("..", "schema")
    definitions: dict[str, Any] = {}
    roots: dict[Gvk, Mapping[str, Any]] = {}
    served: dict[tuple[str, str], Served] = {}
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".json"):
            continue
        schema = _in_one_pool(decode(file.read_bytes()))
        definitions |= schema.pop("$defs", {})
        for gvk in schema.get("x-kubernetes-group-version-kind", ()):
            roots[gvk["group"], gvk["version"], gvk["kind"]] = schema
            served[gvk["group"], gvk["kind"]] = Served(
                plural=schema["x-plural"],
                scope=schema["x-scope"],
                singular=gvk["kind"].lower(),
                list_kind=f"{gvk['kind']}List",
            )
    return Schemas((_Kinds(roots, served, definitions),))


@lru_cache
def accepted() -> Schemas:
    """All kinds of `bundled()` and `ours()`."""
    native, own = bundled(), ours()
    return Schemas((*native._layers, *own._layers), native._older)


def without_nulls(value: Any) -> Any:
    """The value without fields that are null; the very same one where none is.

    Nulls in lists stay.
    """
    if isinstance(value, dict):
        changed: dict[str, Any] = {}
        for key, each in value.items():
            if each is None:
                changed[key] = None
            elif isinstance(each, dict | list) and (kept := without_nulls(each)) is not each:
                changed[key] = kept
        if not changed:
            return value
        laid = {**value, **changed}
        return {key: each for key, each in laid.items() if each is not None}
    if isinstance(value, list):
        made = [without_nulls(each) for each in value]
        same = all(one is other for one, other in zip(made, value, strict=True))
        return value if same else made
    return value


@lru_cache
def _native(version: str) -> _Kinds:
    packed = files("gitopsd.kube").joinpath("data", f"kubernetes-{version}.json.gz").read_bytes()
    bundle = decode(gzip.decompress(packed))
    definitions = bundle["definitions"]
    roots = {_gvk(text): definitions[name] for text, name in bundle["kinds"].items()}
    served = {}
    for text, each in bundle["served"].items():
        group, _, kind = text.rpartition("/")
        served[group, kind] = Served(
            plural=each["plural"],
            scope=each["scope"],
            short_names=tuple(each.get("short", ())),
            categories=tuple(each.get("categories", ())),
            subresources=tuple(each.get("subresources", ())),
            virtual=each.get("virtual", False),
            singular=kind.lower(),
            list_kind=f"{kind}List",
        )
    return _Kinds(roots, served, definitions)


def _in_one_pool(schema: Any) -> Any:
    """The schema with references to other files made to the one pool of definitions."""
    if isinstance(schema, list):
        return [_in_one_pool(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _in_one_pool(value) for key, value in schema.items()}
    if isinstance(schema.get("$ref"), str):
        made["$ref"] = REF + schema["$ref"].rpartition("/")[2]
    return made


def _gvk(text: str) -> Gvk:
    group, version, kind = text.split("/")
    return group, version, kind


def _add_custom(
    crd: Body, roots: dict[Gvk, Mapping[str, Any]], served: dict[tuple[str, str], Served]
) -> None:
    group, kind = dig(crd, "spec", "group"), dig(crd, "spec", "names", "kind")
    plural = dig(crd, "spec", "names", "plural")
    if not (isinstance(group, str) and isinstance(kind, str) and isinstance(plural, str)):
        return
    subresources: set[str] = set()
    versions = dig(crd, "spec", "versions", default=())
    for version in versions if isinstance(versions, list) else ():
        name, schema = dig(version, "name"), dig(version, "schema", "openAPIV3Schema")
        if isinstance(name, str) and isinstance(schema, Mapping) and dig(version, "served"):
            roots[group, name, kind] = strict(schema, f"{REF}{_OBJECT_META}")
            subresources |= set(dig(version, "subresources", default={}))
    names = dig(crd, "spec", "names", default={})
    served[group, kind] = Served(
        plural=plural,
        scope="Cluster" if dig(crd, "spec", "scope") == "Cluster" else "Namespaced",
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        subresources=tuple(sorted(subresources)),
        singular=names.get("singular") or kind.lower(),
        list_kind=names.get("listKind") or f"{kind}List",
    )


def _checkable(schema: Any) -> Any:
    """The schema with what formats mean said in keywords that validators check."""
    if isinstance(schema, list):
        return [_checkable(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {key: _checkable(value) for key, value in schema.items()}
    match schema.get("format"):
        case "int32" | "int64" as name if schema.get("type") == "integer":
            made = {"minimum": -_INT_RANGES[name], "maximum": _INT_RANGES[name] - 1, **made}
    return made


def _reached(schema: Any, definitions: Mapping[str, Any]) -> set[str]:
    """Names of the definitions that a schema refers to, directly or not."""
    found: set[str] = set()
    open_ = [schema]
    while open_:
        each = open_.pop()
        if isinstance(each, Mapping):
            reference = each.get("$ref")
            if isinstance(reference, str):
                name = reference.removeprefix(REF)
                if name not in found:
                    found.add(name)
                    open_.append(definitions[name])
            open_ += each.values()
        elif isinstance(each, list):
            open_ += each
    return found


def _is_base64(text: str) -> bool:
    return _BASE64.fullmatch(text.replace("\n", "").replace("\r", "")) is not None


@lru_cache(maxsize=4096)
def _is_quantity(text: str) -> bool:
    try:
        quantity.parse(text.strip())
    except ValueError:
        return False
    return True


def _without_null_metadata(body: Body) -> Body:
    if "metadata" not in body:
        return body
    return {**body, "metadata": without_nulls(body["metadata"])}
