"""The members that stories are told to: one simulated, one real."""

import asyncio
import threading
import uuid
from collections.abc import Iterator

import pytest

from conformance.kubernetes.storybook import Place
from gitopsd.sim import SimulatedMember


@pytest.fixture(scope="session")
def simulated() -> Iterator[Place]:
    """A simulated member without controllers, as a bare API server is."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    member = SimulatedMember("sim", nodes=0, has_controllers=False)
    asyncio.run_coroutine_threadsafe(member.__aenter__(), loop).result(10)
    yield Place(member.url, member.token)
    asyncio.run_coroutine_threadsafe(member.__aexit__(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture(params=["simulated", pytest.param("real", marks=pytest.mark.e2e)])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "simulated":
        found: Place = request.getfixturevalue("simulated")
        return found
    member = request.getfixturevalue("apiserver_only")
    return Place(member.url, member.token, member.tls())


@pytest.fixture
def namespace() -> str:
    """A namespace name that no other story has."""
    return f"story-{uuid.uuid4().hex[:8]}"
