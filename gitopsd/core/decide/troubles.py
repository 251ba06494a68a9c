"""What is wrong with templates: mistakes, notices, and those for which no clusters were found.

Comes in: the templates decided anew. Goes out: the Problems of every template that has any.
"""

from collections.abc import Iterable, Mapping

from gitopsd.core.decide.binding import Bindings
from gitopsd.core.decide.placing import Placing
from gitopsd.model.decision import Binding
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import Resource, ResourceKey

Troubles = Mapping[ResourceKey, tuple[Problem, ...]]


def troubles(
    keys: Iterable[ResourceKey], placing: Placing, bindings: Bindings, last: Troubles
) -> Troubles:
    """The Problems of all templates, `keys` looked at again; the very same where none changed."""
    found = {key: _of(key, placing, bindings) for key in keys}
    changed = {key: each for key, each in found.items() if last.get(key, ()) != each}
    if not changed:
        return last
    now = {**last, **changed}
    return {key: each for key, each in now.items() if each}


def _of(key: ResourceKey, placing: Placing, bindings: Bindings) -> tuple[Problem, ...]:
    placed, bound = placing.placed.get(key), bindings.bound.get(key)
    if placed is None:
        return ()
    if placed.held:
        return (placed.problem,) if placed.problem else ()
    if bound is None:
        return (_unclaimed(placed.template),)
    if bound.binding is None:
        return (bound.problem,) if bound.problem else ()
    return (*_unscheduled(bound.binding), *bound.binding.problems)


def _unclaimed(template: Resource) -> Problem:
    message = f"no policy claims {template.key}, so it goes nowhere"
    return _problem(template, message, "Unclaimed", Severity.NOTICE)


def _unscheduled(binding: Binding) -> Iterable[Problem]:
    assignment = binding.assignment
    if not assignment.is_scheduled:
        message = f"{binding.template.key} by {binding.policy}: {assignment.message}"
        yield _problem(binding.template, message, assignment.reason, Severity.ERROR)


def _problem(template: Resource, message: str, reason: str, severity: Severity) -> Problem:
    origin = template.origin
    return Problem(
        path=origin.path,
        line=origin.line,
        pointer="",
        message=message,
        reason=reason,
        severity=severity,
        key=template.key.id,
    )
