"""All bindings: each is made anew only when its place, who needs it, or a rule for it changed.

Comes in: what was placed and drawn along, and what of it is not as before. Goes out: every
template's `Bound`, and for each binding that changed what it was and what it is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gitopsd.core.decide.bind import Bound, Due, bind
from gitopsd.core.decide.drawn import Drawn
from gitopsd.core.decide.place import Placed
from gitopsd.core.decide.placing import Moved, Placing
from gitopsd.core.decide.scene import Scene
from gitopsd.core.decide.spaces import (
    Change,
    Spaces,
    assignment_of,
    is_namespace,
    key_of,
    spaces,
)
from gitopsd.core.render import says_otherwise
from gitopsd.model.decision import Assignment, Binding
from gitopsd.model.resource import ResourceKey, split_api_version

DRAWN_ALONG = Assignment(())

Bounds = Mapping[ResourceKey, Bound]


@dataclass(frozen=True, slots=True, eq=False)
class Bindings:
    """Every template that goes somewhere or failed on the way, and the namespaces they are in."""

    bound: Bounds = field(default_factory=dict)
    spaces: Spaces = field(default_factory=Spaces)


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What bindings are made of, and what of it is not as before.

    `touched` are objects that something needs otherwise than before; `last_scene` is None in the
    first turn.
    """

    scene: Scene
    last_scene: Scene | None
    placing: Placing
    moved: Moved
    drawn: Drawn
    touched: frozenset[ResourceKey]


@dataclass(frozen=True, slots=True, eq=False)
class Rebound:
    """All bindings, which templates were looked at, and what changed, sorted by key."""

    bindings: Bindings
    looked_at: frozenset[ResourceKey]
    changes: tuple[Change, ...]


def rebound(stage: Stage, last: Bindings) -> Rebound:
    """All bindings; the very same where nothing changed."""
    placed, due = stage.placing.placed, _due(stage, last)
    bound = {
        key: _bound(key, stage, last.bound.get(key))
        for key in due
        if not _follows_its_space(placed.get(key))
    }
    counted, moved = spaces(_changes(bound, last.bound), last.spaces)
    following = {*(due - bound.keys()), *map(key_of, moved)}
    for key in following:
        if _follows_its_space(placed.get(key)):
            bound[key] = _spaced(placed[key], stage, counted, last.bound.get(key))
    looked_at = frozenset((*due, *bound))
    changed = {key: each for key, each in bound.items() if last.bound.get(key) is not each}
    if not changed:
        return Rebound(last, looked_at, ())
    now = dict(last.bound)
    for key, each in changed.items():
        if each is None:
            del now[key]
        else:
            now[key] = each
    changes = sorted(_changes(changed, last.bound), key=lambda each: each[0])
    return Rebound(Bindings(now, counted), looked_at, tuple(changes))


def _bound(key: ResourceKey, stage: Stage, last: Bound | None) -> Bound | None:
    placed = stage.placing.placed.get(key)
    if placed is None or placed.held:
        return None
    needed = stage.drawn.needed.get(key, {})
    if placed.assignment is not None:
        return bind(Due(placed, placed.assignment, needed), last, stage.scene)
    if not needed:
        return None
    choices = [stage.placing.placed[who].choice for who in needed]
    referrers = tuple(choice.policy for choice in choices if choice.policy is not None)
    return bind(Due(placed, DRAWN_ALONG, needed, referrers), last, stage.scene)


def _spaced(placed: Placed, stage: Stage, counted: Spaces, last: Bound | None) -> Bound | None:
    clusters = counted.clusters(placed.template.key.name)
    if not clusters:
        return None
    assignment = assignment_of(clusters, stage.scene.members)
    if last is not None and last.binding is not None and last.binding.assignment == assignment:
        assignment = last.binding.assignment
    return bind(Due(placed, assignment, {}), last, stage.scene)


def _follows_its_space(placed: Placed | None) -> bool:
    """Whether this is a declared namespace that no policy claims."""
    if placed is None or placed.held or placed.assignment is not None:
        return False
    return is_namespace(placed.template.key)


def _changes(now: Mapping[ResourceKey, Bound | None], before: Bounds) -> list[Change]:
    found = []
    for key, each in now.items():
        last = before.get(key)
        was, becomes = last.binding if last else None, each.binding if each else None
        if was is not becomes:
            found.append((key, was, becomes))
    return found


def _due(stage: Stage, last: Bindings) -> frozenset[ResourceKey]:
    """The templates whose binding may be another one than before."""
    found = {*stage.moved.placed, *stage.moved.gone, *stage.touched}
    for key in stage.moved.placed:
        found.update(stage.drawn.drawing.get(key, ()))
    before = stage.last_scene
    if before is None:
        return frozenset(found)
    if reread := stage.scene.reread:
        found.update(key for key in last.bound if (key.group, key.kind) in reread)
    if stage.scene.overrides is not before.overrides:
        found.update(_rewritten(stage.scene, before, last.bound))
    if says_otherwise(stage.scene.loaded.configuration, before.loaded.configuration):
        found.update(last.bound)
    if stage.scene.members is not before.members:
        found.update(_relocated(stage, before, last.bound))
    return frozenset(found)


def _rewritten(scene: Scene, before: Scene, bound: Bounds) -> Iterator[ResourceKey]:
    """Templates that an override policy which came, went or changed may mean."""
    everywhere: set[str] = set()
    selected: set[tuple[str, str, str]] = set()
    for policy in {*scene.loaded.overrides} ^ {*before.loaded.overrides}:
        if not policy.spec.resource_selectors:
            everywhere.add(policy.namespace)
        for each in policy.spec.resource_selectors or ():
            selected.add((policy.namespace, split_api_version(each.api_version)[0], each.kind))
    for key in bound:
        kind = (key.group, key.kind)
        is_meant = ("", *kind) in selected or (key.namespace, *kind) in selected
        if is_meant or not everywhere.isdisjoint(("", key.namespace)):
            yield key


def _relocated(stage: Stage, before: Scene, bound: Bounds) -> Iterator[ResourceKey]:
    """Templates on a cluster that is committed otherwise, and namespaces when clusters come."""
    members, last = stage.scene.members, before.members
    other = {
        name
        for name, each in members.items()
        if name in last and last[name].committed is not each.committed
    }
    is_list_new = members.keys() != last.keys()
    if not other and not is_list_new:
        return
    for key, each in bound.items():
        follows = is_list_new and _follows_its_space(stage.placing.placed.get(key))
        if follows or each.binding is None or not other.isdisjoint(_tried(each.binding)):
            yield key


def _tried(binding: Binding) -> Iterable[str]:
    """The clusters that a binding was rendered for, with success or not."""
    return (*binding.manifests, *(problem.cluster for problem in binding.problems))
