"""A repository, two simulated members that it names, and the daemon, all in one process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from fakes import commits
from gitopsd.daemon.loop import turns
from gitopsd.daemon.wiring import Daemon, running
from gitopsd.model.config import Config
from gitopsd.sim import SimulatedMember, write_kubeconfig
from servers.objects import config_map, everywhere
from servers.repository import Repository, cluster, manifests
from servers.waiting import until


@dataclass
class Desk:
    """`push` changes the repository; `names` are its ConfigMaps that a member holds."""

    repository: Repository
    members: dict[str, SimulatedMember]
    config: Config
    daemon: Daemon | None = None

    def files(self, maps: int) -> dict[str, str]:
        """The Clusters, a policy that brings all to both, and so many ConfigMaps."""
        names = sorted(self.members)
        return {
            "clusters.yaml": manifests(*map(cluster, names)),
            "policy.yaml": manifests(everywhere("shop", names)),
            "namespace.yaml": commits.namespace(),
            **{self.path(n): manifests(config_map("shop", f"map-{n:02}", n=str(n)))
               for n in range(maps)},
        }  # fmt: skip

    def path(self, number: int) -> str:
        return f"apps/map-{number:02}.yaml"

    def removal(self, *numbers: int) -> dict[str, None]:
        return dict.fromkeys(map(self.path, numbers))

    def names(self, member: str) -> list[str]:
        held = self.members[member].items("", "configmaps", "shop")
        named = (each["metadata"]["name"] for each in held)
        return [name for name in named if name != "kube-root-ca.crt"]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Daemon]:
        """The daemon, while the context is open."""
        async with running(self.config) as daemon:
            self.daemon = daemon
            task = asyncio.create_task(turns(daemon.world, daemon.news, lambda _: daemon.seen()))
            try:
                yield daemon
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def is_done(self, commit: str) -> None:
        """Waits until a commit was rendered and decided, and every member has finished with it."""
        assert self.daemon is not None
        world = self.daemon.world
        await until(
            lambda: (
                world.last is not None
                and world.last.snapshot.tree.commit == commit
                and not world.last.snapshot.loaded.rendering
                and world.members.are_settled
                and all(
                    each.commit == commit and each.is_finished
                    for each in world.members.reports.values()
                )
            )
        )

    def guards(self) -> dict[str, set[str]]:
        """Which guards hold something on each member."""
        assert self.daemon is not None and self.daemon.world.last is not None
        wanted = self.daemon.world.last.gated.wanted
        return {name: set(each.guarded.values()) for name, each in wanted.items()}


@pytest.fixture
async def desk(repository: Repository, tmp_path: Path) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        members = {
            name: await stack.enter_async_context(SimulatedMember(name, nodes=0))
            for name in ("eu", "us")
        }
        config = Config(
            repo=repository.url,
            kubeconfig=write_kubeconfig(list(members.values()), tmp_path / "kubeconfig"),
            interval_s=0.1,
            publish_interval_s=0.2,
        )
        yield Desk(repository, members, config)
