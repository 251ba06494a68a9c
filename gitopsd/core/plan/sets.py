"""SETS THAT COME BEFORE OURS: those of other instances on the same member, by what is seen of them.

Comes in: the inventory of another set and its objects as the member shows them. Goes out: why ours
waits for it, if it does; and which of our deeds wait then. Such a set is ready when all that it
names is there as it was applied, and well. Nothing is asked of the other instance.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gitopsd.core.health import NOTHING_KNOWN, Around, Finding, health
from gitopsd.core.plan.deed import CREATED_NAMESPACE, PENDING, REMOVALS, Deed, Step, Wait
from gitopsd.core.plan.inventory import Inventory
from gitopsd.core.plan.observed import LONGEST_PROGRESS, Observed
from gitopsd.core.plan.run import DONE, DUE, FAILED, HOOK
from gitopsd.kube.body import Body, dig
from gitopsd.model.delivery import Entry, Health
from gitopsd.model.instance import called
from gitopsd.model.resource import ResourceKey

_READING = frozenset({Deed.LOOK, Deed.COMPARE, Deed.KEEP})
_LONGEST = 300

Place = tuple[tuple[str, str], str]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One object of another set; `since` is when it stopped being Current after its last change."""

    uid: str
    generation: int
    finding: Finding
    since: datetime | None


def shown(body: Body, before: Shown | None, now: datetime, around: Around = NOTHING_KNOWN) -> Shown:
    """How an object does; `before` is what the same object showed last."""
    generation = dig(body, "metadata", "generation", default=0)
    since = before.since if before and before.generation == generation else None
    finding = health(body, since or now, now, around)
    is_well = finding.health is Health.CURRENT
    uid = dig(body, "metadata", "uid", default="")
    return Shown(uid, generation, finding, None if is_well else since or now)


def counted(inventory: Inventory) -> Mapping[ResourceKey, Entry]:
    """The objects that another set has applied, or is about to; records of hooks are none, nor are
    namespaces made for others, and what it only knows or keeps.
    """
    return {
        key: entry
        for key, entry in sorted(inventory.entries.items())
        if not {HOOK, CREATED_NAMESPACE} & {*entry.flags}
        and (PENDING in entry.flags or (entry.hash and entry.uid))
    }


def places(keys: Iterable[ResourceKey]) -> Sequence[Place]:
    """What is listed to see these objects, sorted: a kind, and its namespace where it is but one.

    An empty namespace means all of them.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for key in keys:
        found.setdefault(key[:2], set()).add(key.namespace)
    return [
        (kind, next(iter(spaces)) if len(spaces) == 1 else "")
        for kind, spaces in sorted(found.items())
    ]


def unready(
    instance: str, inventory: Inventory | None, seen: Mapping[ResourceKey, Shown]
) -> Wait | None:
    """Why the set of this instance is not ready; what has failed is told before what is to come.

    No inventory: it has no set on the member.
    """
    if inventory is None:
        return Wait("DependencyNotReady", f"instance {instance} has no set here yet")
    waits = [*_hooks(inventory.entries.values())]
    for key, entry in counted(inventory).items():
        if (why := _unready(entry, seen.get(key))) is not None:
            waits.append((key, *why))
    if not waits:
        return None
    key, words, is_failed = min(waits, key=lambda each: not each[2])
    told = f"instance {instance} is not ready here: {key}: {words}"[:_LONGEST]
    return _failed(told) if is_failed else Wait("DependencyNotReady", told)


def unseen(instance: str, why: str) -> Wait:
    """That a set may not be looked at, or is not one of gitopsd's."""
    return _failed(f"instance {instance} cannot be looked at here: {why}"[:_LONGEST])


def unanswered(instances: Sequence[str], why: str) -> Wait:
    """That the member did not answer what was asked of these sets."""
    what = called(instances) if instances else "what comes after this instance"
    words = f"{what} could not be looked at here: {why}"
    return Wait("DependencyNotReady", words[:_LONGEST])


def circle(path: Sequence[str]) -> Wait:
    """That a set is not ready which waits for ours itself."""
    return _failed(f"instances wait for one another: {' → '.join(path)}"[:_LONGEST])


def unasked(instances: Sequence[str]) -> Wait:
    """That the sets of these instances come first and nothing was seen of them yet."""
    return Wait("DependencyNotReady", f"{called(instances)} not looked at here yet")


def unsettled(instances: Sequence[str]) -> Wait:
    """That these sets are ready, and may be amid a change of which more is to come."""
    return Wait("DependencyNotReady", f"{called(instances)} may have more to come here")


def unknown_dependents() -> Wait:
    """That nobody looked yet whether other sets come after ours, all of which is to go."""
    return Wait("DependencyNotReady", "who comes after this instance here was not looked up yet")


def needed(instance: str, inventories: Mapping[str, Inventory]) -> Wait | None:
    """That sets which come after ours still hold something, where all of ours is to go.

    `inventories` are those of the member by instance. Of two that come after one another neither
    waits.
    """
    own = inventories.get(instance, Inventory()).after
    for name, each in sorted(inventories.items()):
        if instance not in each.after or name in (instance, *own):
            continue
        if key := next(iter(counted(each)), None):
            words = f"instance {name} comes after this one and still holds {key} here"
            return Wait("DependencyNotReady", words)
    return None


def overdue(wait: Wait, since: datetime, now: datetime) -> Wait:
    """The same, told as a failure once it lasted too long; it ends all the same when it is over."""
    return _failed(wait.message) if now - since >= LONGEST_PROGRESS else wait


def waits_for_sets(step: Step, seen: Observed) -> bool:
    """Whether a deed waits while a set that comes first is not ready: all that is new does.

    Looking is not new, and neither is putting back what was applied already.
    """
    if step.deed in _READING:
        return not _is_possible(step.key, seen)
    return not is_repair(step, seen)


def is_repair(step: Step, seen: Observed) -> bool:
    """Whether a deed puts back what was applied before, and can be done as things are."""
    entry = seen.entries.get(step.key)
    if entry is None or step.deed in REMOVALS or not _is_possible(step.key, seen):
        return False
    return step.manifest is None or entry.hash == step.manifest.hash


def _is_possible(key: ResourceKey, seen: Observed) -> bool:
    is_placed = not key.namespace or key.namespace in seen.namespaces
    return is_placed and key[:2] in seen.discovery.kinds


def _failed(words: str) -> Wait:
    return Wait("DependencyFailed", words, True)


def _hooks(entries: Iterable[Entry]) -> Iterable[tuple[ResourceKey, str, bool]]:
    """Runs that have not ended well: what comes after them is not recorded yet."""
    for entry in sorted(entries, key=lambda each: each.key):
        if HOOK not in entry.flags or {DONE, DUE} & {*entry.flags}:
            continue
        is_failed = FAILED in entry.flags
        yield entry.key, "the hook failed" if is_failed else "the hook runs", is_failed


def _unready(entry: Entry, seen: Shown | None) -> tuple[str, bool] | None:
    """Why an object is not ready, and whether it has failed; None where it is."""
    if PENDING in entry.flags:
        return "it was not applied yet", False
    if seen is None:
        return "it is not there", False
    if seen.uid != entry.uid:
        return "it is another object than was applied", False
    finding = seen.finding
    if finding.health is Health.CURRENT and not finding.runs:
        return None
    words = finding.message or finding.note or finding.health.value
    return words, finding.health is Health.FAILED
