"""What is to be said of a plan, before anybody chooses words for a terminal or a comment.

Comes in: a `Preview`. Goes out: its verdict, figures by cluster, differences with what destroys
first, moves with their cause, warnings. What is equal on many clusters, or for many objects, is
said once with all of them.
"""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from gitopsd.core.gate.staging import spoken
from gitopsd.core.review.diff import diff
from gitopsd.kube.body import Body
from gitopsd.model.changes import Change, Changes, Move, Preview, Reason
from gitopsd.model.decision import Share
from gitopsd.model.delivery import ActionKind
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import ResourceKey
from gitopsd.model.rollout import StagePlan

WORDS = {
    ActionKind.PRUNE: "delete",
    ActionKind.RECREATE: "recreate",
    ActionKind.CONFIGURE: "change",
    ActionKind.CREATE: "create",
}
COUNTED = (ActionKind.CREATE, ActionKind.CONFIGURE, ActionKind.RECREATE, ActionKind.PRUNE)
SECTIONS = (
    ("Deletes and recreates", ("delete", "recreate")),
    ("Changes", ("change",)),
    ("Creates", ("create",)),
)
# Of more clusters than this the table says each figure once; of more names than that, some.
_MANY = 20
_SHOWN = 5
_KINDS = 4
INEXACT = "not exact: it depends on what is not known here"


@dataclass(frozen=True, slots=True)
class Difference:
    """One action that is the same on all these clusters; `lines` are those of a unified diff."""

    action: str
    key: ResourceKey
    clusters: tuple[str, ...]
    lines: tuple[str, ...] = ()
    held: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """Objects that move alike: `steps` are clusters with what they had and get, in words."""

    keys: tuple[ResourceKey, ...]
    steps: tuple[tuple[str, str, str], ...]
    cause: str
    reasons: tuple[Reason, ...]


# What is planned where nothing can be: no plan has an empty hash.
NOTHING = Changes((), (), "", "")


def unmergeable(paths: Sequence[str]) -> Changes:
    """Nothing, because base and head changed these files both; each is a Problem."""
    words = "base and head both changed this; merge or rebase first"
    return replace(
        NOTHING, problems=tuple(Problem(path, 0, "", words, "MergeConflict") for path in paths)
    )


def verdict(preview: Preview) -> str:
    """One line: how much of what on how many clusters, and which guards hold."""
    if not preview.changes.plan_hash:
        files = plural(len(preview.changes.problems), "file")
        return f"nothing can be planned: the merge conflicts in {files}"
    counts = counted(preview.changes.changes)
    said = ", ".join(f"{counts[action]} {WORDS[action]}" for action in COUNTED)
    touched = len({change.cluster for change in preview.changes.changes})
    guards = "; ".join(preview.guards) if preview.guards else "none tripped"
    return f"{said} on {plural(touched, 'cluster')}; guards: {guards}"


def counted(changes: Iterable[Change]) -> Mapping[ActionKind, int]:
    """How many of each action, all four named."""
    counts = dict.fromkeys(COUNTED, 0)
    for change in changes:
        counts[change.action] += 1
    return counts


def rows(changes: Changes) -> Sequence[tuple[str, tuple[int, ...]]]:
    """Clusters with the figures of `COUNTED`; of many clusters, those with equal figures once."""
    own: dict[str, list[Change]] = {}
    for change in changes.changes:
        own.setdefault(change.cluster, []).append(change)
    figures = {name: tuple(counted(own[name]).values()) for name in sorted(own)}
    if len(own) <= _MANY:
        return tuple(figures.items())
    alike: dict[tuple[int, ...], list[str]] = {}
    for name, each in figures.items():
        alike.setdefault(each, []).append(name)
    return tuple((some(names), each) for each, names in alike.items())


def some(names: Sequence[str]) -> str:
    """The names, of many only the first and how many more there are."""
    if len(names) <= _SHOWN + 1:
        return ", ".join(names)
    return f"{', '.join(names[:_SHOWN])} and {len(names) - _SHOWN} more"


def named(keys: Sequence[ResourceKey]) -> str:
    """A few objects by their names; of many how many there are of each kind, and where."""
    return ", ".join(map(str, keys)) if len(keys) <= _SHOWN + 1 else summed(keys)


def summed(keys: Sequence[ResourceKey]) -> str:
    """One object by its name; of more how many there are of each kind, and where."""
    if len(keys) == 1:
        return str(keys[0])
    kinds = [f"{len(own)} {kind}" for kind, own in by_kind(keys).items()]
    spaces = sorted({key.namespace for key in keys} - {""})
    what = f"{len(keys)} objects of {len(kinds)} kinds" if len(kinds) > _KINDS else ", ".join(kinds)
    return f"{what} in {some(spaces)}" if spaces else what


def by_kind(keys: Iterable[ResourceKey]) -> Mapping[str, Sequence[str]]:
    """Names with their namespaces by kind, in the order of objects."""
    found: dict[str, list[str]] = {}
    for key in keys:
        kind, _, name = str(key).partition(" ")
        found.setdefault(kind, []).append(name)
    return found


