"""What a hostile member says of itself goes into decisions and branches: neither stops."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.hostile.conftest import kubeconfig
from conformance.hostile.test_lies import each_object, nested
from fakes.liar import Liar
from fakes.running import following
from gitopsd import page
from gitopsd.daemon.wiring import Daemon
from gitopsd.model.config import Config
from gitopsd.sim import SimulatedMember
from servers.objects import config_map, deployment, namespace, policy
from servers.repository import Repository, cluster, manifests
from servers.waiting import until

# Long rather than real: not part of every run.
pytestmark = pytest.mark.e2e

WEIGHTS = {
    "replicaSchedulingType": "Divided",
    "replicaDivisionPreference": "Weighted",
    "weightPreference": {"dynamicWeight": "AvailableReplicas"},
}
Lie = Callable[[Any], Any]


@dataclass
class Desk:
    """A repository with a Deployment that is divided by room, and the daemon."""

    repository: Repository
    members: dict[str, SimulatedMember]
    liar: Liar
    config: Config

    def files(self, word: str) -> dict[str, str]:
        apps = [{"apiVersion": "apps/v1", "kind": "Deployment"}]
        app = deployment("shop", "app", f"nginx:{word}", replicas=4)
        maps = [{"apiVersion": "v1", "kind": "ConfigMap"}]
        return {
            "clusters.yaml": manifests(*map(cluster, self.members)),
            "app.yaml": manifests(
                namespace("shop"),
                app,
                config_map("shop", "web", word=word),
                policy("shop", "maps", maps, list(self.members)),
                policy("shop", "apps", apps, list(self.members), WEIGHTS),
            ),
        }

    def word(self, member: str) -> str:
        found = self.members[member].get("", "configmaps", "shop", "web")
        return found["data"]["word"] if found else ""


@pytest.fixture
async def desk(repository: Repository, tmp_path: Path) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        members = {
            name: await stack.enter_async_context(SimulatedMember(name)) for name in ("eu", "us")
        }
        liar = await stack.enter_async_context(Liar(members["eu"].url))
        addresses = {"eu": liar.url, "us": members["us"].url}
        config = Config(
            repo=repository.url,
            kubeconfig=kubeconfig(addresses, tmp_path / "kubeconfig"),
            interval_s=0.1,
            publish_interval_s=0.1,
        )
        yield Desk(repository, members, liar, config)


def of_nodes(status: Any) -> Lie:
    return each_object(lambda body: {**body, "status": status})


def groups(**changes: Any) -> Lie:
    def change(body: Any) -> Any:
        if body.get("kind") != "APIGroupDiscoveryList":
            return body
        more = {"metadata": {"name": "x"}, "versions": [{"version": "v1", "resources": []}]}
        return {**body, "items": [*body["items"], {**more, **changes}]}

    return change


NASTY = "\x1b[2J<script>alert(1)</script>\n---\n- &a [*a]\u202e\x00" + "x" * 5000
RESOURCE = {
    "resource": NASTY,
    "responseKind": {"group": NASTY, "version": NASTY, "kind": NASTY},
    "scope": "Namespaced",
    "verbs": ["get"],
}
LIES: dict[str, tuple[str, Lie]] = {
    "nodes with amounts of no sense": (
        "/api/v1/nodes",
        of_nodes(
            {"allocatable": {"cpu": "1e999999999", "memory": "-5Ei", "pods": "NaN", NASTY: 7}}
        ),
    ),
    "nodes with all the room there is": (
        "/api/v1/nodes",
        of_nodes(
            {"allocatable": {"cpu": "9" * 300, "memory": "9" * 300 + "Ei", "pods": "9" * 300}}
        ),
    ),
    "nodes that are lists": ("/api/v1/nodes", of_nodes([{"allocatable": [7]}])),
    "a version of many lines": ("/version", lambda body: {"gitVersion": NASTY}),
    "groups of many lines": (
        "/apis",
        groups(metadata={"name": NASTY}, versions=[{"version": NASTY, "resources": [RESOURCE]}]),
    ),
    "a status without a bottom": (
        "/apis/apps/v1",
        each_object(lambda body: {**body, "status": nested(600)}),
    ),
    "a status of nonsense": (
        "/apis/apps/v1",
        each_object(
            lambda body: {
                **body,
                "status": {"readyReplicas": NASTY, "replicas": -(10**30), "conditions": [NASTY]},
            }
        ),
    ),
}


@pytest.mark.parametrize(("path", "lie"), LIES.values(), ids=LIES)
async def test_decisions_and_branches_go_on(desk: Desk, path: str, lie: Lie) -> None:
    desk.liar.lie(lie, lambda request: request.path.startswith(path))
    desk.repository.push(desk.files("1"))
    async with following(desk.config) as daemon:
        await until(lambda: desk.word("us") == "1", 10)
        commit = desk.repository.push(desk.files("2"))

        await until(lambda: desk.word("us") == "2", 5)
        await until(lambda: f"Source-Commit: {commit}" in told(desk), 10)
        shown = await overview(daemon)

    assert daemon.world.failures == 0
    assert b"<script>alert" not in shown
    assert "\x1b" not in "".join(desk.repository.files("gitopsd/status").values())


def told(desk: Desk) -> str:
    log = desk.repository.log("gitopsd/status")
    return desk.repository.message(log[0]) if log else ""


async def overview(daemon: Daemon) -> bytes:
    summary = await daemon.world.tell()
    assert summary is not None
    return page.overview(summary.page, (), {}).body
