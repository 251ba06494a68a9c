"""The repository as the daemon sees it: where a branch stands, what a commit holds, a push.

Comes in: a URL, credentials, a cache folder. Goes out: Trees, bytes of blobs, commits of ours.
All of git happens in two threads of the remote's own (one reads the desired state, one reads and
writes our branches, so that a long push delays no poll); the event loop never waits for it.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import pygit2

from gitopsd.edge import clock
from gitopsd.edge.git import history
from gitopsd.edge.git.access import Access
from gitopsd.edge.git.address import Address, address, wrong_ref
from gitopsd.edge.git.branch import (
    Branch,
    Content,
    Restoration,
    Stamp,
    edited,
    replaced,
    restored,
    standing,
)
from gitopsd.edge.git.exchange import HEADS, Outdated, Push, Tip, is_id, unknown
from gitopsd.edge.git.history import Entry, Trace
from gitopsd.edge.git.listing import Listing, Store, TooDeep, listing
from gitopsd.edge.git.local import Local
from gitopsd.edge.git.merging import Merge, merged
from gitopsd.edge.git.network import Network
from gitopsd.edge.git.trees import Malformed
from gitopsd.edge.lane import Lane, Overdue
from gitopsd.model.errors import PublishError, SourceError, UsageError
from gitopsd.model.snapshot import Tree
from gitopsd.model.trust import Lineage

T = TypeVar("T")
Edit = Callable[[Branch, Content, Stamp], tuple[Branch, Push | None]]

_LOOK_S = 60.0
_FETCH_S = 600.0
_ATTEMPTS = 6


class Remote:
    """One repository. `branch` empty means where the remote's HEAD points.

    Nothing is touched before the first call. Methods raise SourceError or PublishError.
    """

    def __init__(
        self, url: str, branch: str = "", *, access: Access | None = None, cache: Path | None = None
    ) -> None:
        self.address = address(url)
        if branch and (wrong := wrong_ref(branch)):
            raise UsageError("--branch", wrong)
        self._branch = branch
        self._reader = _repository(self.address, access or Access(), cache, "source")
        self._writer = _repository(self.address, access or Access(), cache, "own")
        self._reading = Lane(f"git reads {self.address.url}")
        self._writing = Lane(f"git writes {self.address.url}")
        self._tip: Tip | None = None
        self._listing = Listing()
        self._branches: dict[str, tuple[Branch, float]] = {}

    @property
    def url(self) -> str:
        """The URL, which never holds a password."""
        return self.address.url

    async def poll(self) -> str:
        """The commit at which the branch stands now."""
        tip = await self._read(lambda: self._reader.tip(self._branch), _LOOK_S)
        self._tip = tip
        return tip.commit

    async def tree(self, previous: str = "") -> Tree:
        """What the branch held at the last poll. `previous` is the commit that was read before."""
        if self._tip is None:
            await self.poll()
        tip = self._tip
        assert tip is not None
        return await self._read(lambda: self._tree(tip, previous), _FETCH_S)

    async def at(self, name: str = "", previous: str = "") -> Tree:
        """What a branch, a tag or a commit (by its whole id) holds now; no name: the one followed.

        `previous` as for `tree`. What is asked here is not what `tree` gives next.
        """
        if name and (wrong := wrong_ref(name)):
            raise SourceError(self.url, f"cannot be asked for {name!r}: {wrong}", retry=False)
        return await self._read(lambda: self._tree(self._sought(name), previous), _FETCH_S)

    async def merge(self, ours: str, theirs: str) -> Merge | None:
        """What merging a commit into another gives; None where one of them cannot be had."""
        return await self._read(lambda: self._merged(ours, theirs), _FETCH_S)

    async def object(self, id: str) -> bytes:
        """The bytes of a commit or of an annotated tag as git keeps them."""
        return await self._read(lambda: self._reader.handle.commit(id), _FETCH_S)

    async def lineage(self, tree: Tree) -> Lineage:
        """How what is followed relates to its `previous`; fetches the history that is cut off."""
        return await self._read(lambda: self._lineage(tree), _FETCH_S)

    def read(self, blob: str) -> bytes:
        """The bytes of a file by its blob id; any thread may ask."""
        try:
            return self._reader.blob(blob)
        except SourceError:
            return self._writer.blob(blob)

    async def branch(self, name: str) -> Mapping[str, str]:
        """Files of one branch as it stands now, blob id by path; none for no such branch."""
        found = await self._write(lambda: self._standing(name), _FETCH_S)
        return {path: id.hex() for path, id in found.ids.items()}

    async def push(self, name: str, content: Content, message: str, now: datetime) -> str:
        """Makes a branch hold this content and nothing else; the commit it stands at then.

        None leaves what the branch has at a path. A commit is made only when something changed, on
        top of what is there; a push that somebody was faster than is built anew.
        """
        return await self._push(name, replaced, content, Stamp(message, now))

    async def edit(self, name: str, changes: Content, message: str, now: datetime) -> str:
        """Changes these files of a branch and no other (None removes); the commit it is at then."""
        return await self._push(name, edited, changes, Stamp(message, now))

    async def log(self, name: str, path: str) -> tuple[Entry, ...]:
        """The commits of a branch by first parents, newest first, each with one of its files.

        None for no such branch.
        """
        return await self._read(lambda: self._log(name, path), _FETCH_S)

    async def traces(self, name: str, below: str) -> tuple[Trace, ...]:
        """The same with what stands at one path below each of the branch's folders."""
        return await self._read(lambda: self._traces(name, below), _FETCH_S)

    async def ancestor(self, name: str) -> Entry:
        """The commit that is called so (in short too), if what is followed builds on it.

        Raises SourceError for any other.
        """
        return await self._read(lambda: self._ancestor(name), _FETCH_S)

    async def restore(self, asked: Restoration) -> str:
        """Makes what is followed hold what a commit held, by a new commit; the one it is at then.

        Raises PublishError for a tag, and where it does not stand where it was asked to.
        """
        tip = await self._read(lambda: self._reader.tip(self._branch), _LOOK_S)
        if tip.is_tag:
            raise PublishError(self.url, f"{tip.name} is a tag, which nothing can be added to")
        if asked.to and (wrong := wrong_ref(asked.to)):
            raise UsageError("--to-branch", wrong)

        def edit(branch: Branch, content: Content, stamp: Stamp) -> tuple[Branch, Push | None]:
            if asked.on and branch.commit != asked.on:
                words = f"{tip.name} moved on from {asked.on[:12]} to {branch.commit[:12]}"
                raise PublishError(self.url, words, retry=False)
            root = self._reader.handle.folder(asked.commit)
            read = self._reader.handle.blob
            after, push = restored(branch, root, (lambda id: read(id.hex()), stamp))
            if push is None or not asked.to:
                return after, push
            if self._writer.find(HEADS + asked.to):
                raise PublishError(self.url, f"branch {asked.to} is there already", retry=False)
            return replace(after, ref=HEADS + asked.to), replace(push, ref=HEADS + asked.to, old="")

        return await self._push(tip.name, edit, {}, Stamp(asked.message, asked.time))

    def changes(self) -> AsyncIterator[None]:
        """Yields when refs changed in a repository of this machine; of a server, nothing is heard.

        A change that is not heard is found by the next poll.
        """
        return self._reader.changes()

    def close(self) -> None:
        """Ends the threads after what they do now."""
        self._reading.close()
        self._writing.close()
        self._reader.close()
        self._writer.close()

    async def _push(self, name: str, edit: Edit, content: Content, stamp: Stamp) -> str:
        if wrong := wrong_ref(name):
            raise PublishError(self.url, f"branch {wrong}", retry=False)
        try:
            return await self._write(lambda: self._pushed(name, edit, content, stamp), _FETCH_S)
        except SourceError as error:
            raise PublishError(error.subject, error.reason, retry=error.retry) from None

    def _pushed(self, name: str, edit: Edit, content: Content, stamp: Stamp) -> str:
        why = ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(clock.jitter(0.05 * 2**attempt, 0.5))
            branch = self._remembered(name) or self._standing(name)
            after, push = edit(branch, content, stamp)
            try:
                if push is not None:
                    self._writer.send(push)
            except Outdated as error:
                why = str(error)
                continue
            self._branches[after.ref.removeprefix(HEADS)] = (after, time.monotonic())
            return after.commit
        words = f"branch {name} moved each time it was about to be pushed; {why}"
        raise PublishError(self.url, words.rstrip("; "))

    def _remembered(self, name: str) -> Branch | None:
        """A branch as we left it; None when it stands elsewhere, or may."""
        branch, since = self._branches.pop(name, (None, 0.0))
        if branch is None:
            return None
        seen = self._reader.glance(branch.ref, since)
        return branch if seen in (None, branch.commit) else None

    def _standing(self, name: str) -> Branch:
        ref = HEADS + name
        commit = self._writer.find(ref)
        if not commit:
            return Branch(ref)
        commit = self._writer.bring(Tip(ref, commit)).commit
        handle = self._writer.handle
        found = standing(ref, handle.commit(commit), handle.folder(commit))
        self._branches[name] = (found, time.monotonic())
        return found

    def _sought(self, name: str) -> Tip:
        if not name:
            return self._reader.tip(self._branch)
        found = self._reader.commit(name) if is_id(name) else self._reader.seek(name)
        if found is None:
            raise SourceError(self.url, unknown(name), retry=False)
        return found

    def _log(self, name: str, path: str) -> tuple[Entry, ...]:
        if not (commit := self._whole(name)):
            return ()
        return self._reader.handle.twice(lambda each: history.entries(each, commit, path))

    def _traces(self, name: str, below: str) -> tuple[Trace, ...]:
        if not (commit := self._whole(name)):
            return ()
        return self._reader.handle.twice(lambda each: history.traces(each, commit, below))

    def _whole(self, name: str) -> str:
        """The commit of a branch, of which all history is here; empty for no such branch."""
        tip = self._reader.seek(HEADS + name)
        if tip is None:
            return ""
        commit = self._reader.bring(tip).commit
        self._reader.deepen((commit,))
        return commit

    def _ancestor(self, name: str) -> Entry:
        tip = self._reader.bring(self._reader.tip(self._branch))
        self._reader.deepen((tip.commit,))
        found = self._reader.handle.twice(lambda each: history.ancestor(each, tip.commit, name))
        if found is None:
            words = f"{name!r} is no commit that {tip.name} builds on"
            raise SourceError(self.url, words, retry=False)
        return found

    def _merged(self, ours: str, theirs: str) -> Merge | None:
        for commit in (ours, theirs):
            if self._reader.commit(commit) is None:
                return None
        self._reader.deepen((ours, theirs))
        return merged(self._reader.handle.path, ours, theirs)

    def _tree(self, tip: Tip, previous: str) -> Tree:
        tip = self._reader.bring(tip)
        handle = self._reader.handle
        try:
            root = handle.twice(lambda each: history.commit_at(each, tip.commit).tree_id.raw)
            found = listing(root, self._listing, Store(handle.tree, handle.size))
        except (TooDeep, Malformed) as error:
            raise SourceError(self.url, f"commit {tip.commit[:12]}: {error}") from None
        self._listing = found
        return handle.twice(lambda each: self._told(each, tip, previous))

    def _told(self, repository: pygit2.Repository, tip: Tip, previous: str) -> Tree:
        told = history.told(repository, tip.commit, previous, self._listing.entries)
        has_moved = tip.is_tag and previous not in ("", tip.commit)
        anomaly = history.TAG_MOVED if has_moved else told.anomaly
        return replace(told, url=self.url, branch=tip.name, anomaly=anomaly, tag=tip.tag)

    def _lineage(self, tree: Tree) -> Lineage:
        if tree.previous in ("", tree.commit):
            return Lineage()
        self._reader.deepen((tree.commit,))
        if self._reader.handle.twice(lambda each: each.is_shallow):
            raise SourceError(self.url, history.CUT_OFF)
        self._reader.commit(tree.previous)
        return self._reader.handle.twice(
            lambda each: history.lineage(each, tree.commit, tree.previous)
        )

    async def _read(self, work: Callable[[], T], within_s: float) -> T:
        return await self._run(self._reading, work, within_s)

    async def _write(self, work: Callable[[], T], within_s: float) -> T:
        return await self._run(self._writing, work, within_s)

    async def _run(self, lane: Lane, work: Callable[[], T], within_s: float) -> T:
        try:
            return await lane.run(work, within_s)
        except Overdue:
            words = f"did not answer within {within_s:g} s"
            raise SourceError(self.url, words) from None


def _repository(
    address: Address, access: Access, cache: Path | None, purpose: str
) -> Local | Network:
    if address.is_local:
        return Local(address)
    return Network(address, access, cache, purpose)
