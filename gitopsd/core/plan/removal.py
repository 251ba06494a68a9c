"""In which order objects are taken away: the opposite of that in which they are made.

Comes in: the removals that are due. Goes out: those that may go now. What depends on another
object goes before it, a later wave before an earlier one, and what holds others goes last: each is
waited for until it is gone.
"""

from collections.abc import Sequence

from gitopsd.core.plan.deed import Step
from gitopsd.core.plan.observed import Observed
from gitopsd.core.plan.order import delete_order, weight
from gitopsd.model.decision import Wanted
from gitopsd.model.resource import ResourceKey

_DEFINITION = 20
_HOLDERS = frozenset({10, 20})


def removable(removals: Sequence[Step], wanted: Wanted, seen: Observed) -> list[Step]:
    """Removals in reverse order; definitions and namespaces once nothing else is left to go."""
    ordered = sorted(removals, key=lambda each: delete_order(each.key, _wave(each.key, seen)))
    left = [key for key in wanted.deletions if key in seen.live]
    if any(_weight(key) not in _HOLDERS for key in left):
        return _in_turn([each for each in ordered if _weight(each.key) not in _HOLDERS], left, seen)
    if any(_weight(key) == _DEFINITION for key in left):
        return [each for each in ordered if _weight(each.key) >= _DEFINITION]
    return ordered


def _in_turn(ordered: Sequence[Step], left: Sequence[ResourceKey], seen: Observed) -> list[Step]:
    """Those of the last wave that nothing else still depends on; of a circle all.

    Waited for is what is on its way; what stays for a reason of its own holds nothing up.
    """
    due = {each.key for each in ordered}
    going = [key for key in left if key in due or _is_ending(key, seen)]
    going = [key for key in going if _weight(key) not in _HOLDERS]
    last = max((_wave(key, seen) for key in going), default=None)
    if last is not None:
        ordered = [
            each for each in ordered if _wave(each.key, seen) == last or each.key not in left
        ]
    needed = {need for key in going for need in _needs(key, seen)}
    free = [each for each in ordered if each.key not in needed]
    is_circle = not free and not any(_is_ending(key, seen) for key in going)
    return list(ordered) if is_circle else free


def _is_ending(key: ResourceKey, seen: Observed) -> bool:
    live = seen.live.get(key)
    return live is not None and live.is_terminating


def _needs(key: ResourceKey, seen: Observed) -> Sequence[ResourceKey]:
    live = seen.live.get(key)
    return live.needs if live is not None else ()


def _weight(key: ResourceKey) -> int:
    return weight(key.group, key.kind)


def _wave(key: ResourceKey, seen: Observed) -> int:
    entry = seen.entries.get(key)
    return entry.wave if entry else 0
