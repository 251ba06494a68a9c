"""A daemon that follows simulated members, asked over HTTP as people and probes do."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from fakes.browser import Browser
from gitopsd.daemon.wiring import serve
from gitopsd.model.config import Config
from gitopsd.model.errors import UsageError
from gitopsd.sim.member import SimulatedMember, write_kubeconfig
from servers.waiting import until

CLUSTER = """\
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata: {name: %s}
spec: {syncMode: Push}
"""
POLICY = """\
apiVersion: policy.karmada.io/v1alpha1
kind: ClusterPropagationPolicy
metadata: {name: all}
spec:
  resourceSelectors:
    - {apiVersion: apps/v1, kind: Deployment}
    - {apiVersion: v1, kind: Secret}
  placement: {clusterAffinity: {clusterNames: [eu-1]}}
"""
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
"""
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: password, namespace: shop}
stringData: {password: hunter2}
"""
FILES = {
    "clusters/eu-1.yaml": CLUSTER % "eu-1",
    "clusters/us-1.yaml": CLUSTER % "us-1",
    "policy.yaml": POLICY,
    "shop/web.yaml": WEB,
    "shop/secret.yaml": SECRET,
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def write(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


@asynccontextmanager
async def daemon(
    folder: Path, files: Mapping[str, str], member: SimulatedMember | None = None
) -> AsyncIterator[aiohttp.ClientSession]:
    """One reachable member eu-1, one that is down, and the daemon's own server."""
    work = folder / "work"
    work.mkdir()
    write(work, files)
    async with member or SimulatedMember("eu-1") as eu, SimulatedMember("us-1") as us:
        await us.down()
        kubeconfig = write_kubeconfig([eu, us], folder / "kubeconfig")
        port = free_port()
        config = Config(
            worktree=work,
            kubeconfig=kubeconfig,
            interval_s=0.1,
            publish=False,
            listen=f"127.0.0.1:{port}",
        )
        serving = asyncio.create_task(serve(config))
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
            await until(lambda: answers(client, "/healthz"), 10)
            yield client
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def answers(client: aiohttp.ClientSession, path: str) -> bool:
    async with client.get(path) as answer:
        return answer.status == 200


async def read(client: aiohttp.ClientSession, path: str) -> str:
    async with client.get(path) as answer:
        return await answer.text()


async def test_the_page_follows_the_members(tmp_path: Path) -> None:
    async with daemon(tmp_path, FILES) as client:
        await until(lambda: shows(client, "2/2"), 20)

        page = Browser(await read(client, "/"))
        rows = {row[0]: row for row in page.rows}
        screen = Browser(await read(client, "/workloads/shop/Deployment.apps/web"))

        assert rows["Deployment.apps shop/web"] == ["Deployment.apps shop/web", "2/2", ""]
        assert rows["eu-1"][1] == "reachable"
        assert rows["us-1"][1] == "not reachable"
        assert page.elsewhere == screen.elsewhere == []
        assert screen.rows[1][:3] == ["eu-1", "2", "2/2"]
        assert "ClusterPropagationPolicy all (policy.yaml:1)" in screen.words
        everything = [await read(client, path) for path in (*page.links, "/metrics", "/")]
        assert not any(word in text for text in everything for word in ("hunter2", "aHVudGVyMg"))


async def shows(client: aiohttp.ClientSession, words: str) -> bool:
    return words in await read(client, "/")


async def test_metrics_are_fed_by_what_happens(tmp_path: Path) -> None:
    async with daemon(tmp_path, FILES) as client:
        await until(lambda: shows(client, "2/2"), 20)

        text = await read(client, "/metrics")

        found = {
            name: float(value)
            for name, value in re.findall(r"^gitopsd_(\S+) (\S+)$", text, re.MULTILINE)
        }
        assert found['source_poll_total{result="ok"}'] >= 1
        assert found['turns_total{result="ok"}'] >= 2
        assert found["turn_duration_seconds_count"] == found['turns_total{result="ok"}']
        assert found['cluster_up{cluster="eu-1"}'] == 1
        assert found['cluster_up{cluster="us-1"}'] == 0
        assert found['apply_total{action="Create",cluster="eu-1",reason=""}'] == 2
        assert found['api_requests_total{cluster="eu-1",code="201",verb="apply"}'] == 2
        assert found['objects{cluster="eu-1",health="Current"}'] >= 2
        assert found['sync_duration_seconds_count{cluster="eu-1",result="ok"}'] >= 1


async def test_what_somebody_changes_behind_our_back_is_counted_as_drift(tmp_path: Path) -> None:
    member = SimulatedMember("eu-1")
    async with daemon(tmp_path, FILES, member) as client:
        await until(lambda: shows(client, "2/2"), 20)

        await scale(client, member, 5)

        await until(lambda: counts(client, 'drift_total{cluster="eu-1",kind="Deployment.apps"}'))
        assert await counts(client, 'apply_total{action="Configure",cluster="eu-1",reason="Drift"}')


async def scale(client: aiohttp.ClientSession, member: SimulatedMember, replicas: int) -> None:
    """Somebody scales the workload by hand."""
    path = "/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=kubectl-scale"
    answer = await client.patch(
        f"{member.url}{path}",
        json={"spec": {"replicas": replicas}},
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert answer.status == 200


async def counts(client: aiohttp.ClientSession, sample: str) -> bool:
    return f"gitopsd_{sample} 1.0" in await read(client, "/metrics")


async def test_what_changes_while_nobody_publishes_is_shown(tmp_path: Path) -> None:
    async with daemon(tmp_path, FILES) as client:
        await until(lambda: shows(client, "2/2"), 20)

        write(tmp_path / "work", {"shop/web.yaml": WEB.replace("replicas: 2", "replicas: 3")})

        await until(lambda: shows(client, "3/3"), 20)


async def test_paths_without_anything_are_told_so(tmp_path: Path) -> None:
    async with daemon(tmp_path, FILES) as client:
        await until(lambda: answers(client, "/readyz"), 20)

        for path in ("/workloads/shop/Deployment.apps/none", "/workloads/shop/Secret/password"):
            async with client.get(path) as answer:
                assert answer.status == 404
                assert "There is no workload" in Browser(await answer.text()).words


async def test_a_daemon_without_a_commit_lives_and_is_not_ready(tmp_path: Path) -> None:
    port = free_port()
    config = Config(
        repo=f"file://{tmp_path}/none.git", cache=tmp_path / "cache", listen=f"127.0.0.1:{port}"
    )
    serving = asyncio.create_task(serve(config))
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
        await until(lambda: answers(client, "/healthz"), 10)
        await until(lambda: told_why(client), 10)

        async with client.get("/readyz") as probe, client.get("/") as page:
            assert (probe.status, page.status) == (503, 503)
            assert "was not read so far" in Browser(await page.text()).words
        assert 'gitopsd_source_poll_total{result="failed"}' in await read(client, "/metrics")
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def told_why(client: aiohttp.ClientSession) -> bool:
    return "was not read so far: " in await read(client, "/readyz")


async def test_a_port_that_is_taken_ends_the_daemon_before_it_does_anything(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(UsageError, match="the port is taken"):
            await serve(Config(repo="file:///none", cache=tmp_path / "cache", listen=listen))

    assert not (tmp_path / "cache").exists()
