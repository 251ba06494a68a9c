"""A branch of ours: what stands on it, and the next commit as objects in memory.

Comes in: the files that should stand there. Goes out: a Push with only what changed, or nothing.
Content that is the very same bytes object as last time is not even hashed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from gitopsd.edge.git.exchange import Objects, Push
from gitopsd.edge.git.trees import Change, Folder, changed, files, id_of, new_objects
from gitopsd.model.errors import PublishError

WHO = "gitopsd <gitopsd@gitopsd.io>"

Content = Mapping[str, bytes | None]
Blobs = Callable[[bytes], bytes]
SUBMODULE = 0o160000

_NEVER = {"", ".", "..", ".git"}


@dataclass(frozen=True, eq=False)
class Branch:
    """What stands on a branch. `commit` is empty while there is no such branch.

    `data` are the bytes of the commit, `ids` blobs by path; `content` is what was pushed last,
    empty when that is not known.
    """

    ref: str
    commit: str = ""
    data: bytes = b""
    root: Folder = field(default_factory=Folder)
    ids: Mapping[str, bytes] = field(default_factory=dict)
    content: Content = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a commit says beside its files."""

    message: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Restoration:
    """What a branch is to hold again: all that a commit held, with what the new commit says.

    With `to` that commit becomes a branch of this name, which must not be there yet. With `on` the
    branch must stand at this commit.
    """

    commit: str
    message: str
    time: datetime
    to: str = ""
    on: str = ""


def standing(ref: str, data: bytes, root: Folder) -> Branch:
    """A branch as it was just read; `data` are the bytes of its commit."""
    commit = id_of(b"commit", data).hex()
    return Branch(ref, commit, data, root, {path: file.id for path, file in files(root)})


def replaced(branch: Branch, content: Content, stamp: Stamp) -> tuple[Branch, Push | None]:
    """The branch with this content and nothing else; None leaves what stands at a path.

    No push when it holds just that already.
    """
    ids = dict(branch.ids)
    blobs: dict[bytes, bytes] = {}
    for path, data in content.items():
        if data is not None and branch.content.get(path) is not data:
            _set(ids, blobs, path, data)
    for path in branch.ids.keys() - content.keys():
        del ids[path]
    return _next(branch, ids, blobs, (content, stamp))


def edited(branch: Branch, changes: Content, stamp: Stamp) -> tuple[Branch, Push | None]:
    """The branch with these paths changed and all others as they are; None removes a file."""
    ids = dict(branch.ids)
    blobs: dict[bytes, bytes] = {}
    for path, data in changes.items():
        if data is None:
            ids.pop(path, None)
        else:
            _set(ids, blobs, path, data)
    return _next(branch, ids, blobs, ({}, stamp))


def restored(branch: Branch, root: Folder, told: tuple[Blobs, Stamp]) -> tuple[Branch, Push | None]:
    """The branch with what an earlier commit held, to the byte and the mode, and nothing else.

    `told` has the bytes of a file by its id. No push when the branch holds just that already.
    """
    read, stamp = told
    if root.id == branch.root.id:
        return branch, None
    had = {file.id for _, file in files(branch.root)}
    found = dict(files(root))
    blobs = {
        file.id: read(file.id)
        for file in found.values()
        if file.id not in had and file.mode != SUBMODULE
    }
    data = _commit(root, branch.commit, stamp)
    new = id_of(b"commit", data)
    objects = Objects({new: data}, dict(new_objects(root, _root(branch))), blobs)
    push = Push(branch.ref, branch.commit, new.hex(), objects, _objects(branch))
    ids = {path: file.id for path, file in found.items()}
    return Branch(branch.ref, new.hex(), data, root, ids), push


def _set(ids: dict[str, bytes], blobs: dict[bytes, bytes], path: str, data: bytes) -> None:
    id = id_of(b"blob", data)
    if ids.get(path) == id:
        return
    if not _NEVER.isdisjoint(path.lower().split("/")) or "\0" in path:
        raise PublishError(path, "is no path that a commit may hold", retry=False)
    ids[path] = id
    blobs[id] = data


def _next(
    branch: Branch,
    ids: Mapping[str, bytes],
    blobs: Mapping[bytes, bytes],
    said: tuple[Content, Stamp],
) -> tuple[Branch, Push | None]:
    content, stamp = said
    changes: dict[str, Change] = {
        path: id for path, id in ids.items() if branch.ids.get(path) != id
    }
    changes.update((path, None) for path in branch.ids.keys() - ids.keys())
    root = changed(branch.root, changes)
    if root.id == branch.root.id:
        return replace(branch, ids=ids, content=content), None
    data = _commit(root, branch.commit, stamp)
    new = id_of(b"commit", data)
    objects = Objects({new: data}, dict(new_objects(root, _root(branch))), blobs)
    push = Push(branch.ref, branch.commit, new.hex(), objects, _objects(branch))
    return Branch(branch.ref, new.hex(), data, root, ids, content), push


def _root(branch: Branch) -> Folder | None:
    return branch.root if branch.commit else None


def _objects(branch: Branch) -> Objects:
    """The commit of a branch and its folders."""
    if not branch.commit:
        return Objects()
    return Objects(
        {bytes.fromhex(branch.commit): branch.data}, dict(new_objects(branch.root, None))
    )


def _commit(root: Folder, parent: str, stamp: Stamp) -> bytes:
    who = f"{WHO} {int(stamp.time.timestamp())} +0000"
    lines = [f"tree {root.id.hex()}", f"author {who}", f"committer {who}", ""]
    if parent:
        lines.insert(1, f"parent {parent}")
    return "\n".join([*lines, stamp.message.rstrip("\n"), ""]).encode()
