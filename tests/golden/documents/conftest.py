"""Members for the sessions that pages show: simulated, named as the example's clusters."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio

from gitopsd.sim import SimulatedMember, write_kubeconfig

NAMES = ("eu-1", "us-1", "ap-1")


@pytest_asyncio.fixture
async def members(tmp_path: Path) -> AsyncIterator[Path]:
    """A kubeconfig of three members that live as long as the test."""
    async with AsyncExitStack() as stack:
        running = [await stack.enter_async_context(SimulatedMember(name)) for name in NAMES]
        yield write_kubeconfig(running, tmp_path.with_name(f"{tmp_path.name}-kubeconfig"))
