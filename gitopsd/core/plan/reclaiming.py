"""Items that people put into a list in place of ours become ours, so that an apply takes them away.

Comes in: the live object and the manifest. Goes out: a JSON patch, and the fields that drifted with
whose hands it were; or nothing. Stands alone because it is asked for only where
a member refuses to have a field put back: an item whose key was edited is another item, and both
together may be wrong, as two ports of one name are.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gitopsd.core.plan.conflict import is_taken
from gitopsd.core.plan.drift import lost
from gitopsd.core.plan.migration import entries_of, is_by_hand, is_mine, owned_anew
from gitopsd.core.plan.owners import Owned, others, owned, read
from gitopsd.kube import pointer
from gitopsd.kube.body import Body
from gitopsd.kube.fields import LEAF, Path, Tree, is_tree, recursive_difference, union
from gitopsd.kube.wire import encode
from gitopsd.model.decision import Manifest

Reclaimed = tuple[Sequence[Mapping[str, Any]], tuple[Owned, ...]]

_NOTHING: Reclaimed = ((), ())


def reclaiming(live: Body, manifest: Manifest, manager: str) -> Reclaimed:
    """The patch, and the drift with the managers from whom something is taken.

    Taken is what was written by hand into the lists that the drift is in, where it may be.
    """
    entries = [each for each in entries_of(live) if is_tree(each.get("fieldsV1") or LEAF)]
    mine = next((each for each in entries if is_mine(each, manager)), None)
    if mine is None:
        return _NOTHING
    ours, rest, hands = mine["fieldsV1"], [], set()
    missing = lost(manifest.body, encode(ours))
    places = _lists(manifest.body, missing)
    for each in (each for each in entries if each is not mine):
        left, name = each.get("fieldsV1") or LEAF, str(each.get("manager"))
        for place, part in _parts(left, places) if is_by_hand(each) else ():
            if is_taken(Owned(place, "", (name,)), manifest.claims):
                ours, left = union(ours, part), recursive_difference(left, part)
                hands.add(name)
        if left:
            rest.append({**each, "fieldsV1": left})
    if not hands:
        return _NOTHING
    drift = owned(manifest.body, missing, read(others(live, manager)))
    named = tuple(each._replace(managers=each.managers or tuple(sorted(hands))) for each in drift)
    return owned_anew(live, [*rest, {**mine, "fieldsV1": ours}]), named


def _lists(body: Body, missing: Iterable[str]) -> Mapping[str, Path]:
    """The outermost lists that these places are in, by their own, with the way there in a tree."""
    found: dict[str, Path] = {}
    for each in missing:
        way: list[str] = []
        inside: Any = body
        for token in pointer.split(each):
            if not isinstance(inside, Mapping):
                found[pointer.join(way)] = tuple(f"f:{each}" for each in way)
                break
            way.append(token)
            inside = inside.get(token)
    return found


def _parts(tree: Tree, places: Mapping[str, Path]) -> list[tuple[str, Tree]]:
    """What a tree owns in each of these lists, as trees of their own."""
    found = []
    for place, path in places.items():
        below: Tree | None = tree
        for element in path:
            below = below.get(element) if below is not None else None
        if below is not None:
            for element in reversed(path):
                below = {element: below}
            found.append((place, below))
    return found
