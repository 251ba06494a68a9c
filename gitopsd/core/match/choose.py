"""The best of the policies that mean a template, and what is to be said of the others."""

from dataclasses import dataclass

from gitopsd.core.match.policies import Policies
from gitopsd.model.decision import Refused
from gitopsd.model.policy import PropagationPolicy
from gitopsd.model.resource import Resource, ResourceKey
from gitopsd.model.selecting import BY_KIND, BY_LABELS, BY_NAME

_LEVELS = {BY_NAME: "by name", BY_LABELS: "by labels", BY_KIND: "by kind"}


@dataclass(frozen=True, slots=True)
class Choice:
    """The policy that claims a template, None for none; `refused` also match, best first."""

    policy: PropagationPolicy | None
    refused: tuple[Refused, ...] = ()


def choose(template: Resource, policies: Policies) -> Choice:
    """The policy of the template's own namespace, else a cluster policy: highest priority first,
    then the closest match, then the alphabet.

    Events, Leases and what Karmada keeps for itself are claimed by nobody.
    """
    if is_bookkeeping(template.key):
        return Choice(None)
    levels: dict[PropagationPolicy, int] = {}
    for policy, level in policies.matching(template):
        levels[policy] = max(level, levels.get(policy, 0))
    if not levels:
        return Choice(None)
    best, *others = sorted(levels, key=lambda policy: _rank(policy, levels[policy]))
    return Choice(best, tuple(Refused(each, _why_not(each, best, levels)) for each in others))


def is_bookkeeping(key: ResourceKey) -> bool:
    """Whether an object is the running state of a control plane and never a template."""
    return (
        key.group.endswith(".karmada.io")
        or key.group in ("coordination.k8s.io", "events.k8s.io")
        or (key.group == "" and key.kind == "Event")
    )


def _rank(policy: PropagationPolicy, level: int) -> tuple[bool, int, int, str]:
    return (not policy.namespace, -policy.spec.priority, -level, policy.name)


def _why_not(
    policy: PropagationPolicy, best: PropagationPolicy, levels: dict[PropagationPolicy, int]
) -> str:
    if not policy.namespace and best.namespace:
        return f"a policy of the namespace comes first: {best}"
    if policy.spec.priority != best.spec.priority:
        return f"priority {policy.spec.priority}, {best} has {best.spec.priority}"
    if levels[policy] != levels[best]:
        return f"matches {_LEVELS[levels[policy]]}, {best} {_LEVELS[levels[best]]}"
    return f"{best} comes first in the alphabet"
