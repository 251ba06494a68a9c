"""Karmada's policies as typed values: who is claimed, where it goes, what is changed there.

Field for field Karmada's `policy.karmada.io/v1alpha1`. Defaults are those that Karmada's admission
fills in; the schema has refused unknown fields before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from gitopsd.kube.body import Body, dig
from gitopsd.model.resource import Origin


class Wire(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A part of a policy, named as in YAML."""


class Requirement(Wire, frozen=True):
    """One expression of a label or field selector."""

    key: str
    operator: str
    values: tuple[str, ...] | None = None


class LabelSelector(Wire, frozen=True):
    match_labels: Mapping[str, str] | None = None
    match_expressions: tuple[Requirement, ...] | None = None


class FieldSelector(Wire, frozen=True):
    match_expressions: tuple[Requirement, ...] | None = None


class ClusterAffinity(Wire, frozen=True):
    """Which clusters; every part that is given must agree, `exclude` always wins."""

    label_selector: LabelSelector | None = None
    field_selector: FieldSelector | None = None
    cluster_names: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None


class NamedAffinity(Wire, frozen=True):
    affinity_name: str = ""
    label_selector: LabelSelector | None = None
    field_selector: FieldSelector | None = None
    cluster_names: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None


class ClusterAffinityTerm(NamedAffinity, frozen=True):
    overflow_affinities: tuple[NamedAffinity, ...] | None = None


class Toleration(Wire, frozen=True):
    key: str = ""
    operator: str = ""
    value: str = ""
    effect: str = ""
    toleration_seconds: int | None = None


class SpreadConstraint(Wire, frozen=True):
    """`max_groups` None: unbounded for us, 0 for Karmada."""

    spread_by_field: str = ""
    spread_by_label: str = ""
    min_groups: int = 0
    max_groups: int | None = None


class StaticWeight(Wire, frozen=True):
    target_cluster: ClusterAffinity
    weight: int


class WeightPreference(Wire, frozen=True):
    static_weight_list: tuple[StaticWeight, ...] | None = None
    dynamic_weight: str = ""


class ReplicaScheduling(Wire, frozen=True):
    replica_scheduling_type: str = "Divided"
    replica_division_preference: str = ""
    weight_preference: WeightPreference | None = None

    @property
    def ignores_spread(self) -> bool:
        """Static weights name their clusters themselves; an empty preference is none of them."""
        weights = self.weight_preference
        if (
            self.replica_scheduling_type == "Duplicated"
            or self.replica_division_preference == "Aggregated"
        ):
            return False
        return weights is None or bool(weights.static_weight_list and not weights.dynamic_weight)


class GroupByLabel(Wire, frozen=True):
    group_by_label_key: str = ""


class WorkloadAffinity(Wire, frozen=True):
    affinity: GroupByLabel | None = None
    anti_affinity: GroupByLabel | None = None


class Placement(Wire, frozen=True):
    cluster_affinity: ClusterAffinity | None = None
    cluster_affinities: tuple[ClusterAffinityTerm, ...] | None = None
    cluster_tolerations: tuple[Toleration, ...] | None = None
    spread_constraints: tuple[SpreadConstraint, ...] | None = None
    replica_scheduling: ReplicaScheduling | None = None
    workload_affinity: WorkloadAffinity | None = None


class ResourceSelector(Wire, frozen=True):
    api_version: str
    kind: str
    namespace: str = ""
    name: str = ""
    label_selector: LabelSelector | None = None


class DispatchingOnClusters(Wire, frozen=True):
    cluster_names: tuple[str, ...] | None = None


class Suspension(Wire, frozen=True):
    dispatching: bool | None = None
    dispatching_on_clusters: DispatchingOnClusters | None = None
    scheduling: bool | None = None


