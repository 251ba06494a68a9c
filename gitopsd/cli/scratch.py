"""A throw-away bare repository: what a person's pushes would be, without a work tree."""

from collections.abc import Mapping
from pathlib import Path

import pygit2


class Scratch:
    """A bare repository in a folder of its own, with one branch that one pushes to."""

    def __init__(self, folder: Path, branch: str = "main") -> None:
        self.folder = folder
        self.branch = branch
        self._repository = pygit2.init_repository(str(folder), bare=True, initial_head=branch)

    @property
    def url(self) -> str:
        return self.folder.as_uri()

    def push(self, files: Mapping[str, bytes], message: str) -> str:
        """Commits these files on top of what is there and returns the commit's id."""
        index = pygit2.Index()
        ref = f"refs/heads/{self.branch}"
        tip = self._repository.references.get(ref)
        if tip is not None:
            index.read_tree(self._repository[tip.target].tree)
        for path, data in files.items():
            blob = self._repository.create_blob(data)
            index.add(pygit2.IndexEntry(path, blob, pygit2.enums.FileMode.BLOB))
        author = pygit2.Signature("You", "you@example.com")
        tree = index.write_tree(self._repository)
        parents = [tip.target] if tip is not None else []
        return str(self._repository.create_commit(ref, author, author, message, tree, parents))

    def read(self, path: str) -> bytes:
        """One file of the newest commit."""
        return self.files(self.branch)[path]

    def files(self, branch: str) -> Mapping[str, bytes]:
        """All files of a branch by path; none while it is not there."""
        tip = self._repository.references.get(f"refs/heads/{branch}")
        if tip is None:
            return {}
        found: dict[str, bytes] = {}
        pending = [("", self._repository[tip.target].tree)]
        while pending:
            above, tree = pending.pop()
            for entry in tree:
                path = f"{above}{entry.name}"
                if isinstance(entry, pygit2.Tree):
                    pending.append((f"{path}/", entry))
                elif isinstance(entry, pygit2.Blob):
                    found[path] = entry.data
        return dict(sorted(found.items()))
