"""How far the members are, and what makes `sync` exit 1.

Comes in: the commit's problems, what every member was asked, and the reports. Goes out: a
`Standing`. A pending health is no failure; a Problem that is an error, a failed or skipped object,
a tripped guard and an unreachable member are.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

from gitopsd.core.changes import hash_in
from gitopsd.core.summary.remembering import NOTHING, Applied
from gitopsd.model.decision import (
    CANARY,
    HELD,
    PASSING,
    REFUSED,
    STAGE,
    STAGE_HALTED,
    Decision,
    Manifest,
    Wanted,
)
from gitopsd.model.delivery import ActionKind, Health, Outcome, Report
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known, Snapshot
from gitopsd.model.standing import Count, Standing

# What a stage holds (Window) is told once for all, of what is held a mistake tells.
HARMLESS = frozenset({"Ignored", "Suspended", "KeptByAnnotation", "Window", HELD})
WAITING = frozenset({"DependencyNotReady", "CRDNotEstablished", "NamespaceTerminating"})

_STATES = ("current", "progressing", "unhealthy", "unknown", "pending", "failed", "skipped")
_APPLIED = frozenset(
    {ActionKind.CREATE, ActionKind.CONFIGURE, ActionKind.UNCHANGED, ActionKind.RECREATE}
)


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One member's part, kept while what it was asked, what it said and what is remembered of it
    stay the same objects.
    """

    wanted: Wanted
    report: Report | None
    applied: Mapping[ResourceKey, str]
    count: Count
    failures: tuple[str, ...]
    awaited: tuple[str, ...] = ()


def standing(
    snapshot: Snapshot, decision: Decision, wanted: Mapping[str, Wanted], known: Known
) -> Standing:
    """How far the members are with this decision; a member without a report is not finished."""
    found = problems(snapshot, decision), members(wanted, known.reports, known.memory.applied, {})
    return overall(*found, is_rendered=not snapshot.loaded.rendering)


def members(
    wanted: Mapping[str, Wanted],
    reports: Mapping[str, Report],
    held: Applied,
    before: Mapping[str, Member],
) -> Mapping[str, Member]:
    """Every member's part by name; one for which nothing is new is the very same.

    `held` are the hashes of what each member is remembered to hold.
    """
    found = {}
    for name, each in sorted(wanted.items()):
        report, last = reports.get(name), before.get(name)
        applied = held.get(name, NOTHING)
        is_same = (
            last is not None
            and last.wanted is each
            and last.report is report
            and last.applied is applied
        )
        found[name] = last if last is not None and is_same else _member(each, report, applied)
    return found


def overall(
    problems: Iterable[Problem], members: Mapping[str, Member], *, is_rendered: bool = True
) -> Standing:
    """The standing of all; nothing is finished while something of the commit is being rendered."""
    failures = {str(problem) for problem in problems if problem.severity is Severity.ERROR}
    for member in members.values():
        failures.update(member.failures, member.awaited)
    counts = {name: member.count for name, member in members.items()}
    # A copy that failed, or whose member is lost, is nothing to wait for.
    waits = {CANARY, STAGE} if any(map(_failing, members.values())) else PASSING
    return Standing(
        is_finished=is_rendered
        and all(_is_finished(each.wanted, each.report, waits) for each in members.values()),
        is_healthy=not any(
            count.progressing or count.unhealthy or count.unknown or count.pending
            for count in counts.values()
        ),
        failures=tuple(sorted(failures)),
        counts=counts,
        awaited=frozenset(words for member in members.values() for words in member.awaited),
    )


def _failing(member: Member) -> bool:
    return bool(member.failures or member.awaited)


def _member(wanted: Wanted, report: Report | None, applied: Mapping[ResourceKey, str]) -> Member:
    states = dict.fromkeys(_STATES, 0)
    outcomes = report.outcomes if report else {}
    for key, manifest in wanted.manifests.items():
        states[state_of(manifest, outcomes.get(key), hash_in(applied.get(key, "")))] += 1
    inventory = (report.inventory if report else None) or {}
    count = Count(
        wanted=len(wanted.manifests),
        deleting=sum(key in inventory for key in wanted.deletions),
        held=len(wanted.guarded) + len(wanted.kept),
        **states,
    )
    failures, awaited = tuple(_failures(wanted, report)), tuple(_awaited(wanted))
    return Member(wanted, report, applied, count, failures, awaited)


