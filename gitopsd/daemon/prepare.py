"""Tree to Snapshot: what a commit says, read and rendered where it changed.

Comes in: a tree and a way to read its blobs. Goes out: a Snapshot. Parsing is core's work and takes
longer than the event loop may wait, so it runs in a thread; what it asks to be built is built here.
What the commit before left (every file by its blob, every build by its files) makes the next one
cost what it changed. What is rendered is kept in memory alone: it may hold secrets.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from gitopsd.core.load import LoadCache, Means, load
from gitopsd.core.sops import Unseal
from gitopsd.daemon.building import build_all
from gitopsd.edge.lane import Lane
from gitopsd.model.build import Build, Built
from gitopsd.model.snapshot import Loaded, Snapshot, Tree

_LONGEST_S = 3600.0

Read = Callable[[str], bytes]


class Preparation:
    """Reads trees one after the other; `read` gives the bytes of a blob and is asked in a thread,
    `unseal` reads encrypted files.

    The snapshot of a commit that changed nothing that counts has the very same `loaded`.
    """

    def __init__(self, read: Read, unseal: Unseal) -> None:
        self._read = read
        self._unseal = unseal
        self._cache = LoadCache()
        self._lane = Lane("prepare")

    async def snapshot(self, tree: Tree) -> Snapshot:
        """What this commit says. Files that cannot be read are Problems; they hold what was."""
        loop = asyncio.get_running_loop()
        work = partial(self._loaded, tree, loop)
        return Snapshot(tree, await self._lane.run(work, _LONGEST_S))

    def close(self) -> None:
        """Ends the thread."""
        self._lane.close()

    def _loaded(self, tree: Tree, loop: asyncio.AbstractEventLoop) -> Loaded:
        def build(builds: Sequence[Build]) -> Sequence[Built]:
            return asyncio.run_coroutine_threadsafe(build_all(builds, self._read), loop).result()

        means = Means(self._unseal, build)
        loaded, self._cache = load(tree, self._read, self._cache, means)
        return loaded
