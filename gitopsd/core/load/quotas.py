"""FederatedResourceQuotas: what Karmada's admission refuses.

Comes in: name and `spec` of a quota that fits its schema. Goes out: mistakes.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from gitopsd.core.load.metadata import Mistake
from gitopsd.kube import names, quantity
from gitopsd.kube.wording import pointer


def mistakes(name: str, spec: Mapping[str, Any]) -> Iterator[Mistake]:
    """Shares of members name nothing that the whole does not, and add up to no more than it."""
    if len(name) > names.LABEL_LENGTH:
        yield "/metadata/name", f"is longer than {names.LABEL_LENGTH} characters"
    overall = spec.get("overall") or {}
    sums: dict[str, Fraction] = {}
    for number, each in enumerate(spec.get("staticAssignments") or []):
        for resource, amount in (each.get("hard") or {}).items():
            if resource not in overall:
                at = pointer(("spec", "staticAssignments", number, "hard", resource))
                yield at, "is no resource of overall"
            sums[resource] = sums.get(resource, Fraction(0)) + quantity.parse(amount)
    for resource, total in sorted(sums.items()):
        if resource in overall and total > quantity.parse(overall[resource]):
            yield pointer(("spec", "overall", resource)), "is less than its static assignments"
