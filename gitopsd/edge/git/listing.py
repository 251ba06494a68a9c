"""All files of a commit with their sizes; folders that stayed the same are not read again.

Comes in: the id of a tree, the listing before, and two ways to ask the object store. Goes out: a
listing whose entries are the very same values as before wherever a folder did not change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gitopsd.edge.git.trees import FOLDER, MODULE, parsed, text_of
from gitopsd.model.snapshot import TreeEntry

_DEEPEST = 200


class TooDeep(ValueError):
    """Folders in folders beyond what any file system holds."""


@dataclass(frozen=True, slots=True)
class Store:
    """What is asked of the object store: bytes of a tree, size of a blob."""

    tree: Callable[[bytes], bytes]
    size: Callable[[bytes], int]


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A folder: every file below it by its whole path, and its own folders by name."""

    id: bytes = b""
    entries: Mapping[str, TreeEntry] = field(default_factory=dict)
    below: Mapping[bytes, "Listing"] = field(default_factory=dict)


def listing(tree: bytes, before: Listing, store: Store) -> Listing:
    """Every file below a tree, in git's order."""
    return _folder("", tree, before, store)


def _folder(above: str, tree: bytes, before: Listing | None, store: Store) -> Listing:
    if before is not None and before.id == tree:
        return before
    if above.count("/") > _DEEPEST:
        raise TooDeep(f"{above[:40]}… lies deeper than {_DEEPEST} folders")
    entries: dict[str, TreeEntry] = {}
    below: dict[bytes, Listing] = {}
    known = before.entries if before is not None else {}
    for mode, name, id in parsed(store.tree(tree)):
        path = above + text_of(name)
        if mode == FOLDER:
            was = before.below.get(name) if before is not None else None
            below[name] = _folder(f"{path}/", id, was, store)
            entries.update(below[name].entries)
            continue
        blob = id.hex()
        entry = known.get(path)
        if entry is None or entry.blob != blob or entry.mode != mode:
            entry = TreeEntry(mode, blob, 0 if mode == MODULE else store.size(id))
        entries[path] = entry
    return Listing(tree, entries, below)
