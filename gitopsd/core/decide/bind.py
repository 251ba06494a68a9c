"""One template with all that is decided on it: where it goes, who needs it, what each cluster gets.

Comes in: what was placed, who draws it along, and the scene. Goes out: a `Bound`; the very same
Binding as before where nothing of it changed. A mistake in an override holds the clusters it is
for; a bug of ours holds the template.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gitopsd.core.decide.drawn import Needed
from gitopsd.core.decide.fence import failure
from gitopsd.core.decide.place import Placed, uid_of
from gitopsd.core.decide.scene import Scene
from gitopsd.core.render import Rendering, Terms, completions_of, field_terms
from gitopsd.core.same import is_unchanged
from gitopsd.core.schedule import is_divided, split
from gitopsd.model.decision import Assignment, Binding
from gitopsd.model.policy import PropagationPolicy
from gitopsd.model.problem import Problem

_BY_IDENTITY = frozenset({"template", "policy", "assignment"})


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A template's Binding and the rendering that made its manifests.

    `binding` is None where `problem` says why there can be none; then the template is held.
    """

    binding: Binding | None
    rendering: Rendering | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Due:
    """What is to be bound: a template as placed, where it goes, and who needs it besides.

    `referrers` are the policies of those that need it.
    """

    placed: Placed
    assignment: Assignment
    needed: Needed
    referrers: tuple[PropagationPolicy, ...] = ()


def bind(due: Due, last: Bound | None, scene: Scene) -> Bound:
    """The template bound; the very same as before where nothing of it changed."""
    try:
        return _bound(due, last, scene)
    except Exception as error:
        problem = failure(due.placed.template, error)
        is_same = last is not None and last.problem == problem
        return last if last is not None and is_same else Bound(None, problem=problem)


def _bound(due: Due, last: Bound | None, scene: Scene) -> Bound:
    placed, template = due.placed, due.placed.template
    terms = _terms(due, scene)
    rendering = last.rendering if last else None
    is_reread = (template.key.group, template.key.kind) in scene.reread
    is_same = rendering is not None and rendering.template is template and rendering.terms == terms
    if rendering is None or is_reread or not is_same:
        rendering = Rendering(template, terms, scene.options.rendering, scene.kinds)
    shares = {name: placed.need.replicas for names in due.needed.values() for name in names}
    shares |= dict(due.assignment.shares)
    clusters = [(scene.members[name].committed, shares[name]) for name in sorted(shares)]
    manifests, problems = rendering.manifests(clusters, scene.overrides)
    binding = Binding(
        template=template,
        policy=placed.choice.policy,
        refused=placed.choice.refused,
        need=placed.need,
        assignment=due.assignment,
        required_by=due.needed,
        manifests=manifests,
        problems=problems,
        placement=placed.applied,
        preserve=terms.preserve if placed.choice.policy or due.referrers else None,
    )
    if (
        last is not None
        and last.binding is not None
        and is_unchanged(last.binding, binding, _BY_IDENTITY)
    ):
        return last if last.rendering is rendering else Bound(last.binding, rendering)
    return Bound(binding, rendering)


def _terms(due: Due, scene: Scene) -> Terms:
    """What its own policy says; of several that draw it along the one that asks for more."""
    placed, policy = due.placed, due.placed.choice.policy
    fields = field_terms(scene.loaded.configuration, placed.template)
    if policy is None:
        overwrites = any(each.spec.conflict_resolution == "Overwrite" for each in due.referrers)
        return Terms(
            conflict="Overwrite" if overwrites else "Abort",
            preserve=any(each.spec.preserve_resources_on_deletion for each in due.referrers),
            fields=fields,
        )
    divides = is_divided(policy.spec.placement)
    return Terms(
        need=placed.need,
        is_divided=divides,
        conflict=policy.spec.conflict_resolution,
        preserve=bool(policy.spec.preserve_resources_on_deletion),
        suspension=policy.spec.suspension,
        completions=_completions(due) if divides and placed.need.replicas else {},
        fields=fields,
    )


def _completions(due: Due) -> Mapping[str, int]:
    template = due.placed.template
    total = completions_of(template)
    if total is None:
        return {}
    return split(total, due.assignment.shares, uid_of(template.key))


def targets_of(binding: Binding | None) -> frozenset[str]:
    """Every cluster that is to hold the template, could it be rendered or not."""
    if binding is None:
        return frozenset()
    needed = [name for names in binding.required_by.values() for name in names]
    return frozenset((*(share.cluster for share in binding.assignment.shares), *needed))
