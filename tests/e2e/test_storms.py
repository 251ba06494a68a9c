"""A member with too much to do, watches and pages that break: all arrives, nothing fails."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from conformance.hostile.conftest import kubeconfig
from fakes.liar import Liar
from fakes.running import following
from gitopsd.core.plan.pace import FIRST, Pace
from gitopsd.daemon import flights
from gitopsd.daemon.wiring import Daemon
from gitopsd.edge.member import listing
from gitopsd.model.config import Config
from gitopsd.model.delivery import ActionKind
from servers.member import Member
from servers.objects import config_map, everywhere, namespace
from servers.repository import Repository, cluster, manifests
from servers.waiting import until

MAPS = 60
NO_FAIRNESS = (
    "--enable-priority-and-fairness=false",
    "--max-requests-inflight=4",
    "--max-mutating-requests-inflight=2",
)


@pytest.fixture
async def liar(request: pytest.FixtureRequest) -> AsyncIterator[Liar]:
    """Stands before a real API server."""
    member: Member = request.getfixturevalue("apiserver_only")
    async with Liar(member.url, member.tls()) as liar:
        yield liar


@pytest.fixture
def through_liar(
    apiserver_only: Member, liar: Liar, repository: Repository, instance: str, tmp_path: Path
) -> Config:
    """What a daemon is told that reaches its member through the liar."""
    path = kubeconfig({"eu": liar.url}, tmp_path / "kubeconfig", apiserver_only.token)
    return config(repository, path, instance)


@pytest.fixture
def narrowed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many requests at a time a member still gets, for each time that it asked for patience."""
    widths: list[int] = []
    honest = flights.throttled

    def noted(pace: Pace) -> Pace:
        found = honest(pace)
        widths.append(found.width)
        return found

    monkeypatch.setattr(flights, "throttled", noted)
    return widths


@pytest.fixture
def paced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many requests at a time a member gets, for each busy second."""
    widths: list[int] = []
    honest = flights.after_second

    def noted(pace: Pace, rate: float) -> Pace:
        found = honest(pace, rate)
        widths.append(found.width)
        return found

    monkeypatch.setattr(flights, "after_second", noted)
    return widths


def files(where: str, word: str, count: int = MAPS) -> dict[str, str]:
    maps = [config_map(where, f"map-{n:02}", word=word) for n in range(count)]
    return {
        "clusters.yaml": manifests(cluster("eu")),
        "apps.yaml": manifests(namespace(where), everywhere(where, ["eu"]), *maps),
    }


def config(repository: Repository, path: Path, instance: str) -> Config:
    return Config(
        repo=repository.url,
        kubeconfig=path,
        instance=instance,
        interval_s=0.2,
        publish_interval_s=0.5,
    )


def is_done(daemon: Daemon, commit: str) -> bool:
    report = daemon.world.members.reports.get("eu")
    return bool(report and report.commit == commit and report.is_finished)


def failures(daemon: Daemon) -> list[Any]:
    outcomes = daemon.world.members.reports["eu"].outcomes.values()
    return [each for each in outcomes if each.action is ActionKind.FAIL]


def words(member: Member, where: str) -> Counter[str]:
    items = member.items(f"/api/v1/namespaces/{where}/configmaps")
    return Counter(each["data"].get("word", "") for each in items)


async def test_a_storm_of_429_fails_no_object(
    new_member, repository, namespace: str, instance: str, tmp_path: Path, narrowed: list[int]
) -> None:
    small = new_member("eu", *NO_FAIRNESS)
    path = small.kubeconfig_of("gitopsd", tmp_path / "fleet.yaml")
    small.bind("gitopsd", "cluster-admin")
    commit = repository.push(files(namespace, "new"))

    async with following(config(repository, path, instance)) as daemon:
        await until(lambda: words(small, namespace)["new"] == MAPS, 60)
        await until(lambda: is_done(daemon, commit), 60)
        found = failures(daemon)
        tally = daemon.world.members.tallies["eu"]
        requests, throttled_s, deeds = tally.requests, tally.throttled_s, tally.deeds

    assert found == []
    assert "Fail" not in {action for action, _ in deeds}
    assert words(small, namespace)["new"] == MAPS
    assert sum(count for (_, code), count in requests.items() if code == 429) > 0
    assert throttled_s > 0
    assert narrowed and min(narrowed) < FIRST


async def test_after_a_storm_more_requests_at_a_time_go_again(
    liar: Liar,
    repository: Repository,
    namespace: str,
    through_liar: Config,
    narrowed: list[int],
    paced: list[int],
) -> None:
    liar.late_s = 0.05
    liar.instead = Storm(3)
    commit = repository.push(files(namespace, "new", 320))

    async with following(through_liar) as daemon:
        await until(lambda: is_done(daemon, commit), 60)
        found = failures(daemon)

    assert found == []
    assert narrowed[-1] == 1
    assert max(paced) > FIRST


async def test_broken_watches_and_pages_miss_no_change(
    apiserver_only: Member,
    liar: Liar,
    repository: Repository,
    namespace: str,
    through_liar: Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing, "PAGE", 7)
    commit = repository.push(files(namespace, "old"))
    async with following(through_liar) as daemon:
        await until(lambda: is_done(daemon, commit), 30)

        liar.instead = Breaks()
        commit = repository.push(files(namespace, "new"))
        for number in range(12):
            liar.cut()
            await asyncio.to_thread(edited, apiserver_only, namespace, f"map-{number:02}")
            await asyncio.sleep(0.1)
        liar.be_honest()

        await until(lambda: words(apiserver_only, namespace) == {"new": MAPS}, 30)
        await until(lambda: is_done(daemon, commit) and not failures(daemon), 30)


def edited(member: Member, where: str, name: str) -> None:
    """Somebody changes one object, and deletes every other one."""
    path = f"/api/v1/namespaces/{where}/configmaps/{name}"
    if int(name[-1]) % 2:
        member.ask("DELETE", path)
    else:
        patch = {"data": {"word": "theirs"}}
        member.ask("PATCH", path, patch, "application/merge-patch+json")


class Storm:
    """So many writes are refused."""

    def __init__(self, count: int) -> None:
        self._left = count

    def __call__(self, request: web.BaseRequest) -> web.StreamResponse | None:
        if request.method != "PATCH" or not self._left:
            return None
        self._left -= 1
        return web.Response(status=429, headers={"Retry-After": "1"})


class Breaks:
    """Watches that end with 410 at once, tokens that are too old, in turns with the truth."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, request: web.BaseRequest) -> web.StreamResponse | None:
        self._count += 1
        gone = {"kind": "Status", "code": 410, "reason": "Expired", "metadata": {}}
        if "watch" in request.query and self._count % 2:
            line = json.dumps({"type": "ERROR", "object": gone}).encode() + b"\n"
            return web.Response(body=line, content_type="application/json")
        if "continue" in request.query and self._count % 3 == 0:
            return web.json_response(gone, status=410)
        return None
