"""What moves is removed from where it was only once it does well where it goes.

Comes in: the deletions that no guard holds. Goes out: those of them that wait: their object is
wanted on other members and is not Current on each of these yet, or something of their namespace
waits so. After ten minutes nobody waits any more (Karmada's graceful eviction has the same limit).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gitopsd.model.decision import MOVING, Decision, Manifest
from gitopsd.model.delivery import ActionKind, Health, Outcome
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known

LONGEST = timedelta(minutes=10)

Deletions = Mapping[str, frozenset[ResourceKey]]


@dataclass(frozen=True, slots=True, eq=False)
class Moving:
    """The deletions that wait, by cluster with the reason, and since when each object does.

    `since` is by `cluster/object id`, for all that were asked to wait and are not done. `wake_at`
    is when the first of them waits no more, `why` the word for it.
    """

    waiting: Mapping[str, Mapping[ResourceKey, str]] = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)
    wake_at: datetime | None = None
    why: str = MOVING


def moving(
    free: Deletions, decision: Decision, known: Known, since: Mapping[str, datetime]
) -> Moving:
    """What waits now; `since` says what waited before."""
    lacking: dict[ResourceKey, str] = {}
    waiting: dict[str, Mapping[ResourceKey, str]] = {}
    clocks: dict[str, datetime] = {}
    for name, keys in free.items():
        own: dict[ResourceKey, str] = {}
        for key in sorted(keys):
            if key not in lacking:
                lacking[key] = _lacking(key, decision, known)
            clock = f"{name}/{key.id}"
            if not lacking[key]:
                continue
            clocks[clock] = since.get(clock, known.now)
            if known.now - clocks[clock] < LONGEST:
                own[key] = lacking[key]
        if own:
            waiting[name] = {**_beside(own, keys), **own}
    ends = [each + LONGEST for each in clocks.values() if each + LONGEST > known.now]
    return Moving(waiting, clocks, min(ends, default=None))


def _lacking(key: ResourceKey, decision: Decision, known: Known) -> str:
    """Where the object is wanted and does not do well yet; empty where nothing lacks.

    A member that is lost and had it already changes nothing, as long as another one does well.
    """
    binding = decision.bindings.get(key)
    lost, is_well = "", False
    for name in sorted(binding.manifests) if binding is not None else ():
        manifest = decision.manifests.get(name, {}).get(key)
        if manifest is None:
            continue
        report = known.reports.get(name)
        outcome = report.outcomes.get(key) if report is not None and report.reachable else None
        if (report is None or not report.reachable) and _had(name, key, known) == manifest.hash:
            lost = name
        elif not _is_well(outcome, manifest):
            return f"{key} moves, and is not well on {name} yet"
        else:
            is_well = True
    return f"{key} moves, and {lost} does not answer" if lost and not is_well else ""


def _is_well(outcome: Outcome | None, manifest: Manifest) -> bool:
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
    return known.memory.applied.get(cluster, {}).get(key, "")


def _beside(own: Mapping[ResourceKey, str], keys: frozenset[ResourceKey]) -> dict[ResourceKey, str]:
    """All of the namespaces in which something waits, and these: what waits may need it."""
    spaces: dict[str, str] = {}
    for key, words in own.items():
        if key.namespace:
            spaces.setdefault(key.namespace, words)
    return {
        key: spaces[space]
        for key in sorted(keys)
        if (space := key.name if key[:2] == ("", "Namespace") else key.namespace) in spaces
    }
