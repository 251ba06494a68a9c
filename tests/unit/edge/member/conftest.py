"""Members that answer as a test says."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from gitopsd.edge.credentials import from_kubeconfig
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body
from gitopsd.kube.yaml import dump
from unit.edge.member.scripted import Script, Scripted

Start = Callable[[Script], Awaitable[tuple[Member, Scripted]]]


@pytest.fixture
async def scripted(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a server and gives the member that is it; its token stands in `tmp_path/token`."""
    async with AsyncExitStack() as stack:

        async def start(script: Script) -> tuple[Member, Scripted]:
            server = await stack.enter_async_context(Scripted(script))
            member = Member("eu", from_kubeconfig(kubeconfig(tmp_path, server.url), None), "us")
            stack.push_async_callback(member.close)
            return member, server

        yield start


def kubeconfig(folder: Path, url: str, user: Body | None = None, **cluster: str) -> Path:
    """A kubeconfig whose only context leads to the URL."""
    (folder / "token").write_text("s3cr3t\n")
    path = folder / "kubeconfig.yaml"
    named = {key.replace("_", "-"): value for key, value in cluster.items()}
    body = {
        "current-context": "eu",
        "contexts": [{"name": "eu", "context": {"cluster": "eu", "user": "eu"}}],
        "clusters": [{"name": "eu", "cluster": {"server": url, **named}}],
        "users": [{"name": "eu", "user": user or {"tokenFile": "token"}}],
    }
    path.write_text(dump(body))
    return path
