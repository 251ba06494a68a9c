"""`problems.yaml`: every mistake and every failure, each with what would be right.

Comes in: the commit's Problems and what came of the objects. Goes out: entries in which clusters
with the same trouble share one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from gitopsd.core.changes import is_run
from gitopsd.core.held import unread_at, why_held
from gitopsd.core.summary.standing import guards, held_by, is_failure, lingering, waiting
from gitopsd.kube.body import Body
from gitopsd.model.decision import HELD, PASSING, REFUSED, STAGE, WHOLE, Decision, Wanted
from gitopsd.model.delivery import Health, Outcome, Report
from gitopsd.model.page import Trouble
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import Origin, ResourceKey
from gitopsd.model.snapshot import Snapshot

REMEDY = "to allow them, commit what `gitopsd plan --approval` prints"


def of_member(wanted: Wanted, report: Report | None) -> tuple[Problem, ...]:
    """What failed on one member, with the file it comes from."""
    if report is None:
        return ()
    found = [
        _failed(wanted, outcome)
        for outcome in report.outcomes.values()
        if is_failure(outcome, report)
    ]
    found += [_held(wanted, guard, number) for guard, number in sorted(guards(wanted).items())]
    found += _lingering(wanted, report)
    if not report.reachable:
        message = report.message or report.reason or "not reachable"
        found.append(_about(wanted, "", report.reason or "ClusterUnreachable", message))
    return tuple(found)


def held_over(snapshot: Snapshot, decision: Decision) -> Mapping[ResourceKey, str]:
    """Templates that go on as they were read last because they cannot be read now, with why."""
    loaded = snapshot.loaded
    if not (loaded.invalid or loaded.unreadable):
        return {}
    unread = unread_at(loaded, loaded.unreadable - loaded.rendering)
    gone = (key for key in decision.bindings if key not in loaded.templates)
    found = {
        key: why_held(key, decision.bindings[key].template.origin.path, loaded, unread)
        for key in gone
    }
    return {key: why for key, why in found.items() if why}


def held(
    wanted: Wanted, report: Report | None, over: Mapping[ResourceKey, str]
) -> Iterable[Problem]:
    """What stays as it is on one member because of a mistake: why, and how it does there.

    `over` are the templates that go on as they were read last.
    """
    stays = {key: why for key, why in over.items() if key in wanted.manifests}
    inventory = (report.inventory if report else None) or {}
    for key, why in sorted({**wanted.kept, **stays}.items()):
        entry = inventory.get(key)
        if entry is not None and is_run(entry):
            continue
        outcome = report.outcomes.get(key) if report else None
        is_well = outcome is not None and outcome.health is Health.CURRENT
        words = f"stays as it is: {why}; {_doing(outcome)}"
        problem = _about(wanted, key.id, HELD, words)
        severity = Severity.NOTICE if is_well else Severity.WARNING
        yield msgspec.structs.replace(problem, severity=severity)


def _doing(outcome: Outcome | None) -> str:
    """How an object does, in a few words."""
    if outcome is None or outcome.health is Health.UNKNOWN:
        return "nothing is known of how it does"
    if outcome.health is Health.CURRENT:
        return "it is well"
    words = outcome.note if outcome.reason == HELD else outcome.message
    return f"it is {outcome.health.value}" + (f": {words}" if words else "")


def grouped(problems: Iterable[Problem]) -> tuple[Trouble, ...]:
    """Each trouble once with its clusters, errors first, then by file and line."""
    clusters: dict[Problem, set[str]] = {}
    for problem in problems:
        shared = msgspec.structs.replace(problem, cluster="") if problem.cluster else problem
        clusters.setdefault(shared, set())
        if problem.cluster:
            clusters[shared].add(problem.cluster)
    order = {severity: index for index, severity in enumerate(Severity)}
    return tuple(
        Trouble(
            severity=problem.severity,
            reason=problem.reason,
            message=problem.message,
            file=problem.path,
            line=problem.line,
            pointer=problem.pointer,
            object=problem.key,
            clusters=tuple(sorted(names)),
        )
        for problem, names in sorted(
            clusters.items(), key=lambda entry: (order[entry[0].severity], entry[0])
        )
    )


def file(troubles: Iterable[Trouble]) -> Body:
    """The file's content."""
    return {"problems": [msgspec.to_builtins(each) for each in troubles]}


def count(troubles: Iterable[Trouble]) -> Mapping[str, int]:
    """How many of each severity, all three named."""
    counts = {severity.value: 0 for severity in Severity}
    for trouble in troubles:
        counts[trouble.severity.value] += 1
    return counts


def _failed(wanted: Wanted, outcome: Outcome) -> Problem:
    manifest = wanted.manifests.get(outcome.key)
    origin = manifest.origin if manifest else Origin("", line=0)
    return Problem(
        path=origin.path,
        line=origin.line,
        pointer="",
        message=f"{outcome.key}: {outcome.message or outcome.reason}",
        reason=outcome.reason or outcome.action.value,
        key=outcome.key.id,
        cluster=wanted.cluster,
    )


def _held(wanted: Wanted, guard: str, number: int) -> Problem:
    """One row for each guard, with what would let its deletions pass."""
    why = wanted.reasons.get(guard, "")
    if guard in WHOLE:
        severity = Severity.NOTICE if guard == STAGE else Severity.WARNING
        word = guard if guard == REFUSED else STAGE
        held = _about(wanted, "", word, f"{waiting(number)}: {why}")
        return msgspec.structs.replace(held, severity=severity)
    if guard not in PASSING:
        words = f"{held_by(guard, number)}: {why}; {REMEDY}"
        return _about(wanted, "", "GuardTripped", words)
    return _deletions_wait(wanted, guard, number, why)


def _lingering(wanted: Wanted, report: Report) -> Iterable[Problem]:
    """One row for each thing that deletions wait for which may go, as those that no guard holds."""
    found = Counter((each.reason, each.message) for each in lingering(wanted, report))
    for (reason, why), number in sorted(found.items()):
        yield _deletions_wait(wanted, reason, number, why)


def _deletions_wait(wanted: Wanted, reason: str, number: int, why: str) -> Problem:
    deletions = "1 deletion waits" if number == 1 else f"{number} deletions wait"
    told = _about(wanted, "", reason, f"{deletions}: {why}")
    return msgspec.structs.replace(told, severity=Severity.NOTICE)


def _about(wanted: Wanted, key: str, reason: str, message: str) -> Problem:
    return Problem("", 0, "", message, reason=reason, key=key, cluster=wanted.cluster)
