"""Tree to Snapshot: what a commit says, read and rendered where it changed.

Comes in: a tree and a way to read its blobs. Goes out: a Snapshot. Parsing is core's work and takes
longer than the event loop may wait, so it runs in a thread; what it asks to be built is built
beside, and whoever cannot wait for it has the rest. What the commit before left (every file by its
blob, every build by its files) makes the next one cost what it changed. What is rendered is kept in
memory alone: it may hold secrets.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from gitopsd.core.load import LoadCache, Means, ParsedFile, filled, in_clear, load
from gitopsd.core.sops import Unseal
from gitopsd.daemon.building import Building
from gitopsd.edge.lane import Lane
from gitopsd.model.build import Build, Built
from gitopsd.model.snapshot import Loaded, Snapshot, Tree

_LONGEST_S = 3600.0

Read = Callable[[str], bytes]


class Preparation:
    """Reads trees one after the other; `read` gives the bytes of a blob and is asked in a thread,
    `unseal` reads encrypted files. `news` is called when the tree that was read last says more by
    now, or may. `instance` is the one that trees are read for, empty where nobody says.

    The snapshot of a commit that changed nothing that counts has the very same `loaded`.
    """

    def __init__(
        self, read: Read, unseal: Unseal, news: Callable[[], object] = str, instance: str = ""
    ) -> None:
        self.says_more = False
        self._instance = instance
        self._read = read
        self._unseal = unseal
        self._news = news
        self._building = Building(read, self._more)
        self._cache = LoadCache()
        self._lane = Lane("prepare")
        self._tree: Tree | None = None

    async def snapshot(self, tree: Tree, patience_s: float | None = None) -> Snapshot:
        """What this commit says. Files that cannot be read are Problems; they hold what was.

        So do those that are not rendered within `patience_s`; without one it takes as long as it
        takes.
        """
        self.says_more = False
        if self._tree is not tree:
            self._building.retry()
        self._tree = tree
        work = partial(self._loaded, tree, (asyncio.get_running_loop(), patience_s))
        return Snapshot(tree, await self._lane.run(work, _LONGEST_S))

    @property
    def in_clear(self) -> tuple[ParsedFile, ...]:
        """Files as they were read, but for those that say something else with other keys."""
        return in_clear(self._cache)

    def know(self, files: Iterable[ParsedFile]) -> None:
        """What was read elsewhere is not read again, and becomes the very same objects."""
        self._cache = filled(self._cache, files)

    def close(self) -> None:
        """Ends the thread, and what is being built."""
        self._building.close()
        self._lane.close()

    def _more(self) -> None:
        self.says_more = True
        self._news()

    def _loaded(self, tree: Tree, wait: tuple[asyncio.AbstractEventLoop, float | None]) -> Loaded:
        loop, patience_s = wait

        def build(builds: Sequence[Build]) -> Sequence[Built]:
            work = self._building.build(builds, patience_s)
            return asyncio.run_coroutine_threadsafe(work, loop).result()

        means = Means(self._unseal, build, self._instance)
        loaded, self._cache = load(tree, self._read, self._cache, means)
        return loaded
