"""Which of the deeds that are due may be done now, and what the others wait for.

Comes in: the due steps of one member, in no order, and what was observed. Goes out: those that may
go, in order, and an outcome for each that waits. Waited for are sets of other instances
(`sets.py`), the namespace that an object lives in, the definition of its kind, the server of its
group, what it names itself (waves, depends-on), and hooks (`course.py`). Removals wait until
everything else is done (`removal.py` has their order).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gitopsd.core.depends import DEPENDS_ON, LACKING
from gitopsd.core.hooks import Phase
from gitopsd.core.plan.barriers import Barriers
from gitopsd.core.plan.course import (
    ORDINARY,
    Progress,
    change_waits,
    course,
    hook_waits,
    is_gated,
    is_removing,
    removals_wait,
)
from gitopsd.core.plan.deed import REMOVALS, Deed, Step, Wait
from gitopsd.core.plan.observed import Observed
from gitopsd.core.plan.order import apply_order
from gitopsd.core.plan.removal import removable
from gitopsd.core.plan.run import Hook
from gitopsd.core.plan.sets import waits_for_sets
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import ActionKind, Health, Outcome
from gitopsd.model.resource import ResourceKey

# Reasons of a Skip: of one that counts as done, and of one that ends only when something else does.
_AS_DONE = frozenset({"Suspended", "NotOwned", "Ignored"})
_AS_FAILED = frozenset({"DependencyFailed", "AwaitingApproval", "GuardTripped"})

Outcomes = Mapping[ResourceKey, Outcome]


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """`go` in the order of going; `waiting` what is told of the rest.

    `stuck` are those that wait for what has failed: only something new lets them go. `is_behind`:
    some wait for the sets that come first.
    """

    go: Sequence[Step]
    waiting: Outcomes
    stuck: frozenset[ResourceKey] = frozenset()
    is_behind: bool = False


def ready(
    due: Sequence[Step], wanted: Wanted, limits: Barriers, seen: Observed, outcomes: Outcomes
) -> Ready:
    """The due steps that may go now, applies before removals, each in its order."""
    if seen.behind is not None:
        return _while_behind(due, wanted, limits, seen)
    go: list[Step] = []
    waits: dict[ResourceKey, Wait] = {}
    wave, behind = _wave(wanted, limits, outcomes)
    now = course(limits.hooks, limits.needed, seen)
    applies = [each for each in due if each.deed not in REMOVALS and each.key not in seen.hooks]
    for each in sorted(applies, key=lambda each: _apply_key(each, limits)):
        why = _why_not(each, wanted, limits, seen, outcomes)
        if why is None and wave is not None and _wave_of(each, limits) > wave:
            why = behind
        if why is None and limits.hooks:
            why = change_waits(each.key, _wave_of(each, limits), now)
        if why is not None:
            waits[each.key] = why
        else:
            go.append(each)
    removals = [each for each in due if each.deed in REMOVALS]
    barred = behind if wave is not None else None
    if limits.hooks:
        rest = _progress(wanted, outcomes, goes=bool(go), removes=is_removing(due, wanted, seen))
        for each in _in_order(due, limits):
            hook = seen.hooks[each.key]
            why = _why_not(each, wanted, limits, seen, outcomes) if is_gated(each) else None
            if why is None and wave is not None and _runs_after(hook, wave):
                why = behind
            if why is None and is_gated(each):
                why = hook_waits(hook, now, rest, seen)
            if why is not None:
                waits[each.key] = why
            else:
                go.append(each)
        barred = barred or removals_wait(now)
    if barred is not None and barred.is_stuck:
        waits |= {each.key: barred for each in removals}
    elif removals and barred is None and not go:
        go = removable(removals, wanted, seen)
    return _told_of(go, waits)


def _told_of(go: Sequence[Step], waits: Mapping[ResourceKey, Wait]) -> Ready:
    return Ready(
        go,
        {key: Outcome(key, ActionKind.SKIP, why.reason, why.message) for key, why in waits.items()},
        frozenset(key for key, why in waits.items() if why.is_stuck),
    )


def _while_behind(due: Sequence[Step], wanted: Wanted, limits: Barriers, seen: Observed) -> Ready:
    """While a set that comes first is not ready: what puts back, looks or ends a run goes, however
    the rest of our own set is.
    """
    behind = seen.behind
    assert behind is not None
    go: list[Step] = []
    waits: dict[ResourceKey, Wait] = {}
    now = course(limits.hooks, limits.needed, seen)
    rest = Progress(None, "", False, is_removing(due, wanted, seen))
    for each in sorted(due, key=lambda each: _apply_key(each, limits)):
        hook = seen.hooks.get(each.key)
        if hook is not None and is_gated(each):
            why = None if hook.phase in ORDINARY else hook_waits(hook, now, rest, seen)
            waits[each.key] = why or behind
        elif hook is None and waits_for_sets(each, seen):
            waits[each.key] = behind
        else:
            go.append(each)
    return replace(_told_of(go, waits), is_behind=behind in waits.values())


def _in_order(due: Sequence[Step], limits: Barriers) -> Sequence[Step]:
    """The steps of hooks, in the order of the hooks."""
    steps = {step.key: step for step in due}
    return [steps[hook.key] for hook in limits.hooks if hook.key in steps]


def _runs_after(hook: Hook, wave: int) -> bool:
    """Whether a hook is part of a wave that is not at work yet."""
    return hook.phase is Phase.SYNC and hook.manifest.wave > wave


def _progress(wanted: Wanted, outcomes: Outcomes, *, goes: bool, removes: bool) -> Progress:
    """How far everything but the hooks is."""
    rest = [key for key in wanted.manifests if not _is_done(key, wanted, outcomes)]
    failed = next((key for key in rest if _is_failed(key, wanted, outcomes)), None)
    if failed is not None:
        words = f"{failed}: {_told(failed, outcomes)}"
        return Progress(Wait("DependencyFailed", words, True), words, goes, removes)
    if rest:
        words = f"{rest[0]} is not ready: {_told(rest[0], outcomes)}"
        return Progress(Wait("DependencyNotReady", words), "", goes, removes)
    return Progress(None, "", goes, removes)


def _apply_key(step: Step, limits: Barriers) -> tuple[Any, ...]:
    return apply_order(step.key, _wave_of(step, limits))


def _wave_of(step: Step, limits: Barriers) -> int:
    own = step.manifest.wave if step.manifest is not None else 0
    return limits.holders.get(step.key, own)


def _why_not(
    step: Step, wanted: Wanted, limits: Barriers, seen: Observed, outcomes: Outcomes
) -> Wait | None:
    key = step.key
    if step.deed is Deed.COMPARE:
        return None
    if words := limits.impossible.get(key):
        return Wait("DependencyFailed", words, True)
    definition = limits.definitions.get(key[:2])
    if definition is not None:
        is_stuck = key[:2] in seen.late or _is_failed(definition, wanted, outcomes)
        if not _is_done(definition, wanted, outcomes):
            words = f"{definition.name} is not established: {_told(definition, outcomes)}"
            return Wait("CRDNotEstablished", words, is_stuck)
        if key[:2] not in seen.discovery.kinds:
            words = f"the member does not serve {key.group_kind} yet"
            return Wait("CRDNotEstablished", words, is_stuck)
    service = limits.services.get(key.group)
    if service is not None and (why := _behind(service, wanted, outcomes)):
        return why
    if key[:2] not in seen.discovery.kinds:
        return None
    if key.namespace and key.namespace not in seen.namespaces:
        namespace = ResourceKey("", "Namespace", "", key.namespace)
        if _is_failed(namespace, wanted, outcomes):
            words = f"namespace {key.namespace}: {_told(namespace, outcomes)}"
            return Wait("DependencyFailed", words, True)
        return Wait("DependencyNotReady", f"namespace {key.namespace} is not there yet")
    for need in limits.needs.get(key, ()):
        if why := _behind(need, wanted, outcomes):
            return why
    return None


def _behind(need: ResourceKey, wanted: Wanted, outcomes: Outcomes) -> Wait | None:
    """That this comes first, unless it is there and well."""
    if need not in wanted.manifests:
        words = f"{DEPENDS_ON} names {need}, {LACKING}"
        return Wait("DependencyFailed", words, True)
    if _is_done(need, wanted, outcomes):
        return None
    if _is_failed(need, wanted, outcomes):
        return Wait("DependencyFailed", f"{need}: {_told(need, outcomes)}", True)
    return Wait("DependencyNotReady", f"{need} is not ready: {_told(need, outcomes)}")


def _wave(wanted: Wanted, limits: Barriers, outcomes: Outcomes) -> tuple[int | None, Wait]:
    """The wave that is at work, and what later ones wait for; None when all are done."""
    for wave, keys in limits.waves.items():
        rest = [key for key in keys if not _is_done(key, wanted, outcomes)]
        for key in rest:
            if _is_failed(key, wanted, outcomes):
                words = f"wave {wave} failed: {key}: {_told(key, outcomes)}"
                return wave, Wait("DependencyFailed", words, True)
        if rest:
            words = f"wave {wave} is not done: {rest[0]}: {_told(rest[0], outcomes)}"
            return wave, Wait("DependencyNotReady", words)
    return None, Wait("", "")


def _is_done(key: ResourceKey, wanted: Wanted, outcomes: Outcomes) -> bool:
    """Whether an object is applied as it is wanted and well, or need not be."""
    outcome, manifest = outcomes.get(key), wanted.manifests.get(key)
    if outcome is None or manifest is None:
        return False
    if outcome.action is ActionKind.SKIP:
        return outcome.reason in _AS_DONE
    if outcome.action is ActionKind.FAIL or outcome.hash != manifest.hash:
        return False
    return outcome.health is Health.CURRENT


def _is_failed(key: ResourceKey, wanted: Wanted, outcomes: Outcomes) -> bool:
    """Whether an object could not be applied, does not become well, or waits for one like that."""
    outcome, manifest = outcomes.get(key), wanted.manifests.get(key)
    if outcome is None:
        return False
    if outcome.action is ActionKind.SKIP:
        return outcome.reason in _AS_FAILED
    is_same = manifest is not None and outcome.hash == manifest.hash
    return outcome.action is ActionKind.FAIL or (is_same and outcome.health is Health.FAILED)


def _told(key: ResourceKey, outcomes: Outcomes) -> str:
    outcome = outcomes.get(key)
    if outcome is None:
        return "it was not applied yet"
    return ": ".join(filter(None, (outcome.reason, outcome.message))) or outcome.health.value
