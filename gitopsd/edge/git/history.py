"""What lies between the commit that was read before and the one that is read now.

Comes in: a repository and two commits. Goes out: whether the old one is still part of the history,
and what people approved on the way. Where history is cut off (a shallow clone), what cannot be
seen is not claimed: no anomaly, no approval.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

import pygit2

from gitopsd.edge.git.exchange import is_id
from gitopsd.model.errors import SourceError
from gitopsd.model.snapshot import Tree, TreeEntry
from gitopsd.model.trust import Lineage

FORCE_PUSH = "ForcePush"
TAG_MOVED = "TagMoved"
CUT_OFF = "has a history that is cut off, so nobody can follow it"

_FURTHEST = 10_000
_APPROVE = re.compile(r"^Gitopsd-Approve:[ \t]*(\S+)[ \t]*$", re.I | re.M)


@dataclass(frozen=True, slots=True)
class Entry:
    """A commit of a log; `blob` is the id of the file that was asked for, empty for none."""

    commit: str
    message: str
    time: datetime
    blob: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A commit of a log, and by folder at the top the id of the file at one path below it."""

    commit: str
    message: str
    time: datetime
    blobs: Mapping[str, str]


def commit_at(repository: pygit2.Repository, id: str) -> pygit2.Commit:
    """The commit of this id; SourceError when the id names none."""
    found = repository.get(id)
    if not isinstance(found, pygit2.Commit):
        raise SourceError(id[:12], "is no commit of this repository")
    return found


def told(
    repository: pygit2.Repository, commit: str, previous: str, entries: Mapping[str, TreeEntry]
) -> Tree:
    """A commit with these files, and what lies between it and the one before."""
    found = commit_at(repository, commit)
    return Tree(
        url="",
        branch="",
        commit=commit,
        entries=entries,
        previous=previous,
        anomaly=anomaly(repository, commit, previous),
        approved=approved(repository, commit, previous),
        message=message_of(found),
        author=author_of(found),
        time=time_of(found),
    )


def anomaly(repository: pygit2.Repository, commit: str, previous: str) -> str:
    """ForcePush when `previous` is known and no ancestor of `commit`; else empty."""
    if not previous or previous == commit or repository.get(previous) is None:
        return ""
    try:
        return "" if repository.descendant_of(commit, previous) else FORCE_PUSH
    except (pygit2.GitError, KeyError):
        return ""


def tag_at(repository: pygit2.Repository, ref: str) -> str:
    """The id of the annotated tag that a ref holds; empty for a branch or a tag without words."""
    found = repository.lookup_reference(ref).resolve()
    return str(found.target) if isinstance(repository.get(found.target), pygit2.Tag) else ""


def lineage(repository: pygit2.Repository, commit: str, previous: str) -> Lineage:
    """How a commit relates to the one before; the repository must hold its whole history.

    Of a rewritten one that is too long to walk, and of a commit before that is not here, `since`
    is not known.
    """
    if previous in ("", commit):
        return Lineage()
    is_known = repository.get(previous) is not None
    since = _beyond(repository, commit, previous) if is_known else None
    named = {
        id
        for each in ([commit] if since is None else since)
        for id in _APPROVE.findall(_trailers(message_of(commit_at(repository, each))))
        if is_id(id) and repository.get(id) is not None and _holds(repository, commit, id)
    }
    is_rewritten = not is_known or not _holds(repository, commit, previous)
    return Lineage(is_rewritten, since, frozenset(named))


def _holds(repository: pygit2.Repository, commit: str, ancestor: str) -> bool:
    return commit == ancestor or repository.descendant_of(commit, ancestor)


def _beyond(repository: pygit2.Repository, commit: str, previous: str) -> tuple[str, ...] | None:
    """Every commit that one holds beyond another, newest first; None for too many."""
    walk = repository.walk(commit)
    walk.hide(previous)
    found = tuple(str(each.id) for each in islice(walk, _FURTHEST + 1))
    return found if len(found) <= _FURTHEST else None


