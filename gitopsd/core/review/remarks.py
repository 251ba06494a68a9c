"""What a reader must know of a plan besides its changes, a sentence for each.

Comes in: the decision, what the gate made of it, what was there before. Goes out: sentences, equal
ones once with all their objects or clusters.
"""

from collections.abc import Iterable, Mapping

from gitopsd.core.changes import Applied, hash_in, stays
from gitopsd.core.fixed import ON_IMMUTABLE, Wish, differs, wish
from gitopsd.core.gate import Gated
from gitopsd.core.review.findings import plural, some
from gitopsd.model.changes import Changes
from gitopsd.model.cluster import Cluster, Removal
from gitopsd.model.decision import MOVING, REFUSED, Decision
from gitopsd.model.delivery import ActionKind
from gitopsd.model.instance import called
from gitopsd.model.resource import ResourceKey


def kept(now: Decision) -> Iterable[str]:
    """What stays as it is because something of it is wrong or cannot be read, by reason."""
    found: dict[str, tuple[set[ResourceKey], list[str]]] = {}
    for cluster in sorted(now.held):
        for key, reason in now.held[cluster].items():
            keys, clusters = found.setdefault(reason, (set(), []))
            keys.add(key)
            if cluster not in clusters:
                clusters.append(cluster)
    for reason, (keys, clusters) in sorted(found.items()):
        what = some([str(key) for key in sorted(keys)])
        yield f"{what} stays as it is on {some(clusters)}: {reason}"


def fixed(found: Changes) -> Iterable[str]:
    """Changes of fields that cannot be changed, of objects that ask for nothing then."""
    keys = {
        each.key
        for each in found.changes
        if each.action is ActionKind.CONFIGURE
        and each.after is not None
        and differs(each.before, each.after)
        and wish(each.after.body) is Wish.FAIL
    }
    for key in sorted(keys):
        yield (
            f"{key} changes in a field that cannot be changed, and members will refuse it; "
            f"{ON_IMMUTABLE}: recreate on it would have it deleted and made anew"
        )


def released(base: Applied, now: Decision) -> Iterable[str]:
    """What nobody wants any more and stays all the same, because it was to be preserved."""
    clusters: dict[ResourceKey, list[str]] = {}
    for name, own in sorted(now.manifests.items()):
        held = now.held.get(name, {})
        for key, word in base.get(name, {}).items():
            if key not in own and key not in held and stays(key, word, now):
                clusters.setdefault(key, []).append(name)
    for key, names in sorted(clusters.items()):
        yield f"{key} stays on {some(names)} and is let go: it was to be preserved"


def suspended(base: Applied, now: Decision) -> Iterable[str]:
    """What would change where its policy suspends dispatching."""
    clusters: dict[ResourceKey, list[str]] = {}
    for name, own in sorted(now.manifests.items()):
        there = base.get(name, {})
        for key, manifest in own.items():
            if manifest.suspended and hash_in(there.get(key, "")) != manifest.hash:
                clusters.setdefault(key, []).append(name)
    for key, names in sorted(clusters.items()):
        yield f"{key} stays as it is on {some(names)}: its policy suspends dispatching there"


def moving(gated: Gated) -> Iterable[str]:
    """Deletions that wait for the copy elsewhere: nothing else holds them."""
    clusters: dict[ResourceKey, list[str]] = {}
    for name in sorted(gated.wanted):
        for key, why in gated.wanted[name].guarded.items():
            if why == MOVING:
                clusters.setdefault(key, []).append(name)
    for key, names in sorted(clusters.items()):
        yield f"{key} is deleted on {some(names)} only once it is well where it moves to"


def refused(gated: Gated) -> Iterable[str]:
    """Clusters that take commits whole and nothing of this one, by reason."""
    clusters: dict[str, list[str]] = {}
    for name in sorted(gated.wanted):
        if why := gated.wanted[name].reasons.get(REFUSED):
            clusters.setdefault(why, []).append(name)
    for why, names in sorted(clusters.items()):
        yield f"nothing of this is done on {some(names)}: {why}"


def awaited(found: Changes, gated: Gated) -> Iterable[str]:
    """Clusters where what changes waits for the sets of other instances, by these."""
    clusters: dict[tuple[str, ...], list[str]] = {}
    for name in sorted({each.cluster for each in found.changes}):
        wanted = gated.wanted.get(name)
        if wanted is not None and wanted.after:
            clusters.setdefault(wanted.after, []).append(name)
    for after, names in sorted(clusters.items()):
        yield f"on {some(names)} this goes once what {called(after)} holds there is ready"


def taken_over(found: Changes) -> Iterable[str]:
    """New objects whose policy takes over what is there by their name already."""
    new = [each for each in found.changes if each.action is ActionKind.CREATE]
    keys = sorted({each.key for each in new if each.after and each.after.conflict == "Overwrite"})
    if keys:
        what = some([str(key) for key in keys])
        yield f"{what}: what is there by this name already is taken over (conflictResolution)"


def left_alone(base: Applied, now: Decision, known: Mapping[str, Cluster]) -> Iterable[str]:
    """Clusters that leave the repository and keep what they have."""
    for name in sorted(base):
        if name in now.clusters or not base[name]:
            continue
        if name not in known or known[name].removal is Removal.ORPHAN:
            left = plural(len(base[name]), "object")
            yield f"{name} is no cluster of the repository any more; its {left} stay there"
