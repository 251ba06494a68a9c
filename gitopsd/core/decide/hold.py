"""What members keep although nobody wants it: it could not be read, decided or rendered.

Comes in: the sets, the inventories, and what is in doubt. Goes out: per cluster the objects that
must be left as they are, each with the reason; the very same mapping where nothing changed.

In doubt is what stands wrong in the repository and was never read right by this process, a template
that could not be decided, and a cluster for which it could not be rendered. With such a template,
whatever it may draw along is in doubt too: the objects of its namespace where no policy of their
own has sent them, and the namespace. An inventory that was never read is stood in for by what
memory says is applied.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gitopsd.core.changes import entry_in
from gitopsd.core.decide.binding import Bindings
from gitopsd.core.decide.placing import Placing
from gitopsd.core.decide.scene import Inventory, Scene
from gitopsd.core.decide.sets import Set
from gitopsd.core.decide.spaces import is_namespace
from gitopsd.core.held import Blind, unread_at, why_held
from gitopsd.model.delivery import Entry
from gitopsd.model.problem import Problem
from gitopsd.model.resource import ResourceKey

Held = Mapping[ResourceKey, str]

NOTHING: Held = {}


@dataclass(frozen=True, slots=True)
class Doubt:
    """`templates` could not be decided, `places` not be rendered (cluster and object).

    `needed` are objects that a template in doubt may draw along. All of them with the reason.
    `unread` says why nothing is known of files.
    """

    templates: Held = field(default_factory=dict)
    places: Mapping[tuple[str, ResourceKey], str] = field(default_factory=dict)
    needed: Held = field(default_factory=dict)
    invalid: Mapping[ResourceKey, Problem] = field(default_factory=dict)
    blind: Blind = field(default_factory=Blind)
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_any(self) -> bool:
        """Whether anything is in doubt."""
        return bool(self.templates or self.places or self.invalid or self.is_wide)

    @property
    def is_wide(self) -> bool:
        """Whether every object there is must be looked at."""
        return bool(self.blind.broken or self.blind.unreadable)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What one member's `held` was made of."""

    inventory: object
    wanted: Set
    doubt: Doubt
    held: Held


Holding = Mapping[str, Seen]


@dataclass(frozen=True, slots=True, eq=False)
class Stand:
    """What members are to have, what was placed, and what is in doubt.

    `sent` are, by cluster, the templates in doubt that memory says were sent there: hooks too, of
    which nothing is applied.
    """

    sets: Mapping[str, Set]
    placing: Placing
    doubt: Doubt
    sent: Mapping[str, Iterable[ResourceKey]] = field(default_factory=dict)


def doubt(scene: Scene, placing: Placing, bindings: Bindings, keys: Iterable[ResourceKey]) -> Doubt:
    """What is in doubt; `keys` are the templates with which something is wrong."""
    templates: dict[ResourceKey, str] = {}
    places: dict[tuple[str, ResourceKey], str] = {}
    for key in sorted(keys):
        placed, bound = placing.placed[key], bindings.bound.get(key)
        if placed.held:
            templates[key] = placed.held
        elif bound is not None and bound.binding is None:
            templates[key] = "it could not be rendered"
        elif bound is not None and bound.binding is not None:
            for problem in bound.binding.problems:
                places[problem.cluster, key] = f"it could not be rendered: {problem.message}"
    invalid = {
        key: problem
        for key, problem in scene.given.invalid.items()
        if key not in scene.loaded.templates
    }
    return Doubt(
        templates=templates,
        places=places,
        needed=_needed((*templates, *invalid), placing) if templates or invalid else {},
        invalid=invalid,
        blind=scene.blind,
        unread=unread_at(scene.given, scene.blind.unreadable),
    )


def _needed(keys: Iterable[ResourceKey], placing: Placing) -> Held:
    """Objects in the namespaces of these templates, and the namespaces."""
    why = {key.namespace: f"{key} may need it" for key in keys if key.namespace}
    return {
        key: why[space]
        for key in placing.placed
        if (space := key.name if is_namespace(key) else key.namespace) in why
    }