def approved(repository: pygit2.Repository, commit: str, previous: str) -> frozenset[str]:
    """What trailers `Gitopsd-Approve` name on the commits after `previous`, first parents only.

    Where history was rewritten and is cut off, none: older commits cannot be told from newer ones.
    """
    if repository.is_shallow and anomaly(repository, commit, previous):
        return frozenset()
    return frozenset(
        hash
        for each in _since(repository, commit, previous)
        for hash in _APPROVE.findall(_trailers(message_of(each)))
    )


def message_of(commit: pygit2.Commit) -> str:
    """The message as text, whatever its bytes."""
    return commit.raw_message.decode(errors="replace")


def time_of(commit: pygit2.Commit) -> datetime:
    """When the commit was made, in its own zone; the epoch where git's number is no date."""
    zone = timezone(timedelta(minutes=max(-1439, min(1439, commit.commit_time_offset))))
    try:
        return datetime.fromtimestamp(commit.commit_time, zone)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def author_of(commit: pygit2.Commit) -> str:
    """Name and address as git prints them."""
    author = commit.author
    name = author.raw_name.decode(errors="replace")
    return f"{name} <{author.raw_email.decode(errors='replace')}>"


def entries(repository: pygit2.Repository, commit: str, path: str) -> tuple[Entry, ...]:
    """A commit and those before it by first parents, newest first; at most 10 000."""
    walk = repository.walk(commit)
    walk.simplify_first_parent()
    return tuple(_entry(each, path) for each in islice(walk, _FURTHEST))


def traces(repository: pygit2.Repository, commit: str, below: str) -> tuple[Trace, ...]:
    """A commit and those before it by first parents, newest first; at most 10 000.

    Folders without a file at the path are left out. A folder that stays the same is read once.
    """
    found: dict[pygit2.Oid, str] = {}

    def blob(folder: pygit2.Oid) -> str:
        if folder not in found:
            try:
                found[folder] = str(repository[folder].peel(pygit2.Tree)[below].id)
            except KeyError:
                found[folder] = ""
        return found[folder]

    walk = repository.walk(commit)
    walk.simplify_first_parent()
    return tuple(
        Trace(
            str(each.id),
            message_of(each),
            time_of(each),
            {
                str(entry.name): id
                for entry in each.tree
                if isinstance(entry, pygit2.Tree) and (id := blob(entry.id))
            },
        )
        for each in islice(walk, _FURTHEST)
    )


def ancestor(repository: pygit2.Repository, commit: str, name: str) -> Entry | None:
    """The commit of this name, whole or short, if another one is it or builds on it."""
    try:
        found = repository.revparse_single(name).peel(pygit2.Commit)
    except (KeyError, ValueError, pygit2.GitError, pygit2.InvalidSpecError):
        return None
    return _entry(found, "") if _holds(repository, commit, str(found.id)) else None


def _entry(commit: pygit2.Commit, path: str) -> Entry:
    try:
        blob = str(commit.tree[path].id) if path else ""
    except KeyError:
        blob = ""
    return Entry(str(commit.id), message_of(commit), time_of(commit), blob)


def _since(repository: pygit2.Repository, commit: str, previous: str) -> Iterator[pygit2.Commit]:
    """From `commit` back along first parents to what `previous` holds too.

    Only `commit` itself when there is no previous one, or it is not known any more.
    """
    if commit == previous:
        return
    if not previous or repository.get(previous) is None:
        yield commit_at(repository, commit)
        return
    walk = repository.walk(commit)
    walk.simplify_first_parent()
    walk.hide(previous)
    try:
        yield from islice(walk, _FURTHEST)
    except (pygit2.GitError, KeyError):
        return


def _trailers(message: str) -> str:
    """The last paragraph, where git keeps trailers."""
    return message.rstrip().rpartition("\n\n")[2]
