"""One open repository for one thread: objects by id, opened anew when the disk changed below it.

A repository that somebody collects garbage in loses files that are open here; what git still has is
found again after opening it once more.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TypeVar

import pygit2
from pygit2.enums import ObjectType, RepositoryOpenFlag

from gitopsd.edge.git.trees import Folder, folder, id_of
from gitopsd.edge.git.words import in_our_words
from gitopsd.model.errors import SourceError

T = TypeVar("T")

_EMPTY = id_of(b"tree", b"")


class Handle:
    """A repository at a path. `subject` names it in errors."""

    def __init__(self, path: str, subject: str) -> None:
        self.path = path
        self._subject = subject
        self._repository: pygit2.Repository | None = None
        self._lock = Lock()

    @property
    def repository(self) -> pygit2.Repository:
        """The repository, opened when it was not; SourceError when it cannot be."""
        if self._repository is None:
            with self.translated():
                self._repository = pygit2.Repository(self.path, RepositoryOpenFlag.NO_SEARCH)
        return self._repository

    def close(self) -> None:
        """Lets go of files; the next use opens them again."""
        with self._lock:
            if self._repository is not None:
                self._repository.free()
            self._repository = None

    def has(self, id: str) -> bool:
        """Whether an object is here."""
        with self._lock, self.translated():
            return pygit2.Oid(hex=id) in self.repository.odb

    def is_sound(self) -> bool:
        """Whether all that refs name can be read."""
        try:
            with self._lock, self.translated():
                refs = self.repository.references
                return all(refs[name].peel(pygit2.Commit).tree is not None for name in refs)
        except SourceError:
            return False

    def blob(self, id: str) -> bytes:
        """The bytes of a file; any thread may ask."""
        kind, data = self.twice(lambda each: each.odb.read(pygit2.Oid(hex=id)))
        if kind != ObjectType.BLOB:
            raise SourceError(self._subject, f"{id[:12]} is no file")
        return bytes(data)

    def tree(self, id: bytes) -> bytes:
        """The bytes of a tree object; git knows the empty one without storing it."""
        if id == _EMPTY:
            return b""
        return bytes(self.twice(lambda each: each.odb.read(pygit2.Oid(raw=id)))[1])

    def size(self, id: bytes) -> int:
        """The size of a file in bytes."""
        return int(self.twice(lambda each: each.odb.read_header(pygit2.Oid(raw=id)))[1])

    def commit(self, id: str) -> bytes:
        """The bytes of a commit, or of an annotated tag."""
        return bytes(self.twice(lambda each: each.odb.read(pygit2.Oid(hex=id)))[1])

    def folder(self, commit: str) -> Folder:
        """All folders of a commit."""
        tree = self.twice(lambda each: each[commit].peel(pygit2.Tree).id.raw)
        return folder(tree, self.tree)

    def twice(self, ask: Callable[[pygit2.Repository], T]) -> T:
        """The answer of the repository; asked again once after opening it anew."""
        try:
            with self._lock:
                return ask(self.repository)
        except (pygit2.GitError, KeyError, ValueError):
            self.close()
        with self._lock, self.translated():
            return ask(self.repository)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Errors of git's library become ours."""
        try:
            yield
        except KeyError as error:
            raise SourceError(self._subject, f"has no object {str(error)[:60]}") from None
        except (pygit2.GitError, ValueError, OSError) as error:
            raise in_our_words(error, self._subject) from None
