"""A member cluster: what the repository says of it, and what was observed.

`Cluster` is Karmada's `cluster.karmada.io/v1alpha1`; `Facts` is its status.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from gitopsd.kube.body import Body, dig
from gitopsd.model.resource import Origin

ON_REMOVE = "gitopsd.io/on-remove"
ON_INVALID = "gitopsd.io/on-invalid"
HOLD, REFUSE = "hold", "refuse"
LEAVING = "gitopsd.io/leaving"


class Removal(StrEnum):
    """What becomes of the objects on a cluster whose file is removed: they stay by default.

    PRUNE gives up a member that does not answer for a while, PRUNE_AND_WAIT waits for it.
    """

    ORPHAN = "orphan"
    PRUNE = "prune"
    PRUNE_AND_WAIT = "prune-and-wait"


class Taint(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A taint of a cluster; `effect` is NoSchedule, NoExecute or PreferNoSchedule (ignored)."""

    key: str
    effect: str
    value: str = ""
    time_added: str | None = None

    def __str__(self) -> str:
        return (
            f"{{{self.key}={self.value}:{self.effect}}}"
            if self.value
            else (f"{{{self.key}:{self.effect}}}")
        )


class ResourceRange(msgspec.Struct, frozen=True, rename="camel"):
    """Half open [min, max) of one resource, as quantities."""

    name: str
    min: str | int | float
    max: str | int | float


class ResourceModel(msgspec.Struct, frozen=True, rename="camel"):
    grade: int
    ranges: tuple[ResourceRange, ...] = ()


class ModelCount(msgspec.Struct, frozen=True, rename="camel"):
    grade: int
    count: int = 0


class ResourceSummary(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Sums over nodes and pods, as quantities; a member without one has no known capacity."""

    allocatable: Mapping[str, str | int | float] = {}
    allocating: Mapping[str, str | int | float] = {}
    allocated: Mapping[str, str | int | float] = {}
    allocatable_modelings: tuple[ModelCount, ...] = ()


class NodeSummary(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    total_num: int = 0
    ready_num: int = 0


class Condition(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    type: str
    status: str
    reason: str = ""
    message: str = ""
    last_transition_time: str | None = None


class ApiResource(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    kind: str


class ApiEnablement(msgspec.Struct, frozen=True, rename="camel"):
    group_version: str
    resources: tuple[ApiResource, ...] = ()


class Facts(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What was observed of a member, in the form of Cluster `.status`.

    Compared by value at the edge, by identity in caches: a member whose facts did not change hands
    on the very same Facts. `assumed` marks the stand-in for a member of which nothing was ever
    observed, in a plan made offline: it is ready, has every API and unbounded capacity.
    """

    kubernetes_version: str = ""
    api_enablements: tuple[ApiEnablement, ...] = ()
    conditions: tuple[Condition, ...] = ()
    node_summary: NodeSummary | None = None
    resource_summary: ResourceSummary | None = None
    assumed: bool = False

    def is_true(self, condition: str) -> bool:
        """Whether this condition is there and True."""
        return any(each.type == condition and each.status == "True" for each in self.conditions)

    @property
    def is_ready(self) -> bool:
        return self.is_true("Ready")


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """A member as the scheduler sees it: the committed spec and the facts, None while unknown.

    `taints` are the effective ones: committed and derived. `leaving` holds it out of new
    placements. `secret_ref` are namespace and name of a Secret with its login, None for no such.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    provider: str = ""
    region: str = ""
    zones: tuple[str, ...] = ()
    taints: tuple[Taint, ...] = ()
    sync_mode: str = "Push"
    id: str = ""
    api_endpoint: str = ""
    secret_ref: tuple[str, str] | None = None
    proxy_url: str = ""
    models: tuple[ResourceModel, ...] = ()
    leaving: bool = False
    facts: Facts | None = None
    body: Body = field(default_factory=dict)
    origin: Origin | None = None

    @property
    def is_strict(self) -> bool:
        """Whether it takes nothing of a commit in which something is wrong."""
        return self.annotations.get(ON_INVALID) == REFUSE

    @property
    def removal(self) -> Removal:
        """What its annotation says; ORPHAN for anything else."""
        said = self.annotations.get(ON_REMOVE)
        return Removal(said) if said in tuple(Removal) else Removal.ORPHAN


def read_cluster(body: Body, origin: Origin | None = None) -> Cluster:
    """The Cluster that a schema-valid body describes; its `status`, if any, gives the facts.

    `spec.zone` counts as the only zone where `zones` is empty. Raises `msgspec.ValidationError`
    for a body that the schema would refuse.
    """
    spec: Mapping[str, Any] = body.get("spec") or {}
    status = body.get("status")
    zone = spec.get("zone")
    return Cluster(
        name=dig(body, "metadata", "name", default=""),
        labels=dig(body, "metadata", "labels", default={}),
        annotations=dig(body, "metadata", "annotations", default={}),
        provider=spec.get("provider") or "",
        region=spec.get("region") or "",
        zones=tuple(spec.get("zones") or ((zone,) if zone else ())),
        taints=msgspec.convert(spec.get("taints") or (), tuple[Taint, ...]),
        sync_mode=spec.get("syncMode") or "Push",
        id=spec.get("id") or "",
        api_endpoint=spec.get("apiEndpoint") or "",
        secret_ref=_reference(spec.get("secretRef")),
        proxy_url=spec.get("proxyURL") or "",
        models=msgspec.convert(spec.get("resourceModels") or (), tuple[ResourceModel, ...]),
        leaving=bool(dig(body, "metadata", "deletionTimestamp"))
        or dig(body, "metadata", "annotations", LEAVING) == "true",
        facts=msgspec.convert(status, Facts) if status else None,
        body=body,
        origin=origin,
    )


def _reference(found: Any) -> tuple[str, str] | None:
    named = dig(found, "namespace", default=""), dig(found, "name", default="")
    return named if all(named) else None
