"""A simulated member with a namespace `shop`, and the daemon's task that follows it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fakes.delivery import Delivery
from gitopsd.sim import SimulatedMember, write_kubeconfig
from servers.objects import namespace


@pytest.fixture
async def member() -> AsyncIterator[SimulatedMember]:
    async with SimulatedMember("eu", nodes=0) as member:
        yield member


@pytest.fixture
async def idle(member: SimulatedMember, tmp_path: Path) -> AsyncIterator[Delivery]:
    """The member; nobody follows it yet."""
    delivery = Delivery(member, write_kubeconfig([member], tmp_path / "kubeconfig"))
    await delivery.made(namespace("shop"))
    yield delivery
    await delivery.close()


@pytest.fixture
async def eu(idle: Delivery) -> Delivery:
    """The member, followed."""
    idle.start()
    return idle
