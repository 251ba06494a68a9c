"""The plan for a terminal: every change with its difference, nothing left out."""

from collections.abc import Iterable, Sequence

from gitopsd.core.review.findings import (
    COUNTED,
    SECTIONS,
    WORDS,
    Difference,
    Moved,
    alike,
    course,
    differences,
    foot,
    moved,
    named,
    problem,
    rows,
    some,
    verdict,
    warnings,
)
from gitopsd.model.changes import Changes, Preview
from gitopsd.model.rollout import StagePlan


def text(preview: Preview) -> str:
    """The plan, what destroys before what changes before what is new."""
    changes = preview.changes
    found = differences(changes)
    parts: list[Sequence[str]] = [[f"Plan: {verdict(preview)}"], _table(changes)]
    if changes.moves:
        parts.append(
            ["Placement", *(line for move in moved(changes.moves) for line in _moved(move))]
        )
    if preview.stages:
        parts.append(["Stages", *(line for each in preview.stages for line in _staged(each))])
    for title, actions in SECTIONS:
        own = [each for each in found if each.action in actions]
        if own:
            groups = alike(own) or [[each] for each in own]
            parts.append([title, *(line for same in groups for line in _shown(same))])
    if preview.guards:
        how = "Whoever allows this commits what `gitopsd plan --approval` prints."
        parts.append(["Needs approval", *(f"  {guard}" for guard in preview.guards), f"  {how}"])
    if preview.hooks:
        parts.append(["Hooks that would run", *(f"  {each}" for each in preview.hooks)])
    if said := warnings(preview):
        parts.append(["Warnings", *(f"  {warning}" for warning in said)])
    if changes.problems:
        parts.append(["Problems", *(f"  {problem(each)}" for each in changes.problems)])
    parts.append(foot(preview))
    return "\n\n".join("\n".join(part) for part in parts if part)


def _table(changes: Changes) -> Sequence[str]:
    found = rows(changes)
    if not found:
        return []
    header = [WORDS[action].upper() for action in COUNTED]
    width = max(len("CLUSTER"), *(len(name) for name, _ in found))
    return [
        f"{name:<{width}}"
        + "".join(f"   {figure:>{len(head)}}" for figure, head in zip(each, header, strict=True))
        for name, each in (("CLUSTER", header), *found)
    ]


def _staged(stage: StagePlan) -> Iterable[str]:
    yield f"  {stage.name}: {', '.join(stage.clusters)}"
    yield f"      {course(stage)}"


def _moved(move: Moved) -> Iterable[str]:
    names = named(move.keys)
    steps = ", ".join(f"{name} {before} → {after}" for name, before, after in move.steps)
    yield f"  {names}: {steps}"
    yield f"      {move.cause}"
    for reason in move.reasons:
        rule = f"  ({reason.rule})" if reason.rule else ""
        yield f"      {some(reason.clusters)}: {reason.words}{rule}"


def _shown(same: Sequence[Difference]) -> Iterable[str]:
    """A line for each, and once how they differ from what they were."""
    for each in same:
        held = f"  (held: {each.held})" if each.held else ""
        yield f"  {each.action} {each.key}  on {', '.join(each.clusters)}{held}"
    for line in same[0].lines:
        yield f"      {line}"
