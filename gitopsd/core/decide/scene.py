"""What all templates of one turn have in common: the commit, the members, the rules, what is known.

Made once for a turn from the last one's; every part for which nothing changed is the very same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gitopsd.core.decide.leavers import leavers
from gitopsd.core.decide.members import Members, members
from gitopsd.core.decide.options import Options
from gitopsd.core.held import Blind, blind_to, clusters_held, held_over
from gitopsd.core.kinds import NATIVE, Interpreter
from gitopsd.core.kinds.custom import interpreter, targets
from gitopsd.core.match import Policies
from gitopsd.core.override import Overrides
from gitopsd.core.schedule import Fleet
from gitopsd.model.delivery import Entry
from gitopsd.model.memory import Memory
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known, Loaded

Inventory = Mapping[ResourceKey, Entry]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One turn. `given` is the commit as loaded, `loaded` the same with what is broken held over.
    `last_fleet` is the fleet of the turn before, in the first one its own.

    `inventories` are the members' that were read, `unheard` those that were read for the first
    time since this process has been deciding. `kinds` answers for objects of every kind; `reread`
    are the groups and kinds for which scripts came, went or changed since the turn before.
    """

    options: Options
    given: Loaded
    loaded: Loaded
    blind: Blind
    members: Members
    fleet: Fleet
    last_fleet: Fleet
    policies: Policies
    overrides: Overrides
    memory: Memory
    inventories: Mapping[str, Inventory]
    unheard: Mapping[str, Inventory]
    kinds: Interpreter = NATIVE
    reread: frozenset[tuple[str, str]] = frozenset()


def scene(given: Loaded, known: Known, options: Options, before: Scene | None) -> Scene:
    """The scene of this turn; `before` is the last one's, None for the first of a process."""
    if before is not None and before.given is given:
        loaded, blind = before.loaded, before.blind
    else:
        previous = before.loaded if before else None
        loaded = held_over(given, previous)
        blind = blind_to(given, previous, before.blind if before else Blind())
    last = before.members if before else {}
    clusters = leavers(clusters_held(loaded, known.memory, blind), known, last)
    own = members(clusters, known, last)
    inventories = {
        name: report.inventory
        for name in own
        if (report := known.reports.get(name)) is not None and report.inventory is not None
    }
    heard = before.inventories if before else {}
    fleet = (
        before.fleet
        if before is not None and before.members is own
        else Fleet([each.cluster for each in own.values()])
    )
    kinds, reread = _kinds(loaded, options, before)
    return Scene(
        options=options,
        given=given,
        loaded=loaded,
        blind=before.blind if before and before.blind == blind else blind,
        members=own,
        fleet=fleet,
        last_fleet=before.fleet if before else fleet,
        policies=before.policies
        if before and before.loaded.policies == loaded.policies
        else Policies(loaded.policies),
        overrides=before.overrides
        if before and before.loaded.overrides == loaded.overrides
        else Overrides(loaded.overrides),
        memory=known.memory,
        inventories=inventories,
        unheard={name: each for name, each in inventories.items() if name not in heard},
        kinds=kinds,
        reread=reread,
    )


def _kinds(
    loaded: Loaded, options: Options, before: Scene | None
) -> tuple[Interpreter, frozenset[tuple[str, str]]]:
    """Our rules with the commit's scripts before them, and for which kinds these are others."""
    if options.interpret is None:
        return NATIVE, frozenset()
    if before is None:
        return interpreter(loaded.customizations, options.interpret), frozenset()
    other = {*loaded.customizations} ^ {*before.loaded.customizations}
    if not other:
        return before.kinds, frozenset()
    return interpreter(loaded.customizations, options.interpret), targets(other)
