"""DOOR 1: what every member must hold, by one commit and what is known of the members.

Comes in: a Snapshot, what is Known, and what the last call left. Goes out: a Decision, and what the
next call may reuse. The stages of a template, one file each: `place` (policy, needs, what it has
now, the scheduler), `drawn` (what it draws along), `bind` (overrides, rendering), and for declared
namespaces `spaces`; `placing` and `binding` know which templates a change concerns. `members` are
the clusters with facts, `scene` all that templates share, `sets` what each member gets, `naming`
what of it depends on what it does not get, `hold` what it keeps although nobody wants it,
`troubles` the Problems.

Cost follows change. A template, policy, member or inventory that is the same object as last time
is not looked at again, and everything that did not change is the very same object: each Binding,
each Manifest, each member's mapping, the Decision. Reports may say what they like of outcomes and
hashes; of an inventory only the shares count, and these only when it is read for the first time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gitopsd.core.decide.binding import Bindings, Rebound, Stage, rebound
from gitopsd.core.decide.drawn import Drawn, drawn
from gitopsd.core.decide.hold import Doubt, Holding, Stand, doubt, holding
from gitopsd.core.decide.naming import Naming, naming
from gitopsd.core.decide.options import GITOPSD, KARMADA, Options
from gitopsd.core.decide.placing import Placing, placing
from gitopsd.core.decide.scene import Scene, scene
from gitopsd.core.decide.sets import Set, in_order, is_run, sets
from gitopsd.core.decide.spaces import Change
from gitopsd.core.decide.troubles import Troubles, troubles
from gitopsd.core.kinds import NATIVE, Interpreter
from gitopsd.core.same import is_unchanged
from gitopsd.model.decision import Binding, Decision
from gitopsd.model.memory import Memory
from gitopsd.model.problem import Problem
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known, Snapshot
from gitopsd.model.token import Token

__all__ = ["GITOPSD", "KARMADA", "Cache", "Options", "decide"]

_BY_IDENTITY = frozenset({"clusters", "bindings", "manifests", "hooks", "held"})


@dataclass(frozen=True, slots=True, eq=False)
class Cache:
    """What one call leaves to the next, as a value: a call never changes the one it is given.

    An empty one only costs time, but that the last decision is then known by inventories and memory
    alone. `doubtful` are templates with which something is wrong.
    """

    options: Options = GITOPSD
    scene: Scene | None = None
    placing: Placing = field(default_factory=Placing)
    drawn: Drawn = field(default_factory=Drawn)
    bindings: Bindings = field(default_factory=Bindings)
    sets: Mapping[str, Set] = field(default_factory=dict)
    hooks: Mapping[str, Set] = field(default_factory=dict)
    naming: Naming = field(default_factory=Naming)
    doubtful: frozenset[ResourceKey] = frozenset()
    doubt: Doubt = field(default_factory=Doubt)
    holding: Holding = field(default_factory=dict)
    troubles: Troubles = field(default_factory=dict)
    decision: Decision | None = None

    @property
    def kinds(self) -> Interpreter:
        """What answers for objects of every kind: the commit's scripts, and our own rules."""
        return self.scene.kinds if self.scene else NATIVE

    @property
    def tokens(self) -> Mapping[str, Token]:
        """Logins that stand in the repository, by the name of the Cluster."""
        return self.scene.loaded.tokens if self.scene else {}


def decide(
    snapshot: Snapshot, known: Known, cache: Cache, options: Options = GITOPSD
) -> tuple[Decision, Cache]:
    """What every cluster of the commit must hold, with the reasons, and the next call's cache.

    Sorted throughout; the same arguments give the same answer. With a cache of other options
    nothing of it is used.
    """
    last = cache if cache.options == options else Cache(options)
    now = scene(snapshot.loaded, known, options, last.scene)
    placed, moved = placing(now, last.scene, last.placing)
    along, touched = drawn(placed, moved, now.loaded.templates, last.drawn)
    found = rebound(Stage(now, last.scene, placed, moved, along, touched), last.bindings)
    own = sets(found.changes, now.members, last.sets)
    doubtful = _doubtful(found, placed, last.doubtful)
    doubts = doubt(now, placed, found.bindings, doubtful)
    doubts = last.doubt if doubts == last.doubt else doubts
    after = Cache(
        options=options,
        scene=now,
        placing=placed,
        drawn=along,
        bindings=found.bindings,
        sets=own,
        hooks=sets(found.changes, now.members, last.hooks, is_run),
        naming=naming(found.changes, own, last.naming),
        doubtful=doubtful,
        doubt=doubts,
        holding=holding(now, Stand(own, placed, doubts), last.holding),
        troubles=troubles(found.looked_at, placed, found.bindings, last.troubles),
    )
    decision = _decision(snapshot, after, last, found.changes)
    return decision, replace(after, decision=decision)


def _doubtful(
    found: Rebound, placed: Placing, last: frozenset[ResourceKey]
) -> frozenset[ResourceKey]:
    """The templates that are held somewhere; the very same set where none came or went."""
    now = last - found.looked_at
    now |= {key for key in found.looked_at if _is_doubtful(key, found.bindings, placed)}
    return last if now == last else now


def _is_doubtful(key: ResourceKey, bindings: Bindings, placed: Placing) -> bool:
    if key in placed.held:
        return True
    bound = bindings.bound.get(key)
    return bound is not None and (bound.binding is None or bool(bound.binding.problems))


def _decision(snapshot: Snapshot, now: Cache, last: Cache, changes: tuple[Change, ...]) -> Decision:
    """The decision; whatever of the last one is still true is the very same object."""
    before, scene = last.decision, now.scene
    assert scene is not None
    commit = snapshot.tree.commit
    if before is None or last.scene is None:
        last, before = Cache(), Decision(commit, {}, {}, {}, {})
    is_same_fleet = last.scene is not None and last.scene.members is scene.members
    held = {name: seen.held for name, seen in now.holding.items()}
    decision = Decision(
        commit=commit,
        clusters=before.clusters
        if is_same_fleet
        else {name: each.cluster for name, each in scene.members.items()},
        bindings=_changed(before.bindings, changes),
        manifests=now.sets,
        hooks=now.hooks,
        held=before.held if held == before.held else held,
        problems=_problems(now, last, before),
        preserved=_preserved(scene.memory),
    )
    if last.decision is not None and is_unchanged(before, decision, _BY_IDENTITY):
        return before
    return decision


def _preserved(memory: Memory) -> frozenset[ResourceKey]:
    return frozenset(key for key, each in memory.templates.items() if each.preserve)


def _changed(
    before: Mapping[ResourceKey, Binding], changes: tuple[Change, ...]
) -> Mapping[ResourceKey, Binding]:
    if not changes:
        return before
    now = dict(before)
    for key, _, binding in changes:
        if binding is None:
            now.pop(key, None)
        else:
            now[key] = binding
    is_longer = any(key not in before for key, _, _ in changes)
    return in_order(now) if is_longer else now


def _problems(now: Cache, last: Cache, before: Decision) -> tuple[Problem, ...]:
    """The commit's mistakes and those of templates, sorted."""
    given = now.scene.given.problems if now.scene else ()
    was_given = last.scene.given.problems if last.scene else None
    is_same = now.troubles is last.troubles and now.naming.problems == last.naming.problems
    if is_same and given == was_given:
        return before.problems
    own = (*now.troubles.values(), *now.naming.problems.values())
    return tuple(sorted({*given, *(each for some in own for each in some)}))
