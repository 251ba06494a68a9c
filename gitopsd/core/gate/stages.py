"""Staged delivery: what clusters whose stage is not open keep as it is.

Comes in: a commit, its decision, what is known, and how far the change was. Goes out: per cluster
the objects that are held and why, and how far the change is. A cluster that is not open keeps what
it has: of the objects that the change touches, whatever would be made, changed or deleted there is
held. What others would take over from an open cluster stays there until they may.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from gitopsd.core.gate.approving import named
from gitopsd.core.gate.differing import every, intent_of, lacking, touched
from gitopsd.core.gate.faring import Faring, faring
from gitopsd.core.gate.rolling import HALTED, Sight, resumed, roll
from gitopsd.core.gate.staging import Order, order_of
from gitopsd.model.decision import STAGE, STAGE_HALTED, Decision, Manifest
from gitopsd.model.gating import Approval
from gitopsd.model.resource import ResourceKey
from gitopsd.model.rollout import NO_ROLLING, Rolling, Rollout, Sound, StageLine, StageState
from gitopsd.model.snapshot import Known, Loaded, Snapshot

Keys = frozenset[ResourceKey]
_NOTHING: Keys = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """The objects that one cluster keeps as they are, the word for it, and why."""

    keys: Keys
    word: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Stages:
    """What is held where, how far the change is, and when time alone changes that.

    `of` and `rollout` are what the next look may reuse: the commit, and the order it was read from.
    """

    rolling: Rolling = NO_ROLLING
    held: Mapping[str, Held] = field(default_factory=dict)
    wake_at: datetime | None = None
    of: Loaded | None = None
    rollout: Rollout | None = None


NO_STAGES = Stages()


def stages(
    snapshot: Snapshot,
    decision: Decision,
    about: tuple[Known, Iterable[Approval]],
    since: tuple[Rolling, Stages],
) -> Stages:
    """What stages hold now; nothing, at no cost, where nobody asks for stages.

    `about` is what is known and which approvals count; `since` how far the change was by memory,
    and the last look of this process.
    """
    (known, approvals), (before, last) = about, since
    loaded = snapshot.loaded
    order, rollout = order_of(loaded, decision.clusters, last.rollout, began=bool(before.intent))
    if not order.stages:
        return NO_STAGES
    members = [name for stage in order.stages for name in stage.clusters]
    if loaded.rendering:
        held = _unrendered(members, loaded, decision, known)
        return Stages(before, held, of=last.of, rollout=rollout)
    intent = before.intent if last.of is loaded else intent_of(loaded)
    if intent != before.intent:
        before = Rolling(intent, touched(members, decision, known), sound=_sound(before))
    elif last.of is None:
        before = resumed(order, before, known.now)
    before = replace(before, commit=decision.commit)
    if before.is_over:
        return Stages(_over(before, order), of=loaded, rollout=rollout)
    lacks = _Lacks(before.touched, decision, known)
    giving = _giving(_closed(members, before, lacks), lacks)
    sight = Sight(
        now=known.now,
        reachable=frozenset(n for n, each in known.reports.items() if each.reachable),
        fares=lambda name: _faring(name, before.touched - giving.get(name, _NOTHING), lacks),
        is_idle=lambda name: not lacks.of(name),
        approved=named(snapshot, approvals),
    )
    rolling, wake_at = roll(order, sight, before)
    if rolling.is_over:
        return Stages(_over(rolling, order), of=loaded, rollout=rollout)
    return Stages(rolling, _held(order, rolling, lacks), wake_at, loaded, rollout)


def _unrendered(
    members: Iterable[str], loaded: Loaded, decision: Decision, known: Known
) -> Mapping[str, Held]:
    """All that is to be another: nobody knows yet what the change is that goes slowly."""
    lacks = {name: lacking(name, every(name, decision, known), decision, known) for name in members}
    why = f"{min(loaded.rendering)} is being rendered"
    return {name: Held(keys, STAGE, why) for name, keys in lacks.items() if keys}


def _sound(before: Rolling) -> Mapping[str, Sound]:
    """By stage the last commit it went through, once there is a newer change.

    A folder that is followed has no commits.
    """
    done = [line.name for line in before.stages if line.state is StageState.DONE]
    return {**before.sound, **_through(before, done)}


def _over(rolling: Rolling, order: Order) -> Rolling:
    """A change that every cluster has: every stage went through it."""
    return replace(rolling, sound=_through(rolling, [each.name for each in order.stages]))


def _through(rolling: Rolling, names: Iterable[str]) -> Mapping[str, Sound]:
    found = Sound(rolling.commit, rolling.intent)
    return dict.fromkeys(names, found) if rolling.commit else {}


class _Lacks:
    """What each cluster lacks of a change, found once for a look."""

    def __init__(self, keys: Keys, decision: Decision, known: Known) -> None:
        self.decision = decision
        self.known = known
        self._keys = keys
        self._found: dict[str, Keys] = {}

    def of(self, cluster: str) -> Keys:
        """The objects of the change that are to be another there."""
        if cluster not in self._found:
            self._found[cluster] = lacking(cluster, self._keys, self.decision, self.known)
        return self._found[cluster]


def _faring(name: str, keys: Keys, lacks: _Lacks) -> Faring:
    manifests = lacks.decision.manifests[name]
    mine = [manifests[key] for key in sorted(keys & manifests.keys())]
    return faring(mine, lacks.known.reports.get(name))


def _held(order: Order, rolling: Rolling, lacks: _Lacks) -> Mapping[str, Held]:
    """What every cluster keeps as it is."""
    lines = {
        name: line
        for stage, line in zip(order.stages, rolling.stages, strict=True)
        for name in stage.clusters
    }
    word = STAGE_HALTED if _is_halted(rolling.stages) else STAGE
    closed = _closed(lines, rolling, lacks)
    held = {}
    for name, keys in closed.items():
        line = lines[name]
        why = f"stage {line.name}: {line.message}" if line.message else f"stage {line.name}"
        held[name] = Held(keys, word, why)
    why = "what takes it over waits for its stage"
    given = _giving(closed, lacks)
    return held | {name: Held(keys, word, why) for name, keys in given.items()}


def _closed(names: Iterable[str], rolling: Rolling, lacks: _Lacks) -> Mapping[str, Keys]:
    """What the clusters that are not open lack, where they lack anything."""
    shut = (name for name in names if name not in rolling.opened)
    return {name: keys for name in shut if (keys := lacks.of(name))}


def _giving(closed: Mapping[str, Keys], lacks: _Lacks) -> Mapping[str, Keys]:
    """What other clusters would give up of what these are to take over."""
    taking = {key for name, keys in closed.items() for key in keys if _takes_over(name, key, lacks)}
    found = {}
    for name, wanted in lacks.decision.manifests.items() if taking else ():
        if name not in closed:
            keys = frozenset(
                key
                for key in taking & lacks.of(name)
                if _gives(wanted.get(key), _share(name, key, lacks.known))
            )
            if keys:
                found[name] = keys
    return found


def _takes_over(cluster: str, key: ResourceKey, lacks: _Lacks) -> bool:
    """Whether this cluster is to have more of an object than it has."""
    manifest = lacks.decision.manifests[cluster].get(key)
    if manifest is None:
        return False
    has = _share(cluster, key, lacks.known)
    return has is None or (manifest.share or 0) > has


def _gives(manifest: Manifest | None, has: int | None) -> bool:
    if has is None:
        return False
    return manifest is None or (manifest.share or 0) < has


def _share(cluster: str, key: ResourceKey, known: Known) -> int | None:
    """The replicas a member was given, 0 where it is not divided; None where it has none of it."""
    report = known.reports.get(cluster)
    entry = report.inventory.get(key) if report and report.inventory is not None else None
    return (entry.share or 0) if entry is not None else None


def _is_halted(lines: Iterable[StageLine]) -> bool:
    """Whether the change goes no further before a person does something."""
    return any(line.state in HALTED or line.state is StageState.AWAITING_APPROVAL for line in lines)
