"""Which hook may go when, and what waits for hooks.

Comes in: the hooks of a set with how each ended, and how far the set is. Goes out: why a step
waits, if it does. Hooks before the sync come before any change but what they need themselves to be
made; those after it when all is applied and well. Those of a failure, and those around deletions,
run only where there is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gitopsd.core.hooks import Phase
from gitopsd.core.plan.deed import REMOVALS, Deed, Step, Wait
from gitopsd.core.plan.hooks import end_of
from gitopsd.core.plan.observed import Observed
from gitopsd.core.plan.run import DONE, DUE, FAILED, Hook
from gitopsd.model.decision import Wanted
from gitopsd.model.resource import ResourceKey

# The hooks of every sync; others run only where there is reason.
ORDINARY = (Phase.PRE_SYNC, Phase.SYNC, Phase.POST_SYNC)


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """How far hooks are; `needed` are the objects without which those before the sync cannot be."""

    hooks: Sequence[Hook]
    ends: Sequence[str]
    needed: frozenset[ResourceKey]

    def behind(self, phase: Phase, wave: int | None = None) -> Wait | None:
        """That the hooks of a phase come first, of a wave those before it; None when all did."""
        for hook, end in zip(self.hooks, self.ends, strict=True):
            if hook.phase is not phase or (wave is not None and hook.manifest.wave >= wave):
                continue
            if end == FAILED:
                return Wait("DependencyFailed", f"the {phase} hook {hook.key} failed", True)
            if end != DONE:
                return Wait("DependencyNotReady", f"the {phase} hook {hook.key} has not run")
        return None

    @property
    def has_failed(self) -> bool:
        """Whether a hook of the sync itself failed."""
        return any(
            end == FAILED and hook.phase in ORDINARY
            for hook, end in zip(self.hooks, self.ends, strict=True)
        )


def course(hooks: Sequence[Hook], needed: frozenset[ResourceKey], seen: Observed) -> Course:
    """How far the hooks of a set are."""
    return Course(hooks, tuple(end_of(hook, seen) for hook in hooks), needed)


def is_gated(step: Step) -> bool:
    """Whether a deed of a hook begins a run; what ends one always may go."""
    return step.deed is Deed.RUN or (step.deed is Deed.SWEEP and step.outcome is None)


def change_waits(key: ResourceKey, wave: int, now: Course) -> Wait | None:
    """What a change waits for: the hooks before the sync, and those of waves before its own."""
    if key not in now.needed and (why := now.behind(Phase.PRE_SYNC)) is not None:
        return why
    return now.behind(Phase.SYNC, wave)


def removals_wait(now: Course) -> Wait | None:
    """What all removals wait for."""
    for phase in (Phase.PRE_SYNC, Phase.SYNC, Phase.PRE_DELETE):
        if (why := now.behind(phase)) is not None:
            return why
    return None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the rest of the set is: what holds it up, what failed, and whether anything goes.

    `is_removing`: something is due to be removed, or on its way out.
    """

    behind: Wait | None
    failure: str
    goes: bool
    is_removing: bool


def hook_waits(hook: Hook, now: Course, rest: Progress, seen: Observed) -> Wait | None:
    """What a hook waits for."""
    if (why := now.behind(hook.phase, hook.manifest.wave)) is not None:
        return why
    match hook.phase:
        case Phase.PRE_SYNC:
            return None
        case Phase.SYNC:
            return now.behind(Phase.PRE_SYNC)
        case Phase.POST_SYNC:
            return _after(now, rest)
        case Phase.SYNC_FAIL:
            if (rest.failure or now.has_failed) and not rest.goes:
                return None
            return Wait("Ignored", "it runs only where a sync fails", True)
        case Phase.PRE_DELETE:
            if rest.is_removing and not rest.goes:
                return now.behind(Phase.PRE_SYNC) or now.behind(Phase.SYNC)
            return Wait("Ignored", "it runs only before something is deleted", True)
    entry = seen.entries.get(hook.key)
    is_due = entry is not None and entry.hash == hook.manifest.hash and DUE in entry.flags
    if is_due and not rest.is_removing:
        return None
    if is_due:
        return Wait("DependencyNotReady", "not all that is to be deleted is gone")
    return Wait("Ignored", "it runs only after something was deleted", True)


def _after(now: Course, rest: Progress) -> Wait | None:
    for phase in (Phase.PRE_SYNC, Phase.SYNC):
        if (why := now.behind(phase)) is not None:
            return why
    if rest.goes or rest.is_removing:
        return Wait("DependencyNotReady", "not all is done yet")
    return rest.behind


def is_removing(due: Sequence[Step], wanted: Wanted, seen: Observed) -> bool:
    """Whether something is to be removed, or on its way out; what stays does not count."""
    if any(step.deed in REMOVALS and step.deed is not Deed.FORGET for step in due):
        return True
    return any(
        (live := seen.live.get(key)) is not None and live.is_terminating for key in wanted.deletions
    )
