"""One simulated and one real member, each behind the transport that the daemon uses."""

import json
import urllib.request
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitopsd.edge.credentials import from_kubeconfig
from gitopsd.edge.member import Member
from gitopsd.kube.wire import encode
from gitopsd.sim import SimulatedMember, write_kubeconfig
from servers import member as real


@dataclass
class Way:
    """The file that leads to a member, and how to make it forget past versions."""

    kubeconfig: Path
    forget: Callable[[str], None]


@dataclass
class Place:
    """A member, and a namespace of the test's own."""

    member: Member
    namespace: str
    way: Way

    def another(self, field_manager: str) -> Member:
        """The same member as somebody else sees it; the caller closes it."""
        return Member("other", from_kubeconfig(self.way.kubeconfig, None), field_manager)


@pytest.fixture
async def simulated(tmp_path: Path) -> AsyncIterator[Way]:
    """A simulated member without controllers."""
    async with SimulatedMember("sim", nodes=0, has_controllers=False) as member:
        path = write_kubeconfig([member], tmp_path / "simulated.yaml")
        yield Way(path, lambda version: member.forget())


@pytest.fixture
def bare(apiserver_only: real.Member) -> Way:
    """A real API server."""
    return Way(apiserver_only.kubeconfig, lambda version: compact(apiserver_only, version))


@pytest.fixture(params=["simulated", pytest.param("bare", marks=pytest.mark.e2e)])
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def place(way: Way) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        member = Member("eu", from_kubeconfig(way.kubeconfig, None), "gitopsd")
        stack.push_async_callback(member.close)
        namespace = f"member-{uuid.uuid4().hex[:8]}"
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        await member.create("/api/v1/namespaces", encode(body))
        yield Place(member, namespace, way)


def compact(member: real.Member, version: str) -> None:
    """Lets the store forget everything before a version, as API servers do every five minutes."""
    data = json.dumps({"revision": version, "physical": True}).encode()
    url = f"http://127.0.0.1:{member._ports[1]}/v3/kv/compaction"
    urllib.request.urlopen(urllib.request.Request(url, data, method="POST"), timeout=10).close()
