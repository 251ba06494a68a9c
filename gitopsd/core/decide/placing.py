"""Where all templates go: each is decided anew only when something that it depends on changed.

Comes in: the scene, the one before, and what was placed then. Goes out: every template's `Placed`,
and the keys of those that are not what they were. Looked at again are: a template that is another
object or new; one that a policy which changed may mean; one whose policy waits for overrides, when
these changed; all of a kind for which scripts changed; all of a kind whose CRD goes elsewhere; all
of which a member that is read for the first time says something new; what could not be decided
last time; and where members changed, those whose answer may change. Of these, room alone matters
only to what is divided or ranked by it, or found none; and what is settled stays as long as none of
its clusters goes or leaves.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gitopsd.core.decide.members import differ_in_room_only
from gitopsd.core.decide.place import Arrivals, Placed, place
from gitopsd.core.decide.scene import Scene
from gitopsd.core.schedule import depends_on_room
from gitopsd.kube.body import dig
from gitopsd.model.resource import Resource, ResourceKey, split_api_version

_CRD = ("apiextensions.k8s.io", "CustomResourceDefinition")

Places = Mapping[ResourceKey, Placed]


@dataclass(frozen=True, slots=True, eq=False)
class Placing:
    """All templates as placed; `arrivals` are the clusters of every CRD, by group and kind.

    `held` are the templates that could not be decided.
    """

    placed: Places = field(default_factory=dict)
    arrivals: Arrivals = field(default_factory=dict)
    held: frozenset[ResourceKey] = frozenset()


@dataclass(frozen=True, slots=True)
class Moved:
    """What is not as it was: placed anew, or gone. `is_list_new`: a template came or changed."""

    placed: frozenset[ResourceKey] = frozenset()
    gone: frozenset[ResourceKey] = frozenset()
    is_list_new: bool = False


def placing(scene: Scene, last_scene: Scene | None, last: Placing) -> tuple[Placing, Moved]:
    """Every template's place, and which of them changed; the very same where none did."""
    before, templates = last.placed, scene.loaded.templates
    new, gone = _listed(scene, last_scene)
    stale = set(new)
    if last_scene is not None:
        stale.update(_stale(scene, last_scene, last))
        stale -= gone
    found = _round(filter(_is_crd, stale), scene, last)
    arrivals = _arrivals(last.arrivals, found, [before[key].template for key in gone])
    if arrivals is not last.arrivals:
        kinds = {*arrivals, *last.arrivals}
        moved = {kind for kind in kinds if arrivals.get(kind) != last.arrivals.get(kind)}
        stale.update(key for key in templates if (key.group, key.kind) in moved)
    found |= _round(stale - found.keys(), scene, Placing(before, arrivals))
    changed = {key: each for key, each in found.items() if before.get(key) is not each}
    if not changed and not gone:
        return last, Moved()
    kept = {key: each for key, each in before.items() if key not in gone} if gone else before
    held = (last.held - gone - changed.keys()) | {key for key in changed if changed[key].held}
    now = Placing({**kept, **changed}, arrivals, held)
    return now, Moved(frozenset(changed), gone, bool(new or gone))


def _listed(
    scene: Scene, last_scene: Scene | None
) -> tuple[list[ResourceKey], frozenset[ResourceKey]]:
    """Templates that are other objects than before, and those that are gone."""
    now = scene.loaded.templates
    if last_scene is None:
        return list(now), frozenset()
    if last_scene.loaded is scene.loaded:
        return [], frozenset()
    other = {*now.values()} ^ {*last_scene.loaded.templates.values()}
    new = [template.key for template in other if now.get(template.key) is template]
    return new, frozenset(template.key for template in other if template.key not in now)


def _stale(scene: Scene, last: Scene, placing: Placing) -> Iterator[ResourceKey]:
    """What may be decided otherwise although the template is the same."""
    before = placing.placed
    yield from placing.held
    if scene.policies is not last.policies:
        yield from _meant(scene, last, before)
    if scene.overrides is not last.overrides:
        yield from (key for key, each in before.items() if _waits_for_overrides(each))
    if scene.reread:
        yield from (key for key in before if (key.group, key.kind) in scene.reread)
    for cluster, inventory in scene.unheard.items():
        for key, entry in inventory.items():
            known = before.get(key)
            if known is None or known.assignment is None or entry.share is None:
                continue
            if (cluster, entry.share) not in known.assignment.shares:
                yield key
    if scene.members is not last.members:
        yield from _shifted(scene, last, before)


def _waits_for_overrides(placed: Placed) -> bool:
    policy = placed.choice.policy
    return policy is not None and bool(policy.spec.dependent_overrides)


def _meant(scene: Scene, last: Scene, before: Places) -> Iterator[ResourceKey]:
    """Templates that a policy which came, went or changed may mean."""
    selected = {
        (policy.namespace, split_api_version(each.api_version)[0], each.kind)
        for policy in {*scene.loaded.policies} ^ {*last.loaded.policies}
        for each in policy.spec.resource_selectors
    }
    for key in before:
        kind = (key.group, key.kind)
        if ("", *kind) in selected or (key.namespace, *kind) in selected:
            yield key


def _shifted(scene: Scene, last: Scene, before: Places) -> Iterator[ResourceKey]:
    """Templates whose answer may be another one on the members as they are now."""
    is_room_only = differ_in_room_only(last.members, scene.members)
    lost = {
        name
        for name in last.members
        if name not in scene.members or scene.members[name].cluster.leaving
    }
    for key, each in before.items():
        if each.assignment is None or each.choice.policy is None:
            continue
        if each.is_settled and lost.isdisjoint(each.clusters):
            continue
        is_by_room = depends_on_room(each.need, each.choice.policy.spec.placement)
        if is_by_room or not is_room_only or not each.assignment.is_scheduled:
            yield key


def _round(keys: Iterable[ResourceKey], scene: Scene, last: Placing) -> dict[ResourceKey, Placed]:
    templates = scene.loaded.templates
    return {
        key: place(templates[key], last.placed.get(key), scene, last.arrivals)
        for key in sorted(keys)
    }


def _is_crd(key: ResourceKey) -> bool:
    return (key.group, key.kind) == _CRD


def _arrivals(
    before: Arrivals, found: Mapping[ResourceKey, Placed], gone: Iterable[Resource]
) -> Arrivals:
    """Where every CRD goes; the very same mapping where none goes elsewhere."""
    now = dict(before)
    for template in gone:
        if _is_crd(template.key):
            now.pop(_defined(template), None)
    for each in found.values():
        now[_defined(each.template)] = each.clusters
    now = {kind: clusters for kind, clusters in now.items() if clusters}
    return before if now == before else now


def _defined(crd: Resource) -> tuple[str, str]:
    """Group and kind that a CRD defines."""
    return (
        str(dig(crd.body, "spec", "group", default="")),
        str(dig(crd.body, "spec", "names", "kind", default="")),
    )
