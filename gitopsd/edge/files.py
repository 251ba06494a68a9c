"""A folder of this machine as a source: read as it is on disk, and watched.

Comes in: a folder. Goes out: Trees with the ids that git would give, bytes by these ids, and a word
when something changed. Folders whose name begins with a dot are left out, `.git` among them; links
are entries like in git and never followed. A file that did not change is not read again.
"""

import asyncio
import os
import stat
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gitopsd.edge.git.trees import FILE, Change, File, Folder, changed, id_of
from gitopsd.edge.lane import Lane, Overdue
from gitopsd.edge.watch import changes
from gitopsd.model.errors import SourceError
from gitopsd.model.snapshot import Tree, TreeEntry

_PROGRAM = 0o100755
_LINK = 0o120000
_UNREADABLE = "0" * 40
_LARGE = 8 * 1024 * 1024
# A file written this short a time ago may be written again without a newer time stamp.
_FRESH_NS = 50_000_000
_SCAN_S = 120.0
_GONE_S = 0.15
_GIT_AT_WORK = os.path.join(".git", "index.lock")


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was read: `stamp` tells whether it is still the same."""

    stamp: tuple[int, ...]
    entry: TreeEntry
    is_settled: bool


class WorkTree:
    """A working tree: its commit is the id of the tree that git would make of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = os.path.abspath(folder)
        self.url = Path(self._folder).as_uri()
        self._lane = Lane(f"files of {self._folder}")
        self._seen: Mapping[str, _Seen] = {}
        self._entries: Mapping[str, TreeEntry] = {}
        self._paths: Mapping[str, str] = {}
        self._commit = ""

    async def poll(self) -> str:
        """The id of what stands in the folder now.

        Programs save a file by removing it first: what is gone must stay gone for a moment.
        """
        found = await self._scanned()
        if self._seen.keys() - found.keys():
            await asyncio.sleep(_GONE_S)
            found = await self._scanned()
        if found != self._seen or not self._commit:
            entries = {path: seen.entry for path, seen in found.items()}
            self._seen = found
            self._entries = entries
            self._paths = {entry.blob: path for path, entry in entries.items()}
            self._commit = await self._lane.run(lambda: _commit(entries), _SCAN_S)
        return self._commit

    async def tree(self, previous: str = "") -> Tree:
        """What stood in the folder at the last poll."""
        if not self._commit:
            await self.poll()
        return Tree(self.url, "", self._commit, self._entries, previous)

    def read(self, blob: str) -> bytes:
        """The bytes of a file by its id; SourceError when the file is another one by now."""
        path = self._paths.get(blob, "")
        if blob == _UNREADABLE or not path:
            raise SourceError(self.url, "cannot be read; check its permissions")
        try:
            data = _bytes(os.path.join(self._folder, path))
        except OSError as error:
            raise SourceError(self.url, f"{path}: {error.strerror}") from None
        if id_of(b"blob", data).hex() != blob:
            raise SourceError(self.url, f"{path} changed while it was read")
        return data

    def changes(self) -> AsyncIterator[None]:
        """Yields whenever something outside dot-folders changed."""
        return changes((Path(self._folder),), self._counts)

    def close(self) -> None:
        """Ends the thread."""
        self._lane.close()

    def _counts(self, path: str) -> bool:
        steps = os.path.relpath(path, self._folder).split(os.sep)
        return not any(step.startswith(".") for step in steps[:-1]) and steps[-1] != ".git"

    async def _scanned(self) -> Mapping[str, _Seen]:
        try:
            return await self._lane.run(self._scan, _SCAN_S)
        except Overdue:
            raise SourceError(self.url, f"could not be read within {_SCAN_S:g} s") from None

    def _scan(self) -> Mapping[str, _Seen]:
        if os.path.exists(os.path.join(self._folder, _GIT_AT_WORK)):
            words = f"git is changing files there ({_GIT_AT_WORK}); what was read before stays"
            raise SourceError(self.url, words)
        for is_last in (False, False, True):
            try:
                return self._found()
            except OSError as error:
                if is_last or not isinstance(error, FileNotFoundError):
                    where = os.path.relpath(error.filename or self._folder, self._folder)
                    raise SourceError(self.url, f"{where}: {error.strerror}") from None
        return {}

    def _found(self) -> Mapping[str, _Seen]:
        now = time.time_ns()
        places = sorted(_walk(self._folder), key=_path)
        return {path: self._look(path, place, now) for path, place in places}

    def _look(self, path: str, place: os.DirEntry[str], now: int) -> _Seen:
        found = place.stat(follow_symlinks=False)
        stamp = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode)
        known = self._seen.get(path)
        if known is not None and known.is_settled and known.stamp == stamp:
            return known
        entry = TreeEntry(_mode(found.st_mode), _blob(place.path, found), found.st_size)
        if known is not None and known.entry == entry:
            entry = known.entry
        return _Seen(stamp, entry, now - found.st_mtime_ns > _FRESH_NS)


def _walk(folder: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Path and entry of every file and link outside dot-folders."""
    pending = [("", folder)]
    while pending:
        above, place = pending.pop()
        with os.scandir(place) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith("."):
                        pending.append((f"{above}{_text(entry.name)}/", entry.path))
                elif entry.is_file(follow_symlinks=False) or entry.is_symlink():
                    yield above + _text(entry.name), entry


def _path(item: tuple[str, os.DirEntry[str]]) -> str:
    return item[0]


def _text(name: str) -> str:
    return os.fsencode(name).decode(errors="backslashreplace")


def _blob(path: str, found: os.stat_result) -> str:
    """The id of a file; of one too large for a manifest it only says that it changed."""
    if found.st_size > _LARGE:
        return id_of(b"blob", f"{path} {found.st_size} {found.st_mtime_ns}".encode()).hex()
    try:
        return id_of(b"blob", _bytes(path)).hex()
    except FileNotFoundError:
        raise
    except OSError:
        return _UNREADABLE


def _bytes(path: str) -> bytes:
    """The bytes of a file; of a link, where it leads."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        if os.path.islink(path):
            return os.fsencode(os.readlink(path))
        raise
    with open(handle, "rb") as file:
        return file.read()


def _mode(mode: int) -> int:
    if stat.S_ISLNK(mode):
        return _LINK
    return _PROGRAM if mode & stat.S_IXUSR else FILE


def _commit(entries: Mapping[str, TreeEntry]) -> str:
    """An id of all this: git's for a tree of these files."""
    found: dict[str, Change] = {
        path: File(entry.mode, bytes.fromhex(entry.blob)) for path, entry in entries.items()
    }
    return changed(Folder(), found).id.hex()
