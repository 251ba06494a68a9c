"""Which templates change their clusters or shares, and why.

Comes in: what they had, the decision before (if it is known) and the new one. Goes out: a Move for
each, with the policy and, cluster by cluster, the rule that let it in, kept it out or counted.
What a member keeps because something of it cannot be read is no move.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gitopsd.core.held import policy_key
from gitopsd.model.changes import Move, Reason
from gitopsd.model.decision import Binding, Decision, Share
from gitopsd.model.policy import PropagationPolicy
from gitopsd.model.resource import Origin, ResourceKey
from gitopsd.model.snapshot import Loaded

Shares = Mapping[ResourceKey, tuple[Share, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Turning:
    """A decision, what it was made of, and the one before; None where that is not known."""

    before: Decision | None
    after: Decision
    loaded: Loaded


def moves(shares: Shares, turning: Turning) -> tuple[Move, ...]:
    """Templates whose clusters or shares are not what they were, by key."""
    was, now = turning.before, turning.after
    found = []
    for key, binding in now.bindings.items():
        before, after = shares.get(key, ()), binding.assignment.shares
        if set(before) != set(after):
            last = was.bindings.get(key) if was else None
            reasons = _reasons(before, binding, now)
            found.append(Move(key, before, after, _cause(last, binding), reasons))
    kept = {key for held in now.held.values() for key in held}
    found += [
        Move(key, shares[key], (), _why_gone(key, turning))
        for key in shares
        if shares[key] and key not in now.bindings and key not in kept
    ]
    return tuple(sorted(found, key=lambda move: move.key))


def placed_by(policy: PropagationPolicy) -> str:
    """A policy and where it stands: `PropagationPolicy shop/web (shop/policies.yaml:2)`."""
    return f"{policy}{_at(policy.origin)}"


def _cause(last: Binding | None, binding: Binding) -> str:
    policy, message = binding.policy, binding.assignment.message
    if policy is None:
        return "drawn along by what needs it"
    cause = f"by {placed_by(policy)}"
    former = last.policy if last else None
    if former is not None and str(former) != str(policy):
        why = [other.reason for other in binding.refused if str(other.policy) == str(former)]
        cause += f", no longer {former}: {why[0] if why else 'it does not select this any more'}"
    return cause if binding.assignment.is_scheduled or not message else f"{cause}: {message}"


def _reasons(before: tuple[Share, ...], binding: Binding, decision: Decision) -> tuple[Reason, ...]:
    """What was found of every cluster that changes, equal words once."""
    changed = {share.cluster for share in set(before) ^ set(binding.assignment.shares)}
    said: dict[tuple[str, str], list[str]] = {}
    for verdict in binding.assignment.verdicts:
        if verdict.cluster in changed:
            said.setdefault((verdict.stage, verdict.reason), []).append(verdict.cluster)
    for name in sorted(changed - decision.clusters.keys()):
        said.setdefault(("", "is no cluster of the repository any more"), []).append(name)
    return tuple(Reason(tuple(names), *words) for words, names in said.items())


def _why_gone(key: ResourceKey, turning: Turning) -> str:
    if key not in turning.loaded.templates:
        return "it is not in the repository any more"
    last = turning.before.bindings.get(key) if turning.before else None
    if last is None or last.policy is None:
        return "no policy claims it, and nothing needs it"
    return f"no policy claims it any more: {last.policy} {_what_became(last.policy, turning)}"


def _what_became(policy: PropagationPolicy, turning: Turning) -> str:
    if problem := turning.loaded.invalid.get(policy_key(policy)):
        return f"is wrong ({problem.path}:{problem.line}: {problem.message})"
    if any(str(each) == str(policy) for each in turning.loaded.policies):
        return "does not select it"
    return "is not in the repository any more"


def _at(origin: Origin | None) -> str:
    return f" ({origin.path}:{origin.line})" if origin and origin.path else ""
