"""Policies filed by what they select, so that a template meets only those that may mean it."""

from collections.abc import Iterable, Iterator

from gitopsd.kube.selector import Selector
from gitopsd.model.policy import PropagationPolicy, ResourceSelector
from gitopsd.model.resource import Resource
from gitopsd.model.selecting import BY_KIND, BY_LABELS, BY_NAME, labels_of


class Policies:
    """The propagation policies of a commit, made once and asked for every template."""

    def __init__(self, policies: Iterable[PropagationPolicy]) -> None:
        self._named: dict[tuple[str, str, str, str], list[PropagationPolicy]] = {}
        self._broad: dict[
            tuple[str, str, str], list[tuple[PropagationPolicy, Selector | None]]
        ] = {}
        for policy in policies:
            if not policy.deleting:
                for selector in policy.spec.resource_selectors:
                    self._file(policy, selector)

    def matching(self, template: Resource) -> Iterator[tuple[PropagationPolicy, int]]:
        """Every policy that means the template, with its level; one policy may come repeatedly."""
        key, api_version = template.key, template.api_version
        for namespace in {key.namespace, ""}:
            for policy in self._named.get((api_version, key.kind, namespace, key.name), ()):
                yield policy, BY_NAME
            for policy, labels in self._broad.get((api_version, key.kind, namespace), ()):
                if labels is None:
                    yield policy, BY_KIND
                elif labels.matches(template.labels):
                    yield policy, BY_LABELS

    def _file(self, policy: PropagationPolicy, selector: ResourceSelector) -> None:
        namespace = selector.namespace or policy.namespace
        if policy.namespace and namespace != policy.namespace:
            return
        kind = (selector.api_version, selector.kind, namespace)
        if selector.name:
            self._named.setdefault((*kind, selector.name), []).append(policy)
        else:
            has_labels = selector.label_selector is not None
            labels = labels_of(selector.label_selector) if has_labels else None
            self._broad.setdefault(kind, []).append((policy, labels))
