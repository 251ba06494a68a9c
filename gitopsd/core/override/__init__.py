"""What is different for one cluster: override policies applied to a body.

Comes in: a body, which template it is, the cluster and all override policies. Goes out: the body
for that cluster and the rules that were applied, in order; or the Problem that names the rule which
does not fit. `policies.py` selects and sorts, `overriders/` has one file for each way to change.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gitopsd.core.override.jsonpatch import Refusal
from gitopsd.core.override.marks import told
from gitopsd.core.override.overriders import OVERRIDERS
from gitopsd.core.override.policies import Overrides, Rule
from gitopsd.core.override.typed import mistake
from gitopsd.kube.body import Body
from gitopsd.model.cluster import Cluster
from gitopsd.model.decision import AppliedOverride
from gitopsd.model.problem import Problem
from gitopsd.model.resource import ResourceKey

__all__ = ["Overridden", "Overrides", "Subject", "apply", "labels_of", "override"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Which template a body is of; selectors of policies are asked about it."""

    api_version: str
    key: ResourceKey


@dataclass(frozen=True, slots=True, eq=False)
class Overridden:
    """A body after its overrides, and the rules applied in order; with `problem` neither counts.

    `is_edited` says that plain text was among them, so that any field may have any value.
    """

    body: Body
    applied: tuple[AppliedOverride, ...] = ()
    problem: Problem | None = None
    is_edited: bool = False


def override(body: Body, subject: Subject, cluster: Cluster, overrides: Overrides) -> Overridden:
    """The body for a cluster; the very same one where no rule applies.

    Cluster-wide policies come first; those of the namespace are selected by the labels that these
    leave. The first rule that does not fit ends it with a Problem.
    """
    wide = _rules(body, subject, overrides, "")
    done = apply(Overridden(body), subject, tuple(rule for rule in wide if rule.means(cluster)))
    if done.problem or not subject.key.namespace:
        return done
    own = _rules(done.body, subject, overrides, subject.key.namespace)
    return apply(done, subject, tuple(rule for rule in own if rule.means(cluster)))


def labels_of(body: Body) -> Mapping[str, str]:
    """The labels that selectors of policies are asked about; none where they are not strings."""
    return told(body, "labels")


def apply(before: Overridden, subject: Subject, rules: tuple[Rule, ...]) -> Overridden:
    """What these rules make in order of what others made before; the very same for no rules."""
    if before.problem or not rules:
        return before
    body, is_edited = before.body, before.is_edited
    for rule in rules:
        try:
            if is_edited and any(
                not each.predicate for each in rule.overriders.image_overrider or ()
            ):
                _refuse_untyped(body)
            for overrider in OVERRIDERS:
                body = overrider(body, rule.overriders)
        except Refusal as refusal:
            return Overridden(body, problem=_problem(refusal, subject, rule))
        is_edited = is_edited or bool(rule.overriders.plaintext)
    applied = tuple(AppliedOverride(rule.policy, rule.number) for rule in rules)
    return Overridden(body, before.applied + applied, is_edited=is_edited)


def _refuse_untyped(body: Body) -> None:
    wrong = mistake(body)
    if wrong:
        raise Refusal("/imageOverrider", wrong)


def _problem(refusal: Refusal, subject: Subject, rule: Rule) -> Problem:
    origin = rule.policy.origin
    return Problem(
        path=origin.path if origin else "",
        line=origin.line if origin else 0,
        pointer=rule.pointer + refusal.pointer,
        message=f"{rule.policy} does not fit {subject.key}: {refusal.message}",
        reason="OverrideFailed",
        key=subject.key.id,
    )


def _rules(body: Body, subject: Subject, overrides: Overrides, scope: str) -> tuple[Rule, ...]:
    return overrides.rules(scope, subject.api_version, subject.key, labels_of(body))
