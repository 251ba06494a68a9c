"""A repository, three simulated members in three stages, and the daemon, all in one process."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from conformance.deletions.conftest import Desk
from gitopsd.model.config import Config
from gitopsd.sim import SimulatedMember, write_kubeconfig
from servers.repository import Repository

NAMES = ("ap", "eu", "us")


@pytest.fixture
async def desk(repository: Repository, tmp_path: Path) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        members = {
            name: await stack.enter_async_context(SimulatedMember(name, nodes=1)) for name in NAMES
        }
        config = Config(
            repo=repository.url,
            kubeconfig=write_kubeconfig(list(members.values()), tmp_path / "kubeconfig"),
            interval_s=0.1,
            publish_interval_s=0.2,
        )
        yield Desk(repository, members, config)