def _failures(wanted: Wanted, report: Report | None) -> Iterable[str]:
    """One sentence for each object that failed, a commit that is refused, and a lost connection."""
    for outcome in report.outcomes.values() if report else ():
        if is_failure(outcome, report):
            what = ": ".join(part for part in (outcome.reason, outcome.message) if part)
            yield f"{wanted.cluster}: {outcome.key}: {outcome.action.value} {what}".rstrip()
    if number := guards(wanted).get(REFUSED):
        yield f"{wanted.cluster}: {waiting(number)}: {wanted.reasons.get(REFUSED, REFUSED)}"
    if report is not None and not report.reachable:
        yield f"{wanted.cluster}: not reachable: {report.message or report.reason}"


def _awaited(wanted: Wanted) -> Iterable[str]:
    """One sentence for each guard and each stage that holds until a person says otherwise."""
    for guard, number in sorted(guards(wanted).items()):
        if guard == STAGE_HALTED:
            yield f"{wanted.cluster}: {waiting(number)}: {wanted.reasons.get(guard, guard)}"
        elif guard not in PASSING and guard != REFUSED:
            yield f"{wanted.cluster}: {held_by(guard, number)} until a person approves"


def lacking(wanted: Wanted, report: Report | None) -> Iterable[str]:
    """One sentence for each wanted object of a member that is neither Current nor failed, and for
    each deletion that waits.
    """
    outcomes = report.outcomes if report else {}
    for key, manifest in sorted(wanted.manifests.items()):
        outcome = outcomes.get(key)
        state = state_of(manifest, outcome)
        if state not in ("current", "failed", "skipped"):
            what = outcome.message if outcome is not None else ""
            yield f"{wanted.cluster}: {key}: {state}" + (f": {what}" if what else "")
    for outcome in lingering(wanted, report):
        yield f"{wanted.cluster}: {outcome.key}: to be deleted: {outcome.message}"


def lingering(wanted: Wanted, report: Report | None) -> Iterable[Outcome]:
    """What came of each object of a member whose deletion waits for something there, by object."""
    outcomes = report.outcomes if report else {}
    for key in sorted(wanted.deletions):
        outcome = outcomes.get(key)
        if outcome is not None and outcome.action is ActionKind.SKIP and outcome.reason in WAITING:
            yield outcome


def guards(wanted: Wanted) -> Mapping[str, int]:
    """What holds deletions of this member back, or all that a stage holds, and how many."""
    return Counter(wanted.guarded.values())


def held_by(guard: str, number: int) -> str:
    """The same in words."""
    deletions = "deletion" if number == 1 else "deletions"
    return f"guard {guard} holds {number} {deletions}"


def waiting(number: int) -> str:
    """How many objects a stage holds."""
    return "1 object waits" if number == 1 else f"{number} objects wait"


def state_of(manifest: Manifest, outcome: Outcome | None, applied: str = "") -> str:
    """One word of `Count` for what came of one wanted object.

    `applied` is the hash of what is remembered to be there, where nothing is known by now.
    """
    if outcome is None:
        return "unknown" if applied == manifest.hash else "pending"
    if outcome.action is ActionKind.FAIL:
        return "failed"
    if outcome.action is ActionKind.SKIP:
        return "pending" if outcome.reason in WAITING else "skipped"
    if not is_applied(manifest, outcome):
        return "pending"
    if outcome.health is Health.CURRENT:
        return "current"
    return "unhealthy" if outcome.health is Health.FAILED else "progressing"


def is_applied(manifest: Manifest | None, outcome: Outcome) -> bool:
    """Whether the member holds exactly this manifest, as far as we know."""
    return outcome.action in _APPLIED and (manifest is None or outcome.hash == manifest.hash)


def problems(snapshot: Snapshot, decision: Decision) -> tuple[Problem, ...]:
    """Every mistake of the commit, and that a newer one is refused, once, sorted."""
    found = {*snapshot.loaded.problems, *decision.problems}
    if refused := snapshot.tree.refused:
        words = f"{refused}; commit {snapshot.tree.commit[:12]} stays in force"
        found.add(Problem("", 0, "", words, reason=refused.reason))
    for binding in decision.bindings.values():
        found.update(binding.problems)
    return tuple(sorted(found))


def _is_finished(wanted: Wanted, report: Report | None, waits: Set[str]) -> bool:
    if report is None:
        return False
    if not report.reachable:
        return True
    is_waiting = any(guard in waits for guard in wanted.guarded.values())
    return report.is_finished and report.commit == wanted.commit and not is_waiting


def is_failure(outcome: Outcome, report: Report | None) -> bool:
    """Whether an object makes `sync` exit 1; one that the member may still get to does not."""
    if outcome.action is ActionKind.FAIL:
        return True
    if outcome.action is not ActionKind.SKIP or outcome.reason in HARMLESS:
        return False
    if outcome.key.kind == "Namespace" and outcome.reason == "NotOwned":
        return False
    is_under_way = report is not None and not report.is_finished
    return not (is_under_way and outcome.reason in WAITING)
