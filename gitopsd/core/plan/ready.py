"""Which of the deeds that are due may be done now, and what the others wait for.

Comes in: the due steps of one member, in no order, and what was observed. Goes out: those that may
go, in order, and an outcome for each that waits. Three things are waited for: the namespace that an
object lives in, the definition of its kind, and what it names itself (waves, depends-on). Removals
wait until everything else is done, and what holds others goes last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitopsd.core.plan.observed import Observed
from gitopsd.core.plan.order import apply_order, delete_order, weight
from gitopsd.core.plan.step import REMOVALS, Deed, Step
from gitopsd.kube.body import dig
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import ActionKind, Health, Outcome
from gitopsd.model.resource import ResourceKey

DEPENDS_ON = "config.kubernetes.io/depends-on"
_CRD = ("apiextensions.k8s.io", "CustomResourceDefinition")
_FIRST = 20
_HOLDERS = frozenset({10, 20})

Outcomes = Mapping[ResourceKey, Outcome]


@dataclass(frozen=True, slots=True, eq=False)
class Barriers:
    """What some objects of one wanted set wait for; made once for the set.

    `definitions` are the custom kinds of the set by the key of what defines them, `waves` every
    wave with its objects, empty where there is but one; `needs` what an object names.
    """

    definitions: Mapping[tuple[str, str], ResourceKey]
    waves: Mapping[int, tuple[ResourceKey, ...]]
    needs: Mapping[ResourceKey, tuple[ResourceKey, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """`go` in the order of going; `waiting` what is told of the rest."""

    go: Sequence[Step]
    waiting: Outcomes


def barriers(wanted: Wanted) -> Barriers:
    """The barriers within one wanted set."""
    definitions: dict[tuple[str, str], ResourceKey] = {}
    waves: dict[int, list[ResourceKey]] = {}
    needs: dict[ResourceKey, tuple[ResourceKey, ...]] = {}
    for key, manifest in wanted.manifests.items():
        if key[:2] == _CRD:
            group, kind = (dig(manifest.body, "spec", *path, default="") for path in _DEFINES)
            definitions[(group, kind)] = key
        if weight(key.group, key.kind) > _FIRST:
            waves.setdefault(manifest.wave, []).append(key)
        named = dig(manifest.body, "metadata", "annotations", DEPENDS_ON, default="")
        if named:
            needs[key] = tuple(filter(None, map(_named, str(named).split(","))))
    ordered = {wave: tuple(waves[wave]) for wave in sorted(waves)} if len(waves) > 1 else {}
    return Barriers(definitions, ordered, needs)


_DEFINES = (("group",), ("names", "kind"))


def ready(
    due: Sequence[Step], wanted: Wanted, limits: Barriers, seen: Observed, outcomes: Outcomes
) -> Ready:
    """The due steps that may go now, applies before removals, each in its order."""
    go: list[Step] = []
    waiting: dict[ResourceKey, Outcome] = {}
    wave = _wave(wanted, limits, outcomes)
    applies = [each for each in due if each.deed not in REMOVALS]
    for each in sorted(applies, key=_apply_key):
        why = _why_not(each, wanted, limits, seen, outcomes)
        if not why and wave is not None and _wave_of(each) > wave:
            why = "DependencyNotReady", f"wave {wave} is not done"
        if why:
            waiting[each.key] = Outcome(each.key, ActionKind.SKIP, *why)
        else:
            go.append(each)
    removals = [each for each in due if each.deed in REMOVALS]
    if removals and not go and wave is None:
        go = _removable(removals, wanted, seen)
    return Ready(go, waiting)


def _apply_key(step: Step) -> tuple[Any, ...]:
    return apply_order(step.key, _wave_of(step))


def _wave_of(step: Step) -> int:
    if step.manifest is None or weight(step.key.group, step.key.kind) <= _FIRST:
        return -(1 << 31)
    return step.manifest.wave


def _removable(removals: Sequence[Step], wanted: Wanted, seen: Observed) -> list[Step]:
    """Removals in reverse order; definitions and namespaces once nothing else is left to go."""
    ordered = sorted(removals, key=lambda each: delete_order(each.key, _recorded_wave(each, seen)))
    plain = [key for key in wanted.deletions if _weight(key) not in _HOLDERS and key in seen.live]
    if plain:
        return [each for each in ordered if _weight(each.key) not in _HOLDERS]
    definitions = [key for key in wanted.deletions if _weight(key) == _FIRST and key in seen.live]
    if definitions:
        return [each for each in ordered if _weight(each.key) >= _FIRST]
    return ordered


def _weight(key: ResourceKey) -> int:
    return weight(key.group, key.kind)


def _recorded_wave(step: Step, seen: Observed) -> int:
    entry = seen.entries.get(step.key)
    return entry.wave if entry else 0


def _why_not(
    step: Step, wanted: Wanted, limits: Barriers, seen: Observed, outcomes: Outcomes
) -> tuple[str, str] | None:
    key = step.key
    definition = limits.definitions.get(key[:2])
    if definition is not None and not _is_done(definition, wanted, outcomes, is_current=True):
        words = f"{definition.name} is not established: {_told(definition, outcomes)}"
        return "CRDNotEstablished", words
    if key[:2] not in seen.discovery.kinds:
        if definition is not None:
            return "CRDNotEstablished", f"the member does not serve {key.group_kind} yet"
        return None
    if key.namespace and key.namespace not in seen.namespaces:
        namespace = ResourceKey("", "Namespace", "", key.namespace)
        if _is_failed(namespace, outcomes):
            return "DependencyFailed", f"namespace {key.namespace}: {_told(namespace, outcomes)}"
        return "DependencyNotReady", f"namespace {key.namespace} is not there yet"
    for need in limits.needs.get(key, ()):
        if need not in wanted.manifests:
            return "DependencyFailed", f"{DEPENDS_ON} names {need}, which is not wanted here"
        if _is_failed(need, outcomes):
            return "DependencyFailed", f"{need}: {_told(need, outcomes)}"
        if not _is_done(need, wanted, outcomes, is_current=True):
            return "DependencyNotReady", f"{need} is not ready: {_told(need, outcomes)}"
    return None


def _wave(wanted: Wanted, limits: Barriers, outcomes: Outcomes) -> int | None:
    """The wave that is at work; None when all are done or there is but one."""
    for wave, keys in limits.waves.items():
        if not all(_is_done(key, wanted, outcomes, is_current=True) for key in keys):
            return wave
    return None


def _is_done(key: ResourceKey, wanted: Wanted, outcomes: Outcomes, *, is_current: bool) -> bool:
    outcome, manifest = outcomes.get(key), wanted.manifests.get(key)
    if outcome is None or manifest is None:
        return False
    if outcome.action is ActionKind.SKIP:
        return outcome.reason in ("Suspended", "NotOwned")
    if outcome.action is ActionKind.FAIL or outcome.hash != manifest.hash:
        return False
    return not is_current or outcome.health is Health.CURRENT


def _is_failed(key: ResourceKey, outcomes: Outcomes) -> bool:
    outcome = outcomes.get(key)
    return outcome is not None and outcome.action is ActionKind.FAIL


def _told(key: ResourceKey, outcomes: Outcomes) -> str:
    outcome = outcomes.get(key)
    if outcome is None:
        return "it was not applied yet"
    return ": ".join(filter(None, (outcome.reason, outcome.message))) or outcome.health.value


def _named(text: str) -> ResourceKey | None:
    """The object that `group/kind/name` or `group/namespaces/ns/kind/name` means."""
    parts = text.strip().split("/")
    if len(parts) == 3:
        return ResourceKey(parts[0], parts[1], "", parts[2])
    if len(parts) == 5 and parts[1] == "namespaces":
        return ResourceKey(parts[0], parts[3], parts[2], parts[4])
    return None


__all__ = ["Barriers", "Deed", "Ready", "barriers", "ready"]
