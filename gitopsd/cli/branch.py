"""The status branch as the command line sees it: fetched, and again whenever it moves.

Comes in: a Config. Goes out: the branch's files, of which only those that are asked for are read.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitopsd.model.config import Config
from gitopsd.model.errors import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitopsd.edge.git import Remote

Files = Mapping[str, bytes]
Show = Callable[[Files], None]
LOOK_EVERY_S = 2.0


def files(config: Config, folders: tuple[str, ...]) -> Files:
    """The files at the top of the status branch and in these folders.

    Raises SourceError where the remote cannot be read, or nothing was published there yet.
    """
    with _remote(config) as remote:
        ids = asyncio.run(remote.branch(config.status_branch))
        if not ids:
            raise SourceError(
                remote.url, f"has no branch {config.status_branch}: nothing was published yet"
            )
        return _chosen(remote, ids, folders, {})


def follow(config: Config, folders: tuple[str, ...], show: Show) -> None:
    """Calls `show` with these files now and whenever the branch has moved, until interrupted."""
    with _remote(config) as remote:
        asyncio.run(_follow(remote, config, folders, show))


async def _follow(remote: "Remote", config: Config, folders: tuple[str, ...], show: Show) -> None:
    shown: Mapping[str, str] = {}
    read: dict[str, bytes] = {}
    while True:
        ids = await remote.branch(config.status_branch)
        if ids != shown:
            show(_chosen(remote, ids, folders, read))
            shown = ids
        await asyncio.sleep(LOOK_EVERY_S)


def _chosen(
    remote: "Remote", ids: Mapping[str, str], folders: tuple[str, ...], read: dict[str, bytes]
) -> Files:
    """The wanted files; `read` keeps blobs by id, so that one is read once."""
    found = {}
    for path, blob in ids.items():
        if "/" not in path or path.startswith(folders):
            if blob not in read:
                read[blob] = remote.read(blob)
            found[path] = read[blob]
    return found


@contextmanager
def _remote(config: Config) -> "Iterator[Remote]":
    from gitopsd.edge.git import Access, Remote

    if not config.repo:
        raise UsageError("--worktree", "a folder has no status branch; give --repo")
    access = Access(
        config.git_token_file, config.git_ca_file, config.ssh_key_file, config.known_hosts_file
    )
    remote = Remote(config.repo, config.branch, access=access, cache=config.cache)
    try:
        yield remote
    finally:
        remote.close()
