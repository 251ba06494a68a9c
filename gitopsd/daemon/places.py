"""WHERE COMMITS ARE READ for a plan: the working tree one stands in, its clone, the remote.

Comes in: these three, each of which may be missing. Goes out: trees by name, bytes by blob, and
what the status branch remembers. What is asked for is sought in the clone first, so that `HEAD` and
`origin/main` mean what they mean to git, and a plan needs as little network as can be.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from gitopsd.core.sops import Unseal
from gitopsd.core.summary import paths, read_memory
from gitopsd.edge.files import WorkTree
from gitopsd.edge.git import Clone, Remote
from gitopsd.model.errors import SourceError, UsageError
from gitopsd.model.memory import Memory
from gitopsd.model.snapshot import Tree, TreeEntry
from gitopsd.model.trust import Lineage

T = TypeVar("T")

WORKING_TREE = "the working tree"
_REMOTE = "origin/"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """A tree and how a person calls it.

    `is_merged` says that it is what a merge would make of it; with `conflicts` that is nothing.
    `is_part`: the base has all of it already.
    """

    tree: Tree
    words: str
    is_merged: bool = False
    is_part: bool = False
    conflicts: tuple[str, ...] = ()


class Places:
    """What can be planned; `unseal` reads encrypted files.

    Methods raise SourceError for what cannot be had.
    """

    def __init__(
        self, folder: WorkTree | None, clone: Clone | None, remote: Remote | None, unseal: Unseal
    ) -> None:
        self.unseal = unseal
        self._folder = folder
        self._clone = clone
        self._remote = remote
        self._readers = [each for each in (folder, clone, remote) if each is not None]
        self._made: dict[str, bytes] = {}

    @property
    def urls(self) -> tuple[str, str]:
        """Where a daemon that follows this reads: the repository, and the working tree, if any."""
        folder = self._folder.url if self._folder else ""
        return (self._remote.url, folder) if self._remote else (folder, "")

    @property
    def is_local(self) -> bool:
        """Whether there is a working tree, so that a plan is possible without the remote."""
        return self._folder is not None

    def read(self, blob: str) -> bytes:
        """The bytes of a file by its blob id; any thread may ask."""
        if blob in self._made:
            return self._made[blob]
        for reader in self._readers[:-1]:
            with suppress(SourceError):
                return reader.read(blob)
        return self._readers[-1].read(blob)

    def close(self) -> None:
        """Ends the threads."""
        for reader in self._readers:
            reader.close()

    async def memory(self, branch: str) -> tuple[Memory | None, str]:
        """What the status branch remembers, and what is to be said of that; None where there is
        none, or no remote.

        Where the remote does not let us read, what git fetched into the clone counts, as in
        pipelines, whose logins are git's own. Raises SourceError where it cannot be read.
        """
        if self._remote is None:
            return None, ""
        try:
            return _remembered(await self._remote.branch(branch), self._remote.read), ""
        except SourceError as error:
            fetched = await self._local(f"{_REMOTE}{branch}", "")
            if fetched is None or self._clone is None:
                raise
            ids = {path: each.blob for path, each in fetched.entries.items()}
            words = f"branch {branch} is as it was fetched last ({fetched.commit[:12]}): {error}"
            return _remembered(ids, self._clone.read), words

    async def head(self, landed: str) -> Place:
        """What is planned when nobody says what: the working tree, else the branch.

        `landed` is the commit that was acted on last.
        """
        if self._folder is None:
            return await self._followed(landed)
        tree = await self._folder.tree()
        if self._clone is not None:
            ignored = await self._clone.ignored(tree.entries)
            commit = await self._clone.find("HEAD", landed)
            tree = replace(
                tree,
                entries=_without(tree.entries, ignored),
                approved=commit.approved if commit else frozenset(),
            )
        return Place(tree, WORKING_TREE)

    async def named(self, name: str, landed: str) -> Place:
        """What a name means: a revision of the clone, else a branch, tag or id of the remote."""
        tree = await self._local(name, landed)
        if tree is None:
            if self._remote is None:
                raise SourceError(self.urls[0], f"has no commit {name!r}", retry=False)
            tree = await self._remote.at(name.removeprefix(_REMOTE), landed)
        words = tree.commit[:12]
        if not tree.commit.startswith(name):
            words = f"{name} ({words})"
        return Place(replace(tree, anomaly=""), words)

    async def committed(self, name: str, previous: str) -> Tree | None:
        """The commit of this name; without one, that on which the working tree stands, else the
        branch. None for a folder that is no clone.
        """
        if name:
            return (await self.named(name, previous)).tree
        if self._clone is not None:
            return await self._clone.find("HEAD", previous)
        return (await self._followed(previous)).tree if self._remote is not None else None

    async def object(self, id: str) -> bytes:
        """The bytes of a commit as git keeps them."""
        return await self._first(lambda each: each.object(id))

    async def lineage(self, tree: Tree) -> Lineage:
        """How a commit relates to its `previous`."""
        return await self._first(lambda each: each.lineage(tree))

    async def at(self, name: str = "", previous: str = "") -> Tree:
        """What a commit holds."""
        return (await self.named(name, previous)).tree

    async def merged(self, base: Place, head: Place) -> Place:
        """The head as it would be once it is merged into the base; nothing is written for that."""
        found = None
        ours, theirs = base.tree.commit, head.tree.commit
        for reader in (self._clone, self._remote):
            if reader is not None and found is None:
                found = await reader.merge(ours, theirs)
        if found is None:
            raise SourceError(
                self.urls[0], f"{base.words} and {head.words} are not both there; fetch them first"
            )
        self._made.update(found.blobs)
        return replace(
            head,
            tree=replace(head.tree, entries=found.entries),
            is_merged=True,
            is_part=ours != theirs and found.entries == base.tree.entries,
            conflicts=found.conflicts,
        )

    async def perhaps(self, commit: str) -> Tree | None:
        """A commit by its id; None where it cannot be had."""
        try:
            return (await self.named(commit, "")).tree
        except SourceError as error:
            _log.debug("commit=%s read=false reason=%r", commit, error.reason)
            return None

    async def lacks(self, place: Place, commit: str) -> bool:
        """Whether something is known not to build on a commit; only a clone can say."""
        if self._clone is None or not commit:
            return False
        try:
            revision = "HEAD" if place.words == WORKING_TREE else place.tree.commit
            tree = await self._clone.find(revision)
            return tree is not None and await self._clone.lacks(tree.commit, commit)
        except SourceError:
            return False

    async def _first(self, ask: Callable[[Clone | Remote], Awaitable[T]]) -> T:
        """What the clone says, else the remote."""
        if self._clone is not None and self._remote is not None:
            with suppress(SourceError):
                return await ask(self._clone)
        reader = self._remote or self._clone
        if reader is None:
            raise SourceError(self.urls[0], "is no repository", retry=False)
        return await ask(reader)

    async def _followed(self, landed: str) -> Place:
        if self._remote is None:
            raise UsageError("--repo", "is not given, and neither is a working tree")
        tree = await self._remote.at("", landed)
        return Place(tree, f"{tree.branch} ({tree.commit[:12]})")

    async def _local(self, name: str, landed: str) -> Tree | None:
        if self._clone is None:
            return None
        try:
            return await self._clone.find(name, landed)
        except SourceError:
            if self._remote is None:
                raise
            return None


def _remembered(ids: Mapping[str, str], read: Callable[[str], bytes]) -> Memory | None:
    needed = {path: blob for path, blob in ids.items() if path.startswith(paths.REMEMBERED)}
    return read_memory({path: read(blob) for path, blob in needed.items()}) if ids else None


def _without(entries: Mapping[str, TreeEntry], paths: frozenset[str]) -> Mapping[str, TreeEntry]:
    return {path: entry for path, entry in entries.items() if path not in paths}