def holding(scene: Scene, now: Stand, last: Holding) -> Holding:
    """Every member's held objects and what they were made of; the very same where it can be."""
    if now.doubt.templates and any(name not in scene.inventories for name in now.sets):
        now = replace(now, sent=_sent(scene, now.doubt))
    return {name: _seen(name, scene, now, last.get(name)) for name in now.sets}


def _sent(scene: Scene, doubt: Doubt) -> Mapping[str, Iterable[ResourceKey]]:
    found: dict[str, list[ResourceKey]] = {}
    for key in doubt.templates:
        remembered = scene.memory.templates.get(key)
        for share in remembered.shares if remembered else ():
            found.setdefault(share.cluster, []).append(key)
    return found


def _seen(cluster: str, scene: Scene, now: Stand, last: Seen | None) -> Seen:
    wanted = now.sets[cluster]
    inventory = scene.inventories.get(cluster, scene.memory.applied.get(cluster))
    if (
        last is not None
        and last.wanted is wanted
        and last.inventory is inventory
        and last.doubt is now.doubt
    ):
        return last
    held = _held(cluster, scene, now) if now.doubt.is_any else NOTHING
    if last is not None and last.held == held:
        held = last.held
    return Seen(inventory, wanted, now.doubt, held)


def _held(cluster: str, scene: Scene, now: Stand) -> Held:
    entries, doubt = _entries(cluster, scene, now.sent.get(cluster, ())), now.doubt
    asked: Iterable[ResourceKey] = entries
    if not doubt.is_wide:
        here = {key for name, key in doubt.places if name == cluster}
        some = here | doubt.templates.keys() | doubt.needed.keys() | doubt.invalid.keys()
        asked = [key for key in some if key in entries]
    return {
        key: reason
        for key in sorted(asked)
        if key not in now.sets[cluster]
        and (reason := _reason(key, cluster, entries[key], (scene, now)))
    }


def _reason(key: ResourceKey, cluster: str, entry: Entry, about: tuple[Scene, Stand]) -> str:
    scene, now = about
    doubt = now.doubt
    return (
        doubt.templates.get(key)
        or doubt.places.get((cluster, key))
        or why_held(key, entry.path, scene.given, doubt.unread)
        or (_unexplained(key, scene, now) if _may_be_drawn(key, cluster, scene, now) else "")
    )


def _may_be_drawn(key: ResourceKey, cluster: str, scene: Scene, now: Stand) -> bool:
    """Whether a template may be on a cluster for something other than a policy of its own."""
    placed = now.placing.placed.get(key)
    if placed is None or placed.assignment is None:
        return placed is not None
    remembered = scene.memory.templates.get(key)
    return remembered is None or all(share.cluster != cluster for share in remembered.shares)


def _unexplained(key: ResourceKey, scene: Scene, now: Stand) -> str:
    """Why such an object stays: what claims or needs it may be in doubt or unread."""
    if why := now.doubt.needed.get(key):
        return why
    if unread := now.doubt.unread:
        return f"what needs it may stand in {unread[min(unread)]}"
    remembered = scene.memory.templates.get(key)
    is_claimed = now.placing.placed[key].assignment is not None
    if is_claimed or not scene.blind.broken or (remembered is not None and remembered.rules):
        return ""
    return f"what claims it may stand in {min(scene.blind.broken)}, where something is wrong"


def _entries(cluster: str, scene: Scene, sent: Iterable[ResourceKey]) -> Inventory:
    """What a member holds: its inventory, else what memory says is there or was to run there."""
    inventory = scene.inventories.get(cluster)
    if inventory is not None:
        return inventory
    known, applied = scene.memory.templates, scene.memory.applied.get(cluster, {})
    return {
        key: entry_in(key, applied.get(key, ""), known[key].path if key in known else "")
        for key in {*applied, *sent}
    }
