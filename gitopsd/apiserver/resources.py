"""Which resources are served: the native ones of a Kubernetes version and custom ones.

Comes in: the bundled schemas and CustomResourceDefinitions. Goes out: a `Catalogue` that finds a
`ResourceType` by its URL. An object is kept once, whatever the version it is asked for in.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gitopsd.kube.body import Body, dig
from gitopsd.kube.schemas import Node, Schemas
from gitopsd.kube.shape import Shape, shape_of

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")

# Other versions of what is served already, parts of other kinds, and what is off by default.
_NOT_SERVED = {
    ("autoscaling", "v1"),
    ("events.k8s.io", "v1"),
    ("", "componentstatuses"),
    ("", "bindings"),
    ("policy", "evictions"),
    ("authentication.k8s.io", "tokenrequests"),
}
_STABLE = re.compile(r"v[0-9]+")
_FIRST_GROUPS = ("", "apiregistration.k8s.io", "apps")


@dataclass(frozen=True)
class ResourceType:
    """One resource in one version, as discovery tells it."""

    group: str
    version: str
    plural: str
    kind: str
    is_namespaced: bool
    singular: str = ""
    list_kind: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: frozenset[str] = frozenset()
    is_virtual: bool = False
    node: Node | None = None
    # Of custom resources only: the version's part of the definition.
    custom: Mapping[str, Any] | None = None

    @cached_property
    def api_version(self) -> str:
        """As objects say it: `apps/v1`, `v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @cached_property
    def qualified(self) -> str:
        """As messages say it: `deployments.apps`, `pods`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @cached_property
    def shape(self) -> Shape:
        """How objects of the kind merge."""
        return shape_of(self.node)

    @cached_property
    def verbs(self) -> tuple[str, ...]:
        """What can be done with it."""
        return ("create",) if self.is_virtual else VERBS


class Catalogue:
    """What is served now; CRDs change it through `set_custom`."""

    def __init__(self, schemas: Schemas, custom: Iterable[Body] = ()) -> None:
        self._schemas = schemas
        self._native = tuple(_native(schemas))
        self._custom: tuple[ResourceType, ...] = ()
        self._found: dict[tuple[str, str, str], ResourceType] = {}
        self.revision = 0
        self.set_custom(custom)

    def find(self, group: str, version: str, plural: str) -> ResourceType | None:
        """The resource at a URL."""
        return self._found.get((group, version, plural))

    def find_any(self, group: str, plural: str) -> ResourceType | None:
        """A resource in whatever version."""
        return next((each for each in self if (each.group, each.plural) == (group, plural)), None)

    def is_custom(self, group: str, plural: str) -> bool:
        """Whether a resource is served because of a definition."""
        return any((each.group, each.plural) == (group, plural) for each in self._custom)

    def of_kind(self, group: str, kind: str) -> ResourceType | None:
        """The first version of a kind."""
        return next((each for each in self if (each.group, each.kind) == (group, kind)), None)

    def __iter__(self) -> Iterator[ResourceType]:
        yield from self._native
        yield from self._custom

    def groups(self) -> dict[str, list[str]]:
        """Groups with their versions, the preferred one first."""
        found: dict[str, list[str]] = {}
        for each in self:
            versions = found.setdefault(each.group, [])
            if each.version not in versions:
                versions.append(each.version)
        return {group: sorted(names, key=priority) for group, names in found.items()}

    def set_custom(self, definitions: Iterable[Body]) -> None:
        """Serves these definitions, all of which are established, and no other custom kinds."""
        crds = list(definitions)
        schemas = self._schemas.with_crds(crds)
        found = [each for crd in crds for each in _custom(crd, schemas)]
        self._custom = tuple(sorted(found, key=lambda each: (each.group, priority(each.version))))
        self._found = {(each.group, each.version, each.plural): each for each in self}
        self.revision += 1


def priority(version: str) -> tuple[int, int, int, str]:
    """Order of versions, the best first: v2, v1, v1beta1, v1alpha1, others by name."""
    found = re.fullmatch(r"v([0-9]+)(?:(alpha|beta)([0-9]+))?", version)
    if not found:
        return (3, 0, 0, version)
    level = {None: 0, "beta": 1, "alpha": 2}[found[2]]
    return (level, -int(found[1]), -int(found[3] or 0), version)


def _native(schemas: Schemas) -> list[ResourceType]:
    found = []
    for group, version, kind in schemas.kinds():
        served = schemas.served(group, kind)
        if served is None or not _STABLE.fullmatch(version):
            continue
        plural = served.plural
        if (group, version) in _NOT_SERVED or (group, plural) in _NOT_SERVED:
            continue
        found.append(
            ResourceType(
                group,
                version,
                plural,
                kind,
                served.scope == "Namespaced",
                served.singular or kind.lower(),
                served.list_kind or f"{kind}List",
                served.short_names,
                served.categories,
                frozenset(served.subresources),
                served.virtual,
                schemas.type_of(group, version, kind),
            )
        )
    return sorted(found, key=_order)


def _order(each: ResourceType) -> tuple[Any, ...]:
    place = _FIRST_GROUPS.index(each.group) if each.group in _FIRST_GROUPS else len(_FIRST_GROUPS)
    return (place, each.group, each.plural)


def _custom(crd: Body, schemas: Schemas) -> Iterator[ResourceType]:
    spec = crd["spec"]
    names, group = spec["names"], spec["group"]
    for version in spec.get("versions") or ():
        if not version.get("served"):
            continue
        yield ResourceType(
            group,
            version["name"],
            names["plural"],
            names["kind"],
            spec.get("scope") != "Cluster",
            names.get("singular") or names["kind"].lower(),
            names.get("listKind") or f"{names['kind']}List",
            tuple(names.get("shortNames") or ()),
            tuple(names.get("categories") or ()),
            frozenset(dig(version, "subresources", default={})),
            False,
            schemas.type_of(group, version["name"], names["kind"]),
            version,
        )
