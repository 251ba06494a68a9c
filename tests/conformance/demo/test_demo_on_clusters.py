"""`gitopsd demo --kubeconfig`: clusters of others are left as they were, however the demo ends.

The clusters are simulated, but the demo does not know.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitopsd.apiserver.store import Key
from gitopsd.cli import guest, stage
from gitopsd.cli.story import CLUSTER_SCOPED, CLUSTERS, NAMESPACES
from gitopsd.kube.wire import encode
from gitopsd.model.errors import ClusterError, UsageError
from gitopsd.sim import SimulatedMember, write_kubeconfig

# Long rather than real: not part of every run.
pytestmark = pytest.mark.e2e

PROGRAM = Path(sys.executable).with_name("gitopsd")

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Own:
    """Clusters that a person has."""

    clusters: Mapping[str, SimulatedMember]
    kubeconfig: Path

    def objects(self) -> dict[str, set[Key]]:
        """Everything on them but events, which come and go."""
        return {
            name: {
                stored.key
                for group, resource in sorted(own.store._resources)
                for stored in own.store.each(group, resource)
                if resource != "events"
            }
            for name, own in self.clusters.items()
        }

    async def demo(self, *more: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            PROGRAM,
            "demo",
            f"--kubeconfig={self.kubeconfig}",
            *more,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            preexec_fn=heed_signals,
        )


def heed_signals() -> None:
    """A runner in the background or under nohup ignores some, and its children would too."""
    for number in ENDS:
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Own]:
    async with AsyncExitStack() as stack:
        clusters = {
            name: await stack.enter_async_context(SimulatedMember(name)) for name in CLUSTERS
        }
        await asyncio.sleep(0.3)
        kubeconfig = write_kubeconfig(list(clusters.values()), tmp_path / "kubeconfig")
        yield Own(clusters, kubeconfig)


async def test_the_story_ends_and_nothing_is_left(own) -> None:
    before = own.objects()

    demo = await own.demo("--once")
    said = (await demo.communicate())[0].decode()

    assert demo.returncode == 0, said
    assert own.objects() == before
    assert said.endswith("Removing all that the demo made …\nGone.\n")


@pytest.mark.parametrize("number", ENDS)
async def test_an_end_in_the_middle_leaves_nothing_either(own, number) -> None:
    before = own.objects()
    demo = await own.demo()
    await until(lambda: own.clusters["us-1"].get("apps", "deployments", "shop", "web"))

    demo.send_signal(number)
    await asyncio.sleep(0.1)
    demo.send_signal(number)
    said = (await demo.communicate())[0].decode()

    assert demo.returncode == 0, said
    assert own.objects() == before


async def test_a_chapter_that_fails_leaves_nothing_either(own) -> None:
    before = own.objects()

    with pytest.raises(RuntimeError, match="failed"):
        async with stage.existing(own.kubeconfig):
            for host in guest.members(own.kubeconfig):
                await host.create("/api/v1/namespaces", encode(namespace("shop")))
                await host.close()
            raise RuntimeError("failed")

    assert own.objects() == before


@pytest.mark.parametrize("name", [*NAMESPACES, "gitopsd-system"])
async def test_where_something_is_there_already_nothing_is_touched(own, name) -> None:
    (*others, host) = guest.members(own.kubeconfig)
    await host.create("/api/v1/namespaces", encode(namespace(name)))
    await asyncio.sleep(0.3)
    before = own.objects()

    demo = await own.demo("--once")
    said = (await demo.communicate())[0].decode()

    assert demo.returncode == 2
    assert f"ap-1: namespaces/{name}" in said
    assert own.objects() == before
    for each in (*others, host):
        await each.close()


async def test_cluster_wide_objects_count_too(own) -> None:
    host = guest.members(own.kubeconfig)[0]
    path = next(path for path in CLUSTER_SCOPED if "clusterroles/" in path)
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": path.rpartition("/")[2]},
    }
    await host.create(path.rpartition("/")[0], encode(role))

    with pytest.raises(UsageError, match="eu-1: clusterroles/shop-support"):
        await guest.check([host])

    await host.close()


async def test_three_names_of_one_cluster_are_refused(own) -> None:
    hosts = guest.members(own.kubeconfig)

    with pytest.raises(UsageError, match="must be different clusters"):
        await guest.check([hosts[0], hosts[0]])


async def test_a_context_that_is_missing_is_named(own, tmp_path) -> None:
    less = write_kubeconfig([own.clusters["eu-1"]], tmp_path / "less")

    with pytest.raises(UsageError, match="no context us-1, ap-1; the demo needs eu-1"):
        guest.members(less)


async def test_what_could_not_be_removed_is_named(own) -> None:
    hosts = guest.members(own.kubeconfig)
    await hosts[1].create("/api/v1/namespaces", encode(namespace("shop")))
    await own.clusters["us-1"].down()

    with pytest.raises(ClusterError, match="by hand: us-1: namespaces/shop, "):
        await guest.remove(hosts, 0.5)

    for each in hosts:
        await each.close()


def namespace(name: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


async def until(holds: Callable[[], object]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError
