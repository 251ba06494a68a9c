"""What a decision changes against what is applied, object by object.

Comes in: the hashes that every member's inventory (or memory) names, and a decision. Of what stays
on its member when nobody wants it any more a word after the hash says so. Goes out:
`Changes`, which alone feeds the guards, both hashes and the plan of a pull request; never live
drift, times or commit ids.
"""

from collections.abc import Iterable, Mapping

from gitopsd.core.deletions import deletion_hash, hash_of_lines
from gitopsd.core.fixed import is_recreated
from gitopsd.model.changes import Change, Changes, Move
from gitopsd.model.claims import Mode
from gitopsd.model.decision import Decision, Manifest
from gitopsd.model.delivery import ActionKind, Entry
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known

Applied = Mapping[str, Mapping[ResourceKey, str]]

_PRESERVED = "=kept"
NEVER_PRUNED = frozenset({"createdNamespace", "hook", "kept"})


def applied(known: Known) -> Applied:
    """Per cluster and object the hash last applied: the inventory's word, else memory's.

    A namespace made for others and the record of a hook are left out. A cluster of which neither
    knows anything is missing.
    """
    found: dict[str, Mapping[ResourceKey, str]] = dict(known.memory.applied)
    for name, report in known.reports.items():
        if report.inventory is not None:
            found[name] = words_of(report.inventory)
    return found


def words_of(inventory: Mapping[ResourceKey, Entry]) -> Mapping[ResourceKey, str]:
    """The applied hash of each object, with the word for one that is preserved."""
    return {
        key: entry.hash if is_prunable(entry) else entry.hash + _PRESERVED
        for key, entry in inventory.items()
        if is_prunable(entry) or is_preserved(entry)
    }


def word_of(manifest: Manifest) -> str:
    """The same of an object that is as this manifest wants it."""
    return manifest.hash + _PRESERVED if manifest.preserve else manifest.hash


def is_preserved_in(word: str) -> bool:
    """Whether the object stays on its member when it is not wanted."""
    return word.endswith(_PRESERVED)


def stays(key: ResourceKey, word: str, decision: Decision) -> bool:
    """The same of an object with this word that a decision does not want: either may say so."""
    return is_preserved_in(word) or decision.preserves(key)


def hash_in(word: str) -> str:
    """The hash alone."""
    return word.removesuffix(_PRESERVED)


def entry_in(key: ResourceKey, word: str, path: str = "") -> Entry:
    """An entry of an inventory as far as such a word tells of it."""
    flags = ("kept",) if is_preserved_in(word) else ()
    return Entry(key, "", hash=hash_in(word), path=path, flags=flags)


def is_prunable(entry: Entry) -> bool:
    """Whether an inventory entry is of an object that a commit can make us delete."""
    return NEVER_PRUNED.isdisjoint(entry.flags)


def is_run(entry: Entry) -> bool:
    """Whether an inventory entry is the record of a hook's run."""
    return "hook" in entry.flags


def is_preserved(entry: Entry) -> bool:
    """Whether an inventory entry is of an object that stays on the member when it is not wanted."""
    return "kept" in entry.flags


def changes(before: Applied, decision: Decision, moves: tuple[Move, ...] = ()) -> Changes:
    """Every difference between what is applied and the decision, sorted by cluster and object.

    What a policy suspends stays as it is, what the decision holds is no deletion. A cluster that
    left the decision loses nothing here.
    """
    found = [
        change
        for cluster in sorted(decision.manifests)
        for change in _of_cluster(cluster, before.get(cluster, {}), decision)
    ]
    return Changes(
        changes=tuple(found),
        moves=moves,
        plan_hash=hash_of_lines(
            f"{each.cluster}\t{each.key.id}\t{_INTENT[each.action]}"
            f"\t{each.after.hash if each.after else ''}"
            for each in found
        ),
        deletion_hash=deletion_hash(
            f"{each.cluster}/{each.key.id}"
            for each in found
            if each.action in (ActionKind.PRUNE, ActionKind.RECREATE)
        ),
        problems=decision.problems,
        exact=not any(
            cluster.facts is None or cluster.facts.assumed for cluster in decision.clusters.values()
        ),
        clusters=tuple(sorted(decision.clusters)),
    )


_INTENT = {
    ActionKind.CREATE: "create",
    ActionKind.CONFIGURE: "change",
    ActionKind.RECREATE: "recreate",
    ActionKind.PRUNE: "delete",
}


def _of_cluster(
    cluster: str,
    before: Mapping[ResourceKey, str],
    decision: Decision,
) -> Iterable[Change]:
    found: list[Change] = []
    after, held = decision.manifests[cluster], decision.held.get(cluster, {})
    for key, manifest in after.items():
        word = before.get(key)
        if manifest.suspended or not manifest.claims.is_written:
            continue
        was = hash_in(word) if word is not None else ""
        if word is None:
            found.append(Change(cluster, key, ActionKind.CREATE, "", manifest))
        elif manifest.claims.mode is Mode.CREATE_ONLY:
            continue
        elif was != manifest.hash:
            is_anew = is_recreated(was, manifest)
            action = ActionKind.RECREATE if is_anew else ActionKind.CONFIGURE
            found.append(Change(cluster, key, action, was, manifest))
    found += [
        Change(cluster, key, ActionKind.PRUNE, word)
        for key, word in before.items()
        if key not in after and key not in held and not stays(key, word, decision)
    ]
    return sorted(found, key=lambda change: change.key)