class PropagationSpec(Wire, frozen=True):
    resource_selectors: tuple[ResourceSelector, ...] = ()
    association: bool = False
    propagate_deps: bool = False
    placement: Placement = Placement()
    priority: int = 0
    preemption: Literal["Always", "Never"] = "Never"
    dependent_overrides: tuple[str, ...] | None = None
    scheduler_name: str = ""
    failover: Mapping[str, Any] | None = None
    conflict_resolution: Literal["Abort", "Overwrite"] = "Abort"
    activation_preference: str = ""
    suspension: Suspension | None = None
    preserve_resources_on_deletion: bool | None = None
    schedule_priority: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PropagationPolicy:
    """A PropagationPolicy, or with empty `namespace` a ClusterPropagationPolicy.

    One that is `deleting` (exported from a live control plane in that state) claims nothing.
    """

    namespace: str
    name: str
    spec: PropagationSpec
    annotations: Mapping[str, str]
    origin: Origin | None = None
    deleting: bool = False

    @property
    def kind(self) -> str:
        return "PropagationPolicy" if self.namespace else "ClusterPropagationPolicy"

    def __str__(self) -> str:
        """`PropagationPolicy shop/web`, `ClusterPropagationPolicy base`."""
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {where}"


class ImagePredicate(Wire, frozen=True):
    path: str


class ImageOverrider(Wire, frozen=True):
    component: str
    operator: str
    value: str = ""
    predicate: ImagePredicate | None = None


class CommandArgsOverrider(Wire, frozen=True):
    container_name: str
    operator: str
    value: tuple[str, ...] | None = None


class LabelAnnotationOverrider(Wire, frozen=True):
    operator: str
    value: Mapping[str, str] | None = None


class FieldPatch(Wire, frozen=True):
    sub_path: str
    operator: str
    value: Any = None


class FieldOverrider(Wire, frozen=True):
    field_path: str
    json: tuple[FieldPatch, ...] | None = None
    yaml: tuple[FieldPatch, ...] | None = None


class PlaintextOverrider(Wire, frozen=True):
    path: str
    operator: str
    value: Any = None


class Overriders(Wire, frozen=True):
    image_overrider: tuple[ImageOverrider, ...] | None = None
    command_overrider: tuple[CommandArgsOverrider, ...] | None = None
    args_overrider: tuple[CommandArgsOverrider, ...] | None = None
    labels_overrider: tuple[LabelAnnotationOverrider, ...] | None = None
    annotations_overrider: tuple[LabelAnnotationOverrider, ...] | None = None
    field_overrider: tuple[FieldOverrider, ...] | None = None
    plaintext: tuple[PlaintextOverrider, ...] | None = None


class OverrideRule(Wire, frozen=True):
    overriders: Overriders
    target_cluster: ClusterAffinity | None = None


class OverrideSpec(Wire, frozen=True):
    """The deprecated top-level form (`target_cluster`, `overriders`) is one implicit rule."""

    resource_selectors: tuple[ResourceSelector, ...] | None = None
    override_rules: tuple[OverrideRule, ...] | None = None
    target_cluster: ClusterAffinity | None = None
    overriders: Overriders | None = None


@dataclass(frozen=True, slots=True, eq=False)
class OverridePolicy:
    """An OverridePolicy, or with empty `namespace` a ClusterOverridePolicy."""

    namespace: str
    name: str
    spec: OverrideSpec
    origin: Origin | None = None

    @property
    def kind(self) -> str:
        return "OverridePolicy" if self.namespace else "ClusterOverridePolicy"

    def __str__(self) -> str:
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {where}"


def read_propagation_policy(body: Body, origin: Origin | None = None) -> PropagationPolicy:
    """The policy that a schema-valid body describes, of either kind.

    Raises `msgspec.ValidationError` for a body that the schema would refuse.
    """
    return PropagationPolicy(
        namespace=dig(body, "metadata", "namespace", default=""),
        name=dig(body, "metadata", "name", default=""),
        spec=msgspec.convert(body.get("spec") or {}, PropagationSpec),
        annotations=dig(body, "metadata", "annotations", default={}),
        origin=origin,
        deleting=dig(body, "metadata", "deletionTimestamp") is not None,
    )


def read_override_policy(body: Body, origin: Origin | None = None) -> OverridePolicy:
    """The policy that a schema-valid body describes, of either kind.

    Raises `msgspec.ValidationError` for a body that the schema would refuse.
    """
    return OverridePolicy(
        namespace=dig(body, "metadata", "namespace", default=""),
        name=dig(body, "metadata", "name", default=""),
        spec=msgspec.convert(body.get("spec") or {}, OverrideSpec),
        origin=origin,
    )
