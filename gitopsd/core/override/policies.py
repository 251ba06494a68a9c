"""Override policies, indexed: which rules change a template on a cluster, in which order.

Comes in: all override policies of a commit. Goes out: the rules that apply, least specific first,
so that the most specific, alphabetically last policy has the last word. ClusterOverridePolicies
come before OverridePolicies. Karmada: karmada-io/karmada pkg/util/overridemanager.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gitopsd.model.cluster import Cluster
from gitopsd.model.policy import OverridePolicy, Overriders, OverrideRule
from gitopsd.model.resource import ResourceKey
from gitopsd.model.selecting import BY_KIND, NO_MATCH, ClusterSelector, level

_REMEMBERED_CLUSTERS = 10_000


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy, ready to be asked. `number` is -1 for the deprecated implicit one.

    Equal to the same rule of the very same policy in any other index.
    """

    policy: OverridePolicy
    number: int
    overriders: Overriders = field(compare=False)
    clusters: ClusterSelector = field(compare=False)
    _known: dict[Cluster, bool] = field(default_factory=dict, compare=False)

    def means(self, cluster: Cluster) -> bool:
        """Whether the rule is for this cluster; remembered, for many templates ask."""
        known = self._known.get(cluster)
        if known is None:
            if len(self._known) >= _REMEMBERED_CLUSTERS:
                self._known.clear()
            known = self._known[cluster] = self.clusters.matches(cluster)
        return known

    @property
    def pointer(self) -> str:
        """Where the rule's overriders stand in the policy."""
        return (
            "/spec/overriders"
            if self.number < 0
            else f"/spec/overrideRules/{self.number}/overriders"
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    policy: OverridePolicy
    rules: tuple[Rule, ...]


class Overrides:
    """All override policies of a commit as a value; ask it about one template after the other."""

    __slots__ = ("_by_kind", "_everywhere", "_names")

    def __init__(self, policies: Iterable[OverridePolicy]) -> None:
        self._everywhere: dict[str, list[_Prepared]] = defaultdict(list)
        self._by_kind: dict[tuple[str, str, str], list[_Prepared]] = defaultdict(list)
        self._names: set[tuple[str, str]] = set()
        for policy in sorted(policies, key=lambda each: (each.namespace, each.name)):
            self._names.add((policy.namespace, policy.name))
            prepared = _Prepared(policy, _rules(policy))
            selectors = policy.spec.resource_selectors or ()
            if not selectors:
                self._everywhere[policy.namespace].append(prepared)
            for kind in {(each.api_version, each.kind) for each in selectors}:
                self._by_kind[policy.namespace, *kind].append(prepared)

    def has(self, scope: str, name: str) -> bool:
        """Whether there is a policy of this name; `scope` as for `rules`."""
        return (scope, name) in self._names

    def rules(
        self, scope: str, api_version: str, key: ResourceKey, labels: Mapping[str, str]
    ) -> tuple[Rule, ...]:
        """Rules for a template in the order of application, for whatever cluster.

        `scope` is the namespace of the policies that are asked, empty for the cluster-wide ones.
        """
        found = [(BY_KIND, each) for each in self._everywhere.get(scope, ())]
        for each in self._by_kind.get((scope, api_version, key.kind), ()):
            best = max(
                level(selector, api_version, key, labels)
                for selector in each.policy.spec.resource_selectors or ()
            )
            if best > NO_MATCH:
                found.append((best, each))
        found.sort(key=lambda pair: (pair[0], pair[1].policy.name))
        return tuple(rule for _, each in found for rule in each.rules)


def _rules(policy: OverridePolicy) -> tuple[Rule, ...]:
    spec = policy.spec
    if spec.override_rules:
        return tuple(
            Rule(policy, number, each.overriders, ClusterSelector(each.target_cluster))
            for number, each in enumerate(spec.override_rules)
        )
    implicit = OverrideRule(spec.overriders or Overriders(), spec.target_cluster)
    return (Rule(policy, -1, implicit.overriders, ClusterSelector(implicit.target_cluster)),)
