"""The clone that somebody stands in: every commit that git itself can name there, no network.

Comes in: a folder. Goes out: Trees of its commits, bytes of their files, and which files of the
working tree git ignores. Nothing is ever written there.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pygit2

from gitopsd.edge.git import history
from gitopsd.edge.git.handle import Handle
from gitopsd.edge.git.listing import Listing, Store, TooDeep, listing
from gitopsd.edge.git.merging import Merge, merged
from gitopsd.edge.git.trees import Malformed
from gitopsd.edge.lane import Lane, Overdue
from gitopsd.model.errors import SourceError
from gitopsd.model.snapshot import Tree
from gitopsd.model.trust import Lineage

T = TypeVar("T")

_READ_S = 120.0


class Clone:
    """The repository whose working tree is this folder or holds it. Methods raise SourceError."""

    def __init__(self, folder: Path) -> None:
        self._folder = os.path.abspath(folder)
        self.url = Path(self._folder).as_uri()
        found = pygit2.discover_repository(self._folder)
        self._handle = Handle(found or self._folder, self.url)
        self._lane = Lane(f"git reads {self._folder}")
        self._listing = Listing()

    async def find(self, revision: str, previous: str = "") -> Tree | None:
        """The commit that git calls so here (a branch, `HEAD~1`, a short id); None for none.

        `previous` is the commit that was acted on before: approvals since then count.
        """
        return await self._run(lambda: self._found(revision, previous))

    async def lacks(self, commit: str, ancestor: str) -> bool:
        """Whether a commit is known not to build on another one; what is cut off is not known."""
        return await self._run(
            lambda: self._handle.twice(
                lambda each: bool(history.anomaly(each, commit, ancestor)) and not each.is_shallow
            )
        )

    async def object(self, id: str) -> bytes:
        """The bytes of a commit or of an annotated tag as git keeps them."""
        return await self._run(lambda: self._handle.commit(id))

    async def lineage(self, tree: Tree) -> Lineage:
        """How a commit relates to its `previous`; SourceError where history is cut off here."""
        return await self._run(lambda: self._handle.twice(lambda each: self._lineage(each, tree)))

    async def merge(self, ours: str, theirs: str) -> Merge | None:
        """What merging a commit into another gives; None where one of them is not here."""
        return await self._run(lambda: merged(self._handle.path, ours, theirs))

    async def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Those paths below the folder that git would never add: ignored, and not in its index."""
        asked = tuple(paths)
        return await self._run(lambda: self._handle.twice(lambda each: self._ignored(each, asked)))

    def read(self, blob: str) -> bytes:
        """The bytes of a file by its blob id; any thread may ask."""
        return self._handle.blob(blob)

    def close(self) -> None:
        """Ends the thread."""
        self._lane.close()
        self._handle.close()

    def _found(self, revision: str, previous: str) -> Tree | None:
        commit = self._handle.twice(lambda each: _named(each, revision))
        if commit is None:
            return None
        handle = self._handle
        try:
            root = handle.twice(lambda each: history.commit_at(each, commit).tree_id.raw)
            self._listing = listing(root, self._listing, Store(handle.tree, handle.size))
        except (TooDeep, Malformed) as error:
            raise SourceError(self.url, f"commit {commit[:12]}: {error}") from None
        entries = self._listing.entries
        told = handle.twice(lambda each: history.told(each, commit, previous, entries))
        return replace(told, url=self.url)

    def _lineage(self, repository: pygit2.Repository, tree: Tree) -> Lineage:
        if tree.previous not in ("", tree.commit) and repository.is_shallow:
            raise SourceError(self.url, history.CUT_OFF)
        return history.lineage(repository, tree.commit, tree.previous)

    def _ignored(self, repository: pygit2.Repository, paths: tuple[str, ...]) -> frozenset[str]:
        above = Path(os.path.relpath(self._folder, os.path.realpath(repository.workdir or "")))
        known = {entry.path for entry in repository.index}
        places = {path: (above / path).as_posix() for path in paths}
        return frozenset(
            path
            for path, place in places.items()
            if place not in known and repository.path_is_ignored(place)
        )

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await self._lane.run(work, _READ_S)
        except Overdue:
            raise SourceError(self.url, f"could not be read within {_READ_S:g} s") from None


def _named(repository: pygit2.Repository, revision: str) -> str | None:
    try:
        return str(repository.revparse_single(revision).peel(pygit2.Commit).id)
    except (KeyError, ValueError, pygit2.InvalidSpecError):
        return None
