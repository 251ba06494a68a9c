"""Selectors in policies: which clusters, which templates.

Comes in: what stands in a policy that fits its schema. Goes out: what Karmada's admission refuses
in it (karmada-io/karmada pkg/util/validation/validation.go).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitopsd.core.load.metadata import Mistake
from gitopsd.kube.body import dig

_FIELDS = ("provider", "region", "zone")
_OPERATORS = ("In", "NotIn")


def mistakes(affinity: Mapping[str, Any] | None, at: str) -> Iterator[Mistake]:
    """Wrong with one affinity; only its field selector is judged."""
    expressions = dig(affinity, "fieldSelector", "matchExpressions", default=[])
    for number, each in enumerate(expressions):
        where = f"{at}/fieldSelector/matchExpressions/{number}"
        if each["key"] not in _FIELDS:
            yield f"{where}/key", "must be provider, region or zone"
        if each["operator"] not in _OPERATORS:
            yield f"{where}/operator", "must be In or NotIn"


def selector_mistakes(selectors: Sequence[Mapping[str, Any]], namespace: str) -> Iterator[Mistake]:
    """A policy of a namespace selects nothing outside of it."""
    for number, each in enumerate(selectors):
        other = each.get("namespace")
        if namespace and other and other != namespace:
            words = f"must be the namespace of the policy, {namespace!r}, or left out"
            yield f"/spec/resourceSelectors/{number}/namespace", words


def with_namespace(selectors: Sequence[Mapping[str, Any]], namespace: str) -> list[Any]:
    """Selectors of a policy of a namespace with that namespace filled in."""
    if not namespace:
        return list(selectors)
    return [{**each, "namespace": namespace} for each in selectors]