def differences(changes: Changes) -> Sequence[Difference]:
    """Every action, destructive ones first, then by object; equal ones once with their clusters."""
    same: dict[tuple[ActionKind, ResourceKey, str, str, str], list[Change]] = {}
    for change in changes.changes:
        after = change.after.hash if change.after else ""
        same.setdefault((change.action, change.key, change.before, after, change.held), []).append(
            change
        )
    alike: dict[tuple[int, ResourceKey, str, tuple[str, ...]], list[Change]] = {}
    order = {action: number for number, action in enumerate(WORDS)}
    for (action, key, _, _, held), group in same.items():
        lines = _lines(changes, group[0])
        alike.setdefault((order[action], key, held, lines), []).extend(group)
    return tuple(
        Difference(
            action=WORDS[group[0].action],
            key=key,
            clusters=tuple(sorted(change.cluster for change in group)),
            lines=lines,
            held=held,
        )
        for (_, key, held, lines), group in sorted(alike.items(), key=lambda item: item[0])
    )


def alike(found: Iterable[Difference]) -> Sequence[Sequence[Difference]]:
    """What changes, by object; objects of a kind that change alike on the same clusters together.

    Around what changes their own names may stand.
    """
    same: dict[tuple[Hashable, ...], list[Difference]] = {}
    for each in found:
        if each.action == "change":
            name = re.compile(rf"\b{re.escape(each.key.name)}\b")
            lines = tuple(
                name.sub("\0", line) if line.startswith(" ") else line for line in each.lines
            )
            same.setdefault((each.clusters, each.key[:2], lines), []).append(each)
    return tuple(same.values())


def moved(moves: Iterable[Move]) -> Sequence[Moved]:
    """All moves; objects that move alike for the same reasons once, by the first of them.

    What is nowhere any more comes last: its deletions say so too.
    """
    alike: dict[tuple[Hashable, ...], list[Move]] = {}
    for move in moves:
        alike.setdefault((move.before, move.after, move.cause, move.reasons), []).append(move)
    return tuple(
        Moved(tuple(move.key for move in same), _steps(same[0]), same[0].cause, same[0].reasons)
        for same in sorted(alike.values(), key=lambda same: not same[0].after)
    )


def warnings(preview: Preview) -> tuple[str, ...]:
    """What a reader must know besides, the doubtful last."""
    spaces = tuple(
        f"namespace {name} is declared by nobody; it is made on {', '.join(clusters)} "
        "where it is missing"
        for name, clusters in preview.namespaces
    )
    return (*spaces, *preview.warnings, *(() if preview.changes.exact else (INEXACT,)))


def course(stage: StagePlan) -> str:
    """When the clusters of a stage get the change, and what it takes of them, in words."""
    when = f"once {stage.after} is done" if stage.after else "at once"
    said = [f"not before it goes on: {stage.paused}"] if stage.paused else [when]
    if stage.windows:
        said.append(f"only {stage.windows}")
    if stage.at_a_time < len(stage.clusters):
        said.append(f"{stage.at_a_time} at a time")
    if stage.well_for_s:
        said.append(f"done when well for {spoken(timedelta(seconds=stage.well_for_s))}")
    if stage.asks:
        said.append(f"waits for a person: `Gitopsd-Approve: {stage.hashed}` in a commit message")
    return "; ".join(said)


def obstacles(preview: Preview) -> tuple[Problem, ...]:
    """Every Problem of the plan, and one for each guard that holds something."""
    return (
        *preview.changes.problems,
        *(Problem("", 0, "", guard, "GuardTripped") for guard in preview.guards),
    )


def problem(found: Problem) -> str:
    """A Problem in one line; one that is no error says what it is."""
    mark = "" if found.severity is Severity.ERROR else f"{found.severity.value}: "
    return f"{mark}{found}"


def foot(preview: Preview) -> Sequence[str]:
    """Hashes, and what the plan leads from and to, and when it was made."""
    changes = preview.changes
    lines = [f"plan {changes.plan_hash[:16]}"] if changes.plan_hash else []
    if changes.deletion_hash:
        lines[0] += f", deletions {changes.deletion_hash}"
    if preview.base or preview.head:
        lines.append(f"from {preview.base or 'what is applied'} to {preview.head or 'head'}")
    if preview.at is not None:
        lines.append(f"made at {preview.at:%Y-%m-%dT%H:%M:%SZ}")
    return lines


def approval(changes: Changes) -> Body:
    """The object that allows exactly the deletions of this plan, to be committed."""
    return {
        "apiVersion": "gitopsd.io/v1alpha1",
        "kind": "Approval",
        "metadata": {"name": changes.deletion_hash},
        "spec": {"covers": sorted(changes.deletions)},
    }


def plural(number: int, name: str) -> str:
    """`1 cluster`, `2 clusters`."""
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def _steps(move: Move) -> tuple[tuple[str, str, str], ...]:
    before = {share.cluster: share for share in move.before}
    after = {share.cluster: share for share in move.after}
    return tuple(
        (name, _replicas(before.get(name)), _replicas(after.get(name)))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _replicas(share: Share | None) -> str:
    if share is None:
        return "–"
    return str(share.replicas) if share.replicas else "there"


def _lines(changes: Changes, change: Change) -> tuple[str, ...]:
    """What changes in the object, where it is known what is there now."""
    before = changes.before.get(change.cluster, {}).get(change.key)
    if before is None or change.after is None:
        return ()
    return diff(change.key, before.body, change.after.body)
