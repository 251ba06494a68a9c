"""A repository that is a folder of this machine: read and written in place, nothing is copied.

To look where a branch stands costs microseconds. Objects are read from the folder itself: what a
branch reaches is never collected by git, and what was collected is only missing, never wrong.
A push writes objects first, flushed to disk, then moves the branch if it still stands where it
stood. Hooks of the folder are not run, as nothing of git runs here.
"""

import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pygit2

from gitopsd.edge.git.address import Address
from gitopsd.edge.git.exchange import HEADS, TAGS, Outdated, Push, Tip, missing, not_in_the_way
from gitopsd.edge.git.handle import Handle
from gitopsd.edge.git.history import tag_at
from gitopsd.edge.git.memory import BEFORE_DISK, Memory
from gitopsd.edge.watch import changes
from gitopsd.model.errors import PublishError, SourceError

_FEW = 8


class Local:
    """The repository of a `file` URL."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.handle = Handle(_folder(address.path), address.url)
        self._memory: Memory | None = None

    def tip(self, branch: str) -> Tip:
        """Where a branch or tag stands; SourceError when it is gone or never was."""
        found = self.seek(branch)
        if found is None:
            repository = self._opened()
            refs, head = repository.listall_references(), self._head(repository)
            raise missing(self._address.url, branch, refs, head)
        return found

    def seek(self, branch: str) -> Tip | None:
        """Where a branch or tag stands; None when there is none."""
        repository = self._opened()
        for ref in self._candidates(repository, branch):
            if (found := self._commit(repository, ref)) is not None:
                return Tip(ref, found, tag_at(repository, ref))
        return None

    def commit(self, id: str) -> Tip | None:
        """A commit by its whole id; None when it is not here."""
        repository = self._opened()
        with self.handle.translated():
            return Tip("", id) if isinstance(repository.get(id), pygit2.Commit) else None

    def bring(self, tip: Tip) -> Tip:
        """Objects are there already."""
        return tip

    def deepen(self, commits: Iterable[str]) -> None:
        """History is there already."""

    def blob(self, id: str) -> bytes:
        """The bytes of a file; any thread may ask."""
        return self.handle.blob(id)

    def find(self, ref: str) -> str:
        """The commit of a branch of ours; empty when there is none and it may be made."""
        repository = self._opened()
        found = self._commit(repository, ref)
        if found is None:
            not_in_the_way(ref, repository.listall_references(), self._address.url)
        return found or ""

    def glance(self, ref: str, since: float) -> str | None:
        """The commit of one ref now."""
        return self.find(ref)

    def send(self, push: Push) -> None:
        """Writes the objects and moves the branch; Outdated when it moved meanwhile."""
        repository = self._opened()
        if not repository.is_bare and self._head(repository) == push.ref:
            name = push.ref.removeprefix(HEADS)
            words = f"branch {name} is checked out there; use a bare repository"
            raise PublishError(self._address.url, words, retry=False)
        if (self._commit(repository, push.ref) or "") != push.old:
            raise Outdated
        try:
            self._write(repository, push)
            _move(repository, push)
        except (pygit2.GitError, OSError) as error:
            raise PublishError(self._address.url, " ".join(str(error).split())) from None

    def changes(self) -> AsyncIterator[None]:
        """Yields when a ref changed."""
        top = Path(self.handle.path)
        return changes((top / "refs",), lambda path: not path.endswith(".lock"))

    def close(self) -> None:
        """Lets go of files."""
        self.handle.close()

    def _opened(self) -> pygit2.Repository:
        if not os.path.isdir(self.handle.path):
            self.handle.close()
            raise SourceError(self._address.url, "there is no such folder")
        return self.handle.repository

    def _head(self, repository: pygit2.Repository) -> str:
        with self.handle.translated():
            target = repository.lookup_reference("HEAD").target
        return target if isinstance(target, str) else "HEAD"

    def _candidates(self, repository: pygit2.Repository, branch: str) -> list[str]:
        if not branch:
            return [self._head(repository)]
        return [branch] if branch.startswith("refs/") else [HEADS + branch, TAGS + branch]

    def _commit(self, repository: pygit2.Repository, ref: str) -> str | None:
        with self.handle.translated():
            try:
                found = repository.lookup_reference(ref)
            except KeyError:
                return None
            if found.type == pygit2.enums.ReferenceType.DIRECT and ref.startswith(HEADS):
                return str(found.target)
            return str(found.peel(pygit2.Commit).id)

    def _write(self, repository: pygit2.Repository, push: Push) -> None:
        memory = Memory(push.new_objects)
        if len(memory) <= _FEW:
            for kind, data in memory.all():
                repository.odb.write(kind, data)
            return
        source = pygit2.Repository(self.handle.path)
        source.odb.add_backend(memory, BEFORE_DISK)
        builder = pygit2.PackBuilder(source)
        for id in memory.ids():
            builder.add(pygit2.Oid(raw=id))
        builder.write(os.path.join(source.path, "objects", "pack"))


def _folder(path: str) -> str:
    """The repository that a path means to git: itself, what is in `.git`, or with `.git` added."""
    for candidate in (os.path.join(path, ".git"), path, f"{path.rstrip('/')}.git"):
        if os.path.isdir(os.path.join(candidate, "objects")) or os.path.isfile(candidate):
            return candidate
    return path


def _move(repository: pygit2.Repository, push: Push) -> None:
    """Moves the branch if it stands at `old`; the library checks this under the ref's lock."""
    try:
        if push.old:
            branch = repository.lookup_reference(push.ref)
            if str(branch.target) != push.old:
                raise Outdated
            branch.set_target(pygit2.Oid(hex=push.new), "gitopsd")
        else:
            repository.create_reference_direct(push.ref, pygit2.Oid(hex=push.new), False)
    except (KeyError, pygit2.AlreadyExistsError):
        raise Outdated from None
    except pygit2.GitError as error:
        if "does not match" in str(error) or "lock" in str(error):
            raise Outdated(" ".join(str(error).split())) from None
        raise
