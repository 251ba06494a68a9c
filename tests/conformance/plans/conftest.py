"""A repository, the clone of someone who changes it, and two simulated members."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fakes import commits
from gitopsd.daemon.preview import Asked
from gitopsd.daemon.viewing import preview
from gitopsd.daemon.wiring import sync
from gitopsd.model.changes import Preview
from gitopsd.model.config import Config
from gitopsd.sim import SimulatedMember, write_kubeconfig
from servers.objects import everywhere
from servers.repository import Repository, cluster, manifests


@dataclass
class Desk:
    """Where someone works: `config` is of the repository alone, `clone` a clone of it."""

    repository: Repository
    clone: Path
    members: dict[str, SimulatedMember]
    config: Config

    def fleet(self, **files: str) -> dict[str, str]:
        """Files with both Clusters, and a policy that brings all of namespace `shop` to both."""
        names = sorted(self.members)
        return {
            "clusters.yaml": manifests(*map(cluster, names)),
            "policy.yaml": manifests(everywhere("shop", names)),
            "namespace.yaml": commits.namespace(),
            **{f"{name}.yaml": text for name, text in files.items()},
        }

    async def sync(self) -> int:
        """The branch applied, and told on the status branch."""
        return await sync(self.config, False, 30.0)

    async def plan(self, base: str = "", head: str = "", *, live: bool = False) -> Preview:
        """A plan as it is made away from any clone."""
        return await preview(self.config, Asked(base, head, live))

    async def plan_here(self, base: str = "", head: str = "", *, live: bool = False) -> Preview:
        """A plan as it is made in the clone."""
        return await preview(replace(self.config, worktree=self.clone), Asked(base, head, live))


@pytest.fixture
async def desk(repository: Repository, tmp_path: Path) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        members = {
            name: await stack.enter_async_context(SimulatedMember(name)) for name in ("eu", "us")
        }
        config = Config(
            repo=repository.url,
            kubeconfig=write_kubeconfig(list(members.values()), tmp_path / "kubeconfig"),
            interval_s=0.2,
            publish_interval_s=0.2,
        )
        yield Desk(repository, repository._clone, members, config)
