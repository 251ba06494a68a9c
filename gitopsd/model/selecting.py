"""Whom the selectors of policies mean: templates by level, clusters by affinity.

Matching, scheduling and overriding all ask these, so they stand beside the types they read.
Karmada's rules: karmada-io/karmada pkg/util/selector.go.
"""

from collections.abc import Mapping

from gitopsd.kube.selector import EVERYTHING, NOTHING, Requirement, Selector, requirement
from gitopsd.model.cluster import Cluster
from gitopsd.model.policy import (
    ClusterAffinity,
    FieldSelector,
    LabelSelector,
    NamedAffinity,
    ResourceSelector,
)
from gitopsd.model.policy import Requirement as Expression
from gitopsd.model.resource import ResourceKey

BY_NAME, BY_LABELS, BY_KIND, NO_MATCH = 3, 2, 1, 0

_ZONE = "zone"


def level(
    selector: ResourceSelector, api_version: str, key: ResourceKey, labels: Mapping[str, str]
) -> int:
    """How closely a selector means a template: BY_NAME, BY_LABELS, BY_KIND or NO_MATCH.

    With a name the label selector is ignored; an empty label selector counts as BY_LABELS, a
    malformed one matches nothing.
    """
    if selector.api_version != api_version or selector.kind != key.kind:
        return NO_MATCH
    if selector.namespace and selector.namespace != key.namespace:
        return NO_MATCH
    if selector.name:
        return BY_NAME if selector.name == key.name else NO_MATCH
    if selector.label_selector is None:
        return BY_KIND
    return BY_LABELS if labels_of(selector.label_selector).matches(labels) else NO_MATCH


def labels_of(selector: LabelSelector | None) -> Selector:
    """A label selector ready to be asked: none and an empty one mean everything.

    A malformed one means nothing.
    """
    if selector is None:
        return EVERYTHING
    try:
        return Selector(
            tuple(
                requirement(key, "In", (value,))
                for key, value in (selector.match_labels or {}).items()
            )
            + tuple(_requirement(each) for each in selector.match_expressions or ())
        )
    except ValueError:
        return NOTHING


class ClusterSelector:
    """An affinity ready to be asked about many clusters; none means every cluster."""

    __slots__ = ("_excluded", "_fields", "_labels", "_names", "_zones")

    def __init__(self, affinity: ClusterAffinity | NamedAffinity | None) -> None:
        wanted = affinity or ClusterAffinity()
        self._excluded = frozenset(wanted.exclude or ())
        self._names = frozenset(wanted.cluster_names or ())
        self._labels = labels_of(wanted.label_selector)
        self._fields, self._zones = _fields_of(wanted.field_selector)

    def refusal(self, cluster: Cluster) -> str:
        """Why the affinity does not mean this cluster; empty when it does."""
        if cluster.name in self._excluded:
            return "is excluded by name"
        if self._labels.requirements and not self._labels.matches(cluster.labels):
            return "has other labels than the labelSelector asks for"
        if self._zones and not all(_zone_fits(each, cluster.zones) for each in self._zones):
            return "is in other zones than the fieldSelector asks for"
        if self._fields.requirements and not self._fields.matches(_fields_of_cluster(cluster)):
            return "has another provider or region than the fieldSelector asks for"
        if self._names and cluster.name not in self._names:
            return "is not among clusterNames"
        return ""

    def matches(self, cluster: Cluster) -> bool:
        """Whether the affinity means this cluster."""
        return not self.refusal(cluster)


def _requirement(expression: Expression) -> Requirement:
    return requirement(expression.key, expression.operator, expression.values or ())


def _fields_of(selector: FieldSelector | None) -> tuple[Selector, tuple[Expression, ...]]:
    """Provider and region as a selector, zones as they are: a cluster has many of these."""
    expressions = (selector and selector.match_expressions) or ()
    zones = tuple(each for each in expressions if each.key == _ZONE)
    try:
        fields = Selector(tuple(_requirement(each) for each in expressions if each.key != _ZONE))
    except ValueError:
        fields = NOTHING
    return fields, zones


def _fields_of_cluster(cluster: Cluster) -> Mapping[str, str]:
    fields = {"provider": cluster.provider, "region": cluster.region}
    return {key: value for key, value in fields.items() if value}


def _zone_fits(expression: Expression, zones: tuple[str, ...]) -> bool:
    wanted = expression.values or ()
    if expression.operator == "In":
        return any(zone in wanted for zone in zones)
    return expression.operator == "NotIn" and not any(zone in wanted for zone in zones)
