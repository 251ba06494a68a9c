"""A repository behind a server: looked at by a listing, fetched into a bare clone when it moved.

The library speaks git's first protocol, which lists every ref; so the one hash is compared and
objects are fetched on change only, at first without history. Each fetch leaves a pack and nothing
packs them again: with too many, a clone made anew takes the place of the old one.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pygit2
from pygit2.enums import FetchPrune

from gitopsd.edge.git.access import Access, Callbacks, checked, known_hosts
from gitopsd.edge.git.address import Address
from gitopsd.edge.git.exchange import (
    HEADS,
    Outdated,
    Push,
    Tip,
    is_id,
    missing,
    named,
    not_in_the_way,
)
from gitopsd.edge.git.folders import Folders
from gitopsd.edge.git.handle import Handle
from gitopsd.edge.git.history import tag_at
from gitopsd.edge.git.memory import BEFORE_DISK, Memory
from gitopsd.edge.git.words import in_our_words
from gitopsd.model.errors import GitopsdError, PublishError, SourceError

CONNECT_MS = 15_000
ANSWER_MS = 30_000
EXCHANGE_S = 300.0
PACKS = 50
# Where commits stand that were asked for by their id.
KEPT = "refs/asked/"
# A depth that makes a shallow clone a whole one.
WHOLE_HISTORY = 0x7FFFFFFF

_PEELED = "^{}"
# What a server says when somebody was faster; all else is a refusal.
_MOVED = (
    "fetch first",
    "non-fast-forward",
    "not present locally",
    "failed to update ref",
    "cannot lock ref",
    "already exists",
    "stale info",
    "failed to lock",
)
_process_wide = threading.Lock()


class Network:
    """The repository of an `https`, `http` or `ssh` URL, for one thread and for readers of blobs.

    `purpose` names the clone: one for what is read, one for branches of ours.
    """

    def __init__(self, address: Address, access: Access, cache: Path | None, purpose: str) -> None:
        checked(address, access)
        self._address = address
        self._access = access
        self._place = (cache, purpose)
        self._folders: Folders | None = None
        self._handle: Handle | None = None
        self._former: Handle | None = None
        self._tags: Mapping[str, str] = {}
        self._listed: Mapping[str, str] = {}
        self._listed_at = 0.0

    def tip(self, branch: str) -> Tip:
        """Where a branch or tag stands; SourceError when it is gone or never was."""
        refs, head = self._listing()
        found = self._tip(branch, refs, head)
        if found is None:
            raise missing(self._address.url, branch, refs, head)
        return found

    def seek(self, branch: str) -> Tip | None:
        """Where a branch or tag stands; None when there is none."""
        return self._tip(branch, *self._listing())

    def _tip(self, branch: str, refs: Mapping[str, str], head: str) -> Tip | None:
        found = named(branch, refs, head)
        return replace(found, tag=self._tags.get(found.ref, "")) if found else None

    def commit(self, id: str) -> Tip | None:
        """A commit by its whole id, fetched where it is not here; None when it cannot be had.

        Not every server hands out what is no tip; then all of the default branch is sought.
        """
        handle = self.handle
        if not handle.has(id):
            refs, head = self._listing()
            tips = [ref for ref, commit in refs.items() if commit == id and ref != "HEAD"]
            first = 0 if any(handle.repository.references) else 1
            asked = [*((ref, first) for ref in tips[:1]), (id, first)]
            if head in refs:
                asked.append((head, WHOLE_HISTORY))
            for ref, depth in asked:
                with suppress(SourceError):
                    self._fetch(handle, ref, depth)
                if handle.has(id):
                    break
        return Tip("", id) if handle.has(id) else None

    def deepen(self, commits: Iterable[str]) -> None:
        """Fetches all history of commits that are here, by the branches that stand at them.

        Not every server hands out what is no tip; then that of the default branch has to do.
        """
        if not self.handle.repository.is_shallow:
            return
        refs, head = self._listing()
        at = {commit: ref for ref, commit in refs.items() if ref != "HEAD"}
        for ref in dict.fromkeys(at.get(commit, head) for commit in commits):
            self._fetch(self.handle, ref, WHOLE_HISTORY)

    def find(self, ref: str) -> str:
        """The commit of a branch of ours; empty when there is none and it may be made."""
        refs, _ = self._listing()
        if ref not in refs:
            not_in_the_way(ref, refs, self._address.url)
        return refs.get(ref, "")

    def glance(self, ref: str, since: float) -> str | None:
        """The commit of one ref as listed after a time (monotonic); None when it was not since."""
        return self._listed.get(ref, "") if self._listed_at > since else None

    def bring(self, tip: Tip) -> Tip:
        """Fetches what a tip holds; where it stands by now."""
        folders = self._opened_folders()
        if self._former is not None:
            self._former.close()
            self._former = None
            folders.forget_former()
        handle = self.handle
        if handle.has(tip.commit) and (not tip.tag or handle.has(tip.tag)):
            return tip
        if _packs(handle) > PACKS:
            return self._anew(tip)
        try:
            self._fetch(handle, tip.ref, 0 if any(handle.repository.references) else 1)
        except SourceError:
            if handle.is_sound():
                raise
            return self._anew(tip)
        return self._stands(handle, tip)

    def send(self, push: Push) -> None:
        """Packs the objects onto the wire; Outdated when the branch moved meanwhile."""
        callbacks = self._callbacks(push)
        try:
            with self._exchange():
                source = self._packable(push)
                remote = source.remotes.create_anonymous(self._address.url)
                remote.push([f"{push.new}:{push.ref}"], callbacks=callbacks, proxy=self._proxy)
        except SourceError as error:
            if _is_moved(error.reason):
                raise Outdated(error.reason) from None
            raise PublishError(error.subject, error.reason, retry=error.retry) from None
        for refusal in callbacks.refusals:
            if _is_moved(refusal):
                raise Outdated(refusal)
            words = " ".join(f"refused {push.ref}: {refusal}; {callbacks.said}".split())
            raise PublishError(self._address.url, words.rstrip("; "))

    def blob(self, id: str) -> bytes:
        """The bytes of a file of what was brought last or just before; any thread may ask."""
        for handle in (self._handle, self._former):
            if handle is not None and handle.has(id):
                return handle.blob(id)
        raise SourceError(self._address.url, f"has no file {id[:12]} here")

    @property
    def handle(self) -> Handle:
        """The clone as it is; an empty one at first."""
        if self._handle is None:
            folders = self._opened_folders()
            if folders.current is None:
                pygit2.init_repository(str(folders.new), bare=True)
                folders.finish()
            self._handle = Handle(str(folders.current), self._address.url)
        return self._handle

    async def changes(self) -> AsyncIterator[None]:
        """A server says nothing by itself."""
        await asyncio.Event().wait()
        yield

    def close(self) -> None:
        """Lets go of files and of the cache folder."""
        for handle in (self._handle, self._former):
            if handle is not None:
                handle.close()
        self._handle = self._former = None
        if self._folders is not None:
            self._folders.close()
            self._folders = None

    def _opened_folders(self) -> Folders:
        if self._folders is None:
            cache, purpose = self._place
            self._folders = Folders(cache, self._address.url, purpose)
        return self._folders

    def _listing(self) -> tuple[dict[str, str], str]:
        """Commits by ref, and the ref that HEAD means."""
        began = time.monotonic()
        with self._exchange():
            remote = self.handle.repository.remotes.create_anonymous(self._address.url)
            heads = remote.list_heads(callbacks=self._callbacks(), proxy=self._proxy)
        refs: dict[str, str] = {}
        tags: dict[str, str] = {}
        head = ""
        for each in heads:
            name = each.name or ""
            if name.endswith(_PEELED):
                tags[name.removesuffix(_PEELED)] = refs.get(name.removesuffix(_PEELED), "")
            refs[name.removesuffix(_PEELED)] = str(each.oid)
            if name == "HEAD":
                head = each.symref_target or ""
        self._tags = tags
        self._listed, self._listed_at = refs, began
        return refs, head or _likely(refs)

    def _anew(self, tip: Tip) -> Tip:
        """A clone made anew takes the place of this one, whose files stay for readers a while."""
        folders = self._opened_folders()
        pygit2.init_repository(str(folders.new), bare=True)
        fresh = Handle(str(folders.new), self._address.url)
        self._fetch(fresh, tip.ref, 1)
        fresh.close()
        self._former = self._handle
        self._handle = Handle(str(folders.finish()), self._address.url)
        return self._stands(self._handle, tip)

    def _fetch(self, handle: Handle, ref: str, depth: int) -> None:
        with self._exchange():
            remote = handle.repository.remotes.create_anonymous(self._address.url)
            remote.fetch(
                [f"+{ref}:{KEPT + ref if is_id(ref) else ref}"],
                callbacks=self._callbacks(),
                prune=FetchPrune.NO_PRUNE,
                proxy=self._proxy,
                depth=depth,
            )
        handle.close()

    def _stands(self, handle: Handle, tip: Tip) -> Tip:
        """The tip as it was fetched: the branch may have moved on since it was looked at."""
        with handle.translated():
            found = handle.repository.lookup_reference(tip.ref).peel(pygit2.Commit)
            return Tip(tip.ref, str(found.id), tag_at(handle.repository, tip.ref))

    def _packable(self, push: Push) -> pygit2.Repository:
        """A repository of nothing but the new objects and the commit below them.

        The library compares with the commit below, and looks no further where history is cut off.
        """
        path = self._opened_folders().path / "push.git"
        if not path.is_dir():
            pygit2.init_repository(str(path), bare=True)
        (path / "shallow").write_text("".join(f"{id.hex()}\n" for id in push.below.commits))
        source = pygit2.Repository(str(path))
        source.odb.add_backend(Memory(push.below, push.new_objects), BEFORE_DISK)
        return source

    def _callbacks(self, push: Push | None = None) -> Callbacks:
        return Callbacks(self._address, self._access, time.monotonic() + EXCHANGE_S, push)

    @property
    def _proxy(self) -> Literal[True] | None:
        return True if self._address.scheme in ("http", "https") else None

    @contextmanager
    def _exchange(self) -> Iterator[None]:
        """Sets what the library keeps for the whole process; translates its errors."""
        with _process_wide:
            settings = pygit2.settings
            settings.server_connect_timeout = CONNECT_MS
            settings.server_timeout = ANSWER_MS
            if self._access.ca_file is not None and self._address.scheme == "https":
                settings.set_ssl_cert_locations(str(self._access.ca_file), None)
            if self._address.scheme == "ssh":
                settings.homedir = str(self._home())
        try:
            yield
        except GitopsdError:
            raise
        except (pygit2.GitError, KeyError, ValueError, OSError) as error:
            raise in_our_words(error, self._address.url) from None

    def _home(self) -> Path:
        """A home folder for the library that holds known hosts and nothing else."""
        assert self._access.known_hosts_file is not None
        home = self._opened_folders().path / "home"
        (home / ".ssh").mkdir(parents=True, exist_ok=True)
        (home / ".ssh" / "known_hosts").write_text(known_hosts(self._access.known_hosts_file))
        return home


def _likely(refs: Mapping[str, str]) -> str:
    """The branch that HEAD means for a server that does not say: one at the same commit."""
    same = [ref for ref in refs if ref.startswith(HEADS) and refs[ref] == refs.get("HEAD")]
    usual = [f"{HEADS}main", f"{HEADS}master"]
    return next((ref for ref in (*usual, *sorted(same)) if ref in same), "")


def _packs(handle: Handle) -> int:
    return sum(1 for _ in Path(handle.path, "objects", "pack").glob("*.pack"))


def _is_moved(said: str) -> bool:
    return any(words in said for words in _MOVED)
