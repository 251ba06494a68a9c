"""All binding files at once, each made anew only when its decision or an outcome is another one.

Comes in: a decision, the reports, and the files of the last call. Goes out: for every template its
file, its members' lines and what is remembered of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC

from gitopsd.core.changes import hash_in
from gitopsd.core.kinds import NATIVE, Interpreter
from gitopsd.core.summary import bindings, memory, paths
from gitopsd.core.summary.aggregated import Seen
from gitopsd.kube import yaml
from gitopsd.kube.body import Body
from gitopsd.model.decision import Binding, Decision
from gitopsd.model.delivery import Outcome, Report
from gitopsd.model.memory import Remembered
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known

Reports = Mapping[str, Report]


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """One binding's file in two halves, of which the members have a say in the second only.

    `clocks` is what memory said of the template when `remembered` was made, `kinds` what summed
    the members' statuses.
    """

    binding: Binding
    clocks: Remembered | None
    path: str
    decided: str
    data: bytes
    members: tuple[Body, ...]
    remembered: Remembered
    kinds: Interpreter = NATIVE


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """What the last call left: its files, the reports they tell of, and per cluster the hash of
    what it holds, by template.
    """

    templates: Mapping[ResourceKey, Template] = field(default_factory=dict)
    reports: Reports = field(default_factory=dict)
    applied: Mapping[str, Mapping[ResourceKey, str]] = field(default_factory=dict)


def files(
    decision: Decision, known: Known, before: Before, kinds: Interpreter = NATIVE
) -> Mapping[ResourceKey, Template]:
    """The file of every binding by its template's key, sorted."""
    now = known.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    touched = _touched(before.reports, known.reports)
    seen = Before(before.templates, known.reports, {**known.memory.applied, **before.applied})
    found = {}
    for key, binding in sorted(decision.bindings.items()):
        last, clocks = before.templates.get(key), known.memory.templates.get(key)
        if last is None or last.binding is not binding or not _is_same(last.clocks, clocks):
            fresh = _fresh(binding, clocks, _since(clocks, last, now))
            found[key] = _joined(replace(fresh, kinds=kinds), seen)
        elif key in touched or _is_reread(last, kinds):
            found[key] = _joined(replace(last, kinds=kinds), seen)
        else:
            found[key] = last
    return found


def _is_same(before: Remembered | None, now: Remembered | None) -> bool:
    """Whether memory says the same of when things began."""
    return before is now or (before.since if before else {}) == (now.since if now else {})


def _is_reread(last: Template, kinds: Interpreter) -> bool:
    """Whether scripts for this kind came, went or changed."""
    if last.kinds is kinds:
        return False
    template = last.binding.template
    return any(
        each.asks(question, template.key, template.version)
        for each in (last.kinds, kinds)
        for question in ("aggregate", "reflect")
    )


def _fresh(binding: Binding, clocks: Remembered | None, since: Mapping[str, str]) -> Template:
    return Template(
        binding=binding,
        clocks=clocks,
        path=paths.of_binding(binding.template.key),
        decided=yaml.dump(bindings.decided(binding, since[memory.CREATED])),
        data=b"",
        members=(),
        remembered=memory.remembered(binding, since, clocks),
    )


def _joined(template: Template, known: Before) -> Template:
    binding = template.binding
    key = binding.template.key
    outcomes: dict[str, Outcome] = {}
    held: dict[str, str] = {}
    for name in bindings.targets(binding):
        report = known.reports.get(name)
        outcome = report.outcomes.get(key) if report else None
        if outcome is not None:
            outcomes[name] = outcome
        elif word := known.applied.get(name, {}).get(key):
            held[name] = hash_in(word)
    observed = bindings.observed(binding, Seen(outcomes, held, template.kinds))
    return replace(
        template,
        data=(template.decided + yaml.dump(observed)).encode(),
        members=tuple(observed.get("members", ())),
    )


def _since(clocks: Remembered | None, last: Template | None, now: str) -> Mapping[str, str]:
    """The clocks of a template: what memory says of them, and when it was first decided on."""
    created = last.remembered.since[memory.CREATED] if last else now
    return {memory.CREATED: created, **(clocks.since if clocks else {})}


def _touched(before: Reports, now: Reports) -> frozenset[ResourceKey]:
    """The objects of which some member says something else than before."""
    found: set[ResourceKey] = set()
    for name in {*before, *now}:
        then = before[name].outcomes if name in before else {}
        outcomes = now[name].outcomes if name in now else {}
        if then is outcomes:
            continue
        found.update(key for key, outcome in outcomes.items() if then.get(key) is not outcome)
        found.update(key for key in then if key not in outcomes)
    return frozenset(found)
