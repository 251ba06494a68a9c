"""All memory files at once: a line per object, made anew only where something of it changed.

Comes in: what is remembered of the templates, and what every member holds. Goes out: the files.
What nobody decided on this time stays remembered while some member still holds it, or may.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gitopsd.core.changes import words_of
from gitopsd.core.summary import memory
from gitopsd.core.summary.renewing import holds
from gitopsd.model.memory import Remembered
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known

Hashes = Mapping[str, str]
Applied = Mapping[str, Mapping[ResourceKey, str]]

NOTHING: Mapping[ResourceKey, str] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One object's line and what it was made of."""

    remembered: Remembered | None
    applied: Hashes
    data: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Remembering:
    """The files by namespace, and what made them. `inventories` are the mappings read last."""

    inventories: Mapping[str, object] = field(default_factory=dict)
    applied: Applied = field(default_factory=dict)
    by_object: Mapping[ResourceKey, Hashes] = field(default_factory=dict)
    lines: Mapping[ResourceKey, Line] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


def files(
    templates: Mapping[ResourceKey, Remembered],
    clusters: tuple[str, ...],
    known: Known,
    before: Remembering,
) -> Remembering:
    """Every namespace's file. A member whose inventory was never read holds what memory says."""
    inventories, applied = _applied(clusters, known, before)
    by_object = _by_object(applied, before)
    lines: dict[ResourceKey, Line] = {}
    changed: set[str] = set()
    gone = known.memory.templates.keys() - templates.keys()
    left = {key for key in gone if any(holds(name, key, known) for name in clusters)}
    for key in sorted({*templates, *by_object, *left}):
        hashes, last = by_object.get(key, {}), before.lines.get(key)
        remembered = templates.get(key) or (last.remembered if last else None)
        remembered = remembered or known.memory.templates.get(key)
        if last is None or last.remembered is not remembered or last.applied is not hashes:
            if last is None or last.remembered != remembered or last.applied != hashes:
                changed.add(key.namespace)
                last = Line(remembered, hashes, memory.line(key, remembered, hashes))
            else:
                last = Line(remembered, hashes, last.data)
        lines[key] = last
    changed.update(key.namespace for key in before.lines if key not in lines)
    return Remembering(inventories, applied, by_object, lines, _files(lines, changed, before))


def _applied(
    clusters: tuple[str, ...], known: Known, before: Remembering
) -> tuple[Mapping[str, object], Applied]:
    inventories: dict[str, object] = {}
    applied: dict[str, Mapping[ResourceKey, str]] = {}
    for name in clusters:
        report = known.reports.get(name)
        if report is None or report.inventory is None:
            applied[name] = before.applied.get(name) or known.memory.applied.get(name, NOTHING)
            continue
        inventories[name] = report.inventory
        if before.inventories.get(name) is report.inventory:
            applied[name] = before.applied[name]
            continue
        applied[name] = words_of(report.inventory)
    return inventories, applied


def _by_object(applied: Applied, before: Remembering) -> Mapping[ResourceKey, Hashes]:
    """The same the other way round: an object for which nothing changed keeps its very mapping."""
    found = dict(before.by_object)
    own: dict[ResourceKey, dict[str, str]] = {}

    def writable(key: ResourceKey) -> dict[str, str]:
        if key not in own:
            own[key] = dict(found.get(key, {}))
        return own[key]

    for name in {*before.applied, *applied}:
        then, now = before.applied.get(name, {}), applied.get(name, {})
        if then is now:
            continue
        for key, held in now.items():
            if then.get(key) != held:
                writable(key)[name] = held
        for key in then:
            if key not in now:
                writable(key).pop(name, None)
    for key, hashes in own.items():
        if hashes:
            found[key] = dict(sorted(hashes.items()))
        else:
            found.pop(key, None)
    return found


def _files(
    lines: Mapping[ResourceKey, Line], changed: set[str], before: Remembering
) -> Mapping[str, bytes]:
    if not changed:
        return before.files
    by_namespace: dict[str, list[bytes]] = {}
    for key, line in lines.items():
        by_namespace.setdefault(key.namespace, []).append(line.data)
    return {
        namespace: memory.file(own)
        if namespace in changed or namespace not in before.files
        else before.files[namespace]
        for namespace, own in sorted(by_namespace.items())
    }
