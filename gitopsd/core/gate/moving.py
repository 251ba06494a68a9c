"""What moves is removed from where it was only once it does well where it goes.

Comes in: what members would lose. Goes out: those of the deletions that wait: their object is
wanted on other members, and one that got it or got another one just now is not Current yet, or none
is at all; or something of their namespace waits so. After ten minutes nobody waits any more
(Karmada's graceful eviction has the same limit).
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gitopsd.core.changes import hash_in
from gitopsd.model.decision import MOVING, Decision, Manifest
from gitopsd.model.delivery import ActionKind, Health
from gitopsd.model.gating import Wait
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known

LONGEST = timedelta(minutes=10)

Waits = Mapping[str, Wait]
Copies = Mapping[str, Manifest]


@dataclass(frozen=True, slots=True, eq=False)
class Losing:
    """All deletions that are due, by cluster; `free` are the clusters that no guard holds."""

    deletions: Mapping[str, frozenset[ResourceKey]]
    free: Set[str]


@dataclass(frozen=True, slots=True, eq=False)
class Moving:
    """The deletions that wait, by cluster with the reason, and for what and since when they do.

    `waits` is by `cluster/object id`, of all that is not well elsewhere, behind guards too.
    `wake_at` is when the first of them waits no more, `why` the word for it.
    """

    waiting: Mapping[str, Mapping[ResourceKey, str]] = field(default_factory=dict)
    waits: Waits = field(default_factory=dict)
    wake_at: datetime | None = None
    why: str = MOVING


def moving(losing: Losing, decision: Decision, known: Known, before: Waits) -> Moving:
    """What waits now; `before` is what waited until now."""
    copies: dict[ResourceKey, Copies] = {}
    waiting: dict[str, Mapping[ResourceKey, str]] = {}
    waits: dict[str, Wait] = {}
    for name, keys in losing.deletions.items():
        own: dict[ResourceKey, str] = {}
        for key in keys:
            if key not in copies:
                copies[key] = _copies(key, decision)
            if not copies[key]:
                continue
            id = f"{name}/{key.id}"
            wait = before.get(id) or Wait(_changing(key, copies[key], known))
            if not (lacking := _lacking(key, copies[key], wait, known)):
                continue
            if name in losing.free:
                wait = Wait(wait.on, wait.since or known.now)
                if known.now - (wait.since or known.now) < LONGEST:
                    own[key] = lacking
            waits[id] = wait
        if own:
            waiting[name] = {**_beside(own, keys), **dict(sorted(own.items()))}
    ends = [each.since + LONGEST for each in waits.values() if each.since is not None]
    return Moving(waiting, waits, min((each for each in ends if each > known.now), default=None))


def _copies(key: ResourceKey, decision: Decision) -> Copies:
    """Where the object is wanted, and as what."""
    binding = decision.bindings.get(key)
    clusters = sorted(binding.manifests) if binding is not None else ()
    found = {name: decision.manifests.get(name, {}).get(key) for name in clusters}
    return {name: each for name, each in found.items() if each is not None}


def _changing(key: ResourceKey, copies: Copies, known: Known) -> tuple[str, ...]:
    """The members that do not hold the object as it is to be."""
    return tuple(name for name, each in copies.items() if _had(name, key, known) != each.hash)


def _lacking(key: ResourceKey, copies: Copies, wait: Wait, known: Known) -> str:
    """Where the object does not do well yet; empty where nothing lacks."""
    for name in wait.on:
        if name in copies and not _is_well(name, copies[name], known):
            return f"{key} moves, and is not well on {name} yet"
    if not any(_is_well(name, each, known) for name, each in copies.items()):
        return f"{key} is well nowhere else"
    return ""


def _is_well(cluster: str, manifest: Manifest, known: Known) -> bool:
    report = known.reports.get(cluster)
    outcome = report.outcomes.get(manifest.key) if report and report.reachable else None
    return (
        outcome is not None
        and outcome.action not in (ActionKind.SKIP, ActionKind.FAIL)
        and outcome.hash == manifest.hash
        and outcome.health is Health.CURRENT
    )


def _had(cluster: str, key: ResourceKey, known: Known) -> str:
    """The hash that a member was given last, as far as it is known."""
    report = known.reports.get(cluster)
    if report is not None and report.inventory is not None:
        entry = report.inventory.get(key)
        return entry.hash if entry else ""
    return hash_in(known.memory.applied.get(cluster, {}).get(key, ""))


def _beside(own: Mapping[ResourceKey, str], keys: frozenset[ResourceKey]) -> dict[ResourceKey, str]:
    """All of the namespaces in which something waits, and these: what waits may need it."""
    spaces: dict[str, str] = {}
    for key, words in sorted(own.items()):
        if key.namespace:
            spaces.setdefault(key.namespace, words)
    return {
        key: spaces[space]
        for key in sorted(keys)
        if (space := key.name if key[:2] == ("", "Namespace") else key.namespace) in spaces
    }
