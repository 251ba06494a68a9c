"""What `Changes` say, in words: the plan that a person reads, as text, Markdown or plain values.

Comes in: a `Preview`. Goes out: the verdict, a table of
clusters, moves with their cause, deletions before anything else, equal differences once with all
their clusters. Of a Secret only the names of its keys are said.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from gitopsd.kube import yaml
from gitopsd.kube.body import Body, dig, without
from gitopsd.model.changes import Change, Changes, Move, Preview
from gitopsd.model.decision import Share
from gitopsd.model.delivery import ActionKind
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import ResourceKey

_WORDS = {
    ActionKind.PRUNE: "delete",
    ActionKind.RECREATE: "recreate",
    ActionKind.CONFIGURE: "change",
    ActionKind.CREATE: "create",
}
_COUNTED = (ActionKind.CREATE, ActionKind.CONFIGURE, ActionKind.RECREATE, ActionKind.PRUNE)


@dataclass(frozen=True, slots=True)
class Difference:
    """One action that is the same on all these clusters; `lines` are those of a unified diff."""

    action: str
    key: ResourceKey
    clusters: tuple[str, ...]
    lines: tuple[str, ...] = ()
    held: str = ""


def verdict(preview: Preview) -> str:
    """One line: how much of what on how many clusters, and which guards hold."""
    counts = _counts(preview.changes.changes)
    said = ", ".join(f"{counts[action]} {_WORDS[action]}" for action in _COUNTED)
    touched = len({change.cluster for change in preview.changes.changes})
    clusters = "1 cluster" if touched == 1 else f"{touched} clusters"
    guards = "; ".join(preview.guards) if preview.guards else "none tripped"
    return f"{said} on {clusters}; guards: {guards}"


def differences(changes: Changes) -> Sequence[Difference]:
    """Every action, destructive ones first, then by object; equal ones once with their clusters."""
    groups: dict[tuple[ActionKind, ResourceKey, str, str, str], list[Change]] = {}
    for change in changes.changes:
        after = change.after.hash if change.after else ""
        group = (change.action, change.key, change.before, after, change.held)
        groups.setdefault(group, []).append(change)
    order = {action: number for number, action in enumerate(_WORDS)}
    return tuple(
        Difference(
            action=_WORDS[action],
            key=key,
            clusters=tuple(change.cluster for change in same),
            lines=_lines(changes, same[0]) if action is not ActionKind.CREATE else (),
            held=held,
        )
        for (action, key, _, _, held), same in sorted(
            groups.items(), key=lambda entry: (order[entry[0][0]], entry[0][1:])
        )
    )


def text(preview: Preview) -> str:
    """The plan for a terminal."""
    changes = preview.changes
    found = differences(changes)
    parts = [[f"Plan: {verdict(preview)}"], _table(changes)]
    if changes.moves:
        parts.append(["Placement", *(f"  {_moved(move)}" for move in changes.moves)])
    for title, actions in _SECTIONS:
        own = [each for each in found if each.action in actions]
        if own:
            parts.append([title, *(line for each in own for line in _shown(each))])
    if warnings := _warnings(preview):
        parts.append(["Warnings", *(f"  {warning}" for warning in warnings)])
    if changes.problems:
        parts.append(["Problems", *(f"  {_problem(each)}" for each in changes.problems)])
    parts.append(_foot(preview))
    return "\n\n".join("\n".join(part) for part in parts if part)


def markdown(preview: Preview) -> str:
    """The plan as a comment of a pull request: what destroys is never folded."""
    changes = preview.changes
    found = differences(changes)
    parts = [f"**{_plain(verdict(preview))}**", _markdown_table(changes)]
    if changes.moves:
        parts.append("### Placement")
        parts.append("\n".join(f"- {_plain(_moved(move))}" for move in changes.moves))
    for title, actions in _SECTIONS:
        own = [each for each in found if each.action in actions]
        if own:
            parts += [f"### {title}", *(_folded(each) for each in own)]
    if warnings := _warnings(preview):
        parts += ["### Warnings", "\n".join(f"- {_plain(each)}" for each in warnings)]
    if changes.problems:
        parts += ["### Problems", "\n".join(f"- {_plain(_problem(p))}" for p in changes.problems)]
    parts.append("\n".join(f"{line}  " for line in _foot(preview)))
    return "\n\n".join(part for part in parts if part) + "\n"


def value(preview: Preview) -> Mapping[str, Any]:
    """The plan for programs."""
    changes = preview.changes
    return {
        "base": preview.base,
        "head": preview.head,
        "planHash": changes.plan_hash,
        "deletionHash": changes.deletion_hash,
        "exact": changes.exact,
        "summary": {_WORDS[action]: number for action, number in _counts(changes.changes).items()},
        "guards": list(preview.guards),
        "warnings": _warnings(preview),
        "moves": [
            {
                "object": move.key.id,
                "before": {share.cluster: share.replicas for share in move.before},
                "after": {share.cluster: share.replicas for share in move.after},
                "cause": move.cause,
            }
            for move in changes.moves
        ],
        "changes": [
            {
                "action": each.action,
                "object": each.key.id,
                "clusters": list(each.clusters),
                "diff": list(each.lines),
                **({"held": each.held} if each.held else {}),
            }
            for each in differences(changes)
        ],
        "problems": [_problem(each) for each in changes.problems],
    }


def approval(changes: Changes) -> Body:
    """The object that allows exactly the deletions of this plan, to be committed."""
    return {
        "apiVersion": "gitopsd.io/v1alpha1",
        "kind": "Approval",
        "metadata": {"name": changes.deletion_hash},
        "spec": {"covers": sorted(changes.deletions)},
    }


_SECTIONS = (
    ("Deletes and recreates", ("delete", "recreate")),
    ("Changes", ("change",)),
    ("Creates", ("create",)),
)


def _counts(changes: Iterable[Change]) -> Mapping[ActionKind, int]:
    counts = dict.fromkeys(_COUNTED, 0)
    for change in changes:
        counts[change.action] += 1
    return counts


def _table(changes: Changes) -> list[str]:
    rows = _rows(changes)
    if not rows:
        return []
    header = ("CLUSTER", *(_WORDS[action].upper() for action in _COUNTED))
    width = max(len(row[0]) for row in (header, *rows))
    return [
        f"{name:<{width}}" + "".join(f"   {figure:>{len(head)}}" for figure, head in figures)
        for name, figures in (
            (row[0], tuple(zip(row[1:], header[1:], strict=True))) for row in (header, *rows)
        )
    ]


def _markdown_table(changes: Changes) -> str:
    rows = [("cluster", *(_WORDS[action] for action in _COUNTED)), *_rows(changes)]
    if len(rows) == 1:
        return ""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|---|" + "---:|" * len(_COUNTED), *lines[1:]])


def _rows(changes: Changes) -> list[tuple[str, ...]]:
    found = []
    for name in sorted({change.cluster for change in changes.changes}):
        counts = _counts(change for change in changes.changes if change.cluster == name)
        found.append((name, *(str(counts[action]) for action in _COUNTED)))
    return found


def _moved(move: Move) -> str:
    before = {share.cluster: share for share in move.before}
    after = {share.cluster: share for share in move.after}
    steps = [
        f"{name} {_replicas(before.get(name))} → {_replicas(after.get(name))}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
    return f"{move.key}: {', '.join(steps)}  ({move.cause})"


def _replicas(share: Share | None) -> str:
    if share is None:
        return "–"
    return str(share.replicas) if share.replicas else "there"


def _shown(each: Difference) -> Iterable[str]:
    yield f"  {each.action} {each.key}  on {', '.join(each.clusters)}{_held(each)}"
    for line in each.lines:
        yield f"      {line}"


def _folded(each: Difference) -> str:
    head = f"{each.action} `{each.key}` on {', '.join(each.clusters)}{_held(each)}"
    if not each.lines:
        return f"- {head}"
    body = "\n".join(each.lines)
    fence = "`" * max(3, _longest_run(body) + 1)
    block = f"{fence}diff\n{body}\n{fence}"
    if each.action != "change":
        return f"- {head}\n\n{block}"
    return f"<details><summary>{head.replace('`', '')}</summary>\n\n{block}\n\n</details>"


def _held(each: Difference) -> str:
    return f"  (held: {each.held})" if each.held else ""


def _longest_run(words: str) -> int:
    longest = run = 0
    for sign in words:
        run = run + 1 if sign == "`" else 0
        longest = max(longest, run)
    return longest


def _warnings(preview: Preview) -> list[str]:
    inexact = () if preview.changes.exact else (
        "not exact: it depends on members of which nothing is known here",
    )  # fmt: skip
    return [*preview.warnings, *inexact]


def _problem(problem: Problem) -> str:
    mark = "" if problem.severity is Severity.ERROR else f"{problem.severity.value}: "
    return f"{mark}{problem}"


def _foot(preview: Preview) -> list[str]:
    changes = preview.changes
    lines = [f"plan {changes.plan_hash[:16]}"]
    if changes.deletion_hash:
        lines[0] += f", deletions {changes.deletion_hash}"
    if preview.base or preview.head:
        lines.append(f"from {preview.base or 'what is applied'} to {preview.head or 'head'}")
    return lines


def _lines(changes: Changes, change: Change) -> tuple[str, ...]:
    """What changes in the object, where it is known what is there now."""
    before = changes.before.get(change.cluster, {}).get(change.key)
    if before is None or change.after is None:
        return ()
    if (change.key.group, change.key.kind) == ("", "Secret"):
        return tuple(_secret_lines(before.body, change.after.body))
    return tuple(_diff(before.body, change.after.body, 3))


def _secret_lines(before: Body, after: Body) -> Iterable[str]:
    old, new = _keys(before), _keys(after)
    for key in sorted({*old, *new}):
        if key not in new:
            yield f"-key {key} removed"
        elif key not in old:
            yield f"+key {key} added"
        elif old[key] != new[key]:
            yield f" key {key} changed"
    yield from _diff(_without_values(before), _without_values(after), 1)


def _diff(before: Body, after: Body, around: int) -> Iterable[str]:
    """A unified diff without file names and line numbers, which say nothing here."""
    old, new = (yaml.dump(body).splitlines() for body in (before, after))
    for line in islice(difflib.unified_diff(old, new, lineterm="", n=around), 2, None):
        yield "@@" if line.startswith("@@") else line


def _without_values(secret: Body) -> Body:
    for path in (("data",), ("stringData",), ("metadata", "annotations", _LAST_APPLIED)):
        secret = without(secret, *path)
    return secret


_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def _keys(body: Body) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for field in ("data", "stringData"):
        found |= dig(body, field, default={})
    return found


def _plain(words: str) -> str:
    """Words that ping nobody and break no Markdown."""
    for sign, safe in (("&", "&amp;"), ("<", "&lt;"), ("@", "@\u200b"), ("#", "#\u200b")):
        words = words.replace(sign, safe)
    return words
