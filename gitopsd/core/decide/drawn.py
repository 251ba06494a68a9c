"""What is drawn along: the objects that placed templates name, and where they need them.

Comes in: which templates are placed otherwise than before. Goes out: for every object that
something needs, who needs it on which clusters, and the keys for which that changed. An object need
not exist; it is found as soon as it does. Karmada: karmada-io/karmada pkg/dependenciesdistributor.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gitopsd.core.decide.placing import Moved, Placing
from gitopsd.core.kinds import Dependency
from gitopsd.core.override import labels_of
from gitopsd.kube.selector import matches
from gitopsd.model.resource import Resource, ResourceKey, split_api_version

Templates = Mapping[ResourceKey, Resource]
Needed = Mapping[ResourceKey, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """`needed` has per object the templates that draw it along, with their clusters.

    `drawing` is the same the other way round; `by_labels` are templates that name no names.
    """

    needed: Mapping[ResourceKey, Needed] = field(default_factory=dict)
    drawing: Mapping[ResourceKey, tuple[ResourceKey, ...]] = field(default_factory=dict)
    by_labels: frozenset[ResourceKey] = frozenset()


def drawn(
    placing: Placing, moved: Moved, templates: Templates, last: Drawn
) -> tuple[Drawn, frozenset[ResourceKey]]:
    """Who needs what where, and what is needed otherwise than before."""
    again = last.by_labels if moved.is_list_new else frozenset()
    asked = sorted({*moved.placed, *moved.gone, *again})
    if not any(_draws(placing, key) or key in last.drawing for key in asked):
        return last, frozenset()
    needed, drawing, by_labels = dict(last.needed), dict(last.drawing), set(last.by_labels)
    changed: set[ResourceKey] = set()
    for key in asked:
        each = placing.placed.get(key)
        wants = each.wants if each else ()
        clusters = each.clusters if each else ()
        now = _named(wants, templates, key) if clusters else ()
        for other in {*drawing.get(key, ()), *now}:
            row = {who: where for who, where in needed.get(other, {}).items() if who != key}
            if other in now:
                row = dict(sorted({**row, key: clusters}.items()))
            if row != needed.get(other, {}):
                changed.add(other)
                needed[other] = row
            if not row:
                needed.pop(other, None)
        drawing[key] = now
        if not now:
            del drawing[key]
        by_labels.discard(key)
        if any(not want.name for want in wants):
            by_labels.add(key)
    return Drawn(needed, drawing, frozenset(by_labels)), frozenset(changed)


def _draws(placing: Placing, key: ResourceKey) -> bool:
    each = placing.placed.get(key)
    return each is not None and bool(each.wants)


def _named(
    wants: Iterable[Dependency], templates: Templates, key: ResourceKey
) -> tuple[ResourceKey, ...]:
    """The keys of what is wanted, each once, sorted; of labels those that have them now."""
    found: set[ResourceKey] = set()
    for want in wants:
        group, _ = split_api_version(want.api_version)
        wanted = ResourceKey(group, want.kind, want.namespace or key.namespace, want.name)
        if want.name:
            found.add(wanted)
        else:
            found.update(_labelled(want, wanted, templates))
    return tuple(sorted(found - {key}))


def _labelled(want: Dependency, like: ResourceKey, templates: Templates) -> Iterable[ResourceKey]:
    return [
        key
        for key, template in templates.items()
        if key[:3] == like[:3] and matches(want.label_selector, labels_of(template.body))
    ]
