"""What a build may take from a tree: files by path, folders with all that is in them.

Comes in: the entries of a tree. Goes out: blobs, or `NotTaken` with the reason in words. Only what
lies in the repository can be had, and nothing in folders whose name begins with a dot.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from gitopsd.core.sources import links, paths
from gitopsd.model.snapshot import TreeEntry

FILE_BYTES = 8 * 1024 * 1024
BUILD_BYTES = 64 * 1024 * 1024
BUILD_FILES = 10_000

_MODULE = 0o160000


class NotTaken(Exception):
    """Why a file or a folder cannot be had; the text goes after its name."""


class Contents:
    """The files of one tree; `read` takes a blob id and is asked for links and what is read."""

    def __init__(self, entries: Mapping[str, TreeEntry], read: Callable[[str], bytes]) -> None:
        self.read = read
        self._entries = entries

    def has_folder(self, folder: str) -> bool:
        """Whether there is a folder of this path, with anything in it."""
        return not folder or bool(self._below(folder))

    def has_file(self, path: str) -> bool:
        """Whether there is something of this path that is no folder."""
        return path in self._entries

    def file(self, path: str) -> str:
        """The blob of a file, also of one that is a link into the repository."""
        if wrong := paths.wrong(path):
            raise NotTaken(wrong)
        if paths.is_hidden(path):
            raise NotTaken("lies in a folder whose name begins with a dot, which is not read")
        entry = self._entries.get(path)
        if entry is None:
            raise NotTaken(self._why_not(path))
        if entry.mode == links.LINK:
            entry = self._linked(path)
        if entry.mode == _MODULE:
            raise NotTaken("is a submodule, which is not followed")
        if entry.size > FILE_BYTES:
            raise NotTaken(f"has {entry.size} bytes; a build takes files of {FILE_BYTES} at most")
        return entry.blob

    def folder(self, folder: str) -> Mapping[str, str]:
        """The blobs of all files below a folder, but those in folders that begin with a dot."""
        found = {}
        for path in self._below(folder):
            inner = path[len(folder) + 1 :] if folder else path
            if paths.is_hidden(inner):
                continue
            try:
                found[path] = self.file(path)
            except NotTaken as error:
                raise NotTaken(f"holds {inner}, which {error}") from None
        return found

    def check(self, files: Iterable[str]) -> None:
        """Raises NotTaken where these paths together are too much for one build."""
        taken = [self._entries[path].size for path in files]
        if len(taken) > BUILD_FILES or sum(taken) > BUILD_BYTES:
            words = f"{BUILD_FILES} files and {BUILD_BYTES} bytes at most"
            raise NotTaken(f"takes {len(taken)} files of {sum(taken)} bytes; {words}")

    def _below(self, folder: str) -> list[str]:
        if not folder:
            return self._sorted
        first = bisect_left(self._sorted, f"{folder}/")
        return self._sorted[first : bisect_left(self._sorted, f"{folder}0")]  # "0" follows "/"

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._entries)

    def _linked(self, path: str) -> TreeEntry:
        try:
            target = links.target_of(path, self._entries, self.read)
        except links.BadLink as error:
            raise NotTaken(str(error)) from None
        if target not in self._entries:
            raise NotTaken("is a link to a folder or to nothing; name what it leads to")
        return self._entries[target]

    def _why_not(self, path: str) -> str:
        """Why a path is no file: it is a folder, or a part of it is a link, or it is not there."""
        if self.has_folder(path):
            return "is a folder, where a file is meant"
        above = path
        while above := above.rpartition("/")[0]:
            entry = self._entries.get(above)
            if entry is not None and entry.mode == links.LINK:
                return f"lies behind the link {above}; name the folder that it leads to"
        return "is not in the repository"


def joined(folder: str, path: str) -> str:
    """A path that is written relative to a folder; raises NotTaken where it leaves the tree."""
    if path.startswith("/"):
        raise NotTaken("is an absolute path; right would be one relative to this file")
    steps = folder.split("/") if folder else []
    for step in path.split("/"):
        if step == "..":
            if not steps:
                raise NotTaken("leaves the repository")
            steps.pop()
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)
