"""Two members and the daemon's tasks: `eu` is reached through a liar, `us` is honest."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from fakes.delivery import manifest
from fakes.fleet import cluster
from fakes.liar import Liar
from gitopsd.daemon import follower, pulse, watcher
from gitopsd.daemon.members import Members
from gitopsd.daemon.session import Setup
from gitopsd.kube.body import Body
from gitopsd.kube.yaml import dump
from gitopsd.model.config import Config
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import Report
from gitopsd.sim import SimulatedMember
from servers.objects import config_map, deployment, namespace
from servers.waiting import until

MAPS = 6


class Pair:
    """Both hold a namespace, a Deployment and some ConfigMaps; `say` is their word."""

    def __init__(self, members: dict[str, SimulatedMember], liar: Liar, kubeconfig: Path) -> None:
        self.members = members
        self.liar = liar
        self._setup = Setup(Config(kubeconfig=kubeconfig), "file:///srv/fleet.git")
        self._commits = 0

    def start(self) -> None:
        """A new process begins to follow both."""
        self._tasks = Members(self._setup, lambda: None, {})
        self._tasks.follow({name: cluster(name) for name in self.members}, measures=True)

    async def close(self) -> None:
        await self._tasks.close()

    def want(self, word: str, *, without: int = 0, more: tuple[str, ...] = ()) -> None:
        """Both are to hold this word, and one ConfigMap less for each of `without`.

        The deletions name those of `more` too.
        """
        self._commits += 1
        bodies = things(word)
        held = {each.key: each for each in map(manifest, bodies[: len(bodies) - without])}
        others = [config_map("shop", name) for name in more]
        gone = frozenset(manifest(each).key for each in (*bodies[len(held) :], *others))
        for name in self.members:
            wanted = Wanted(name, f"commit-{self._commits}", held, deletions=gone)
            self._tasks.want({name: wanted})

    def move(self, name: str) -> None:
        """This ConfigMap is to be on `us` alone."""
        self.want("new")
        held = {each.key: each for each in map(manifest, things("new"))}
        gone = manifest(config_map("shop", name)).key
        del held[gone]
        wanted = Wanted("eu", f"commit-{self._commits}", held, deletions=frozenset({gone}))
        self._tasks.want({"eu": wanted})

    async def made_by_others(self, name: str) -> None:
        """Somebody else makes a ConfigMap on `eu`."""
        body = config_map("shop", name, word="theirs")
        async with aiohttp.ClientSession() as session:
            url = f"{self.members['eu'].url}/api/v1/namespaces/shop/configmaps"
            async with session.post(url, json=body) as answer:
                answer.raise_for_status()

    async def lost(self, name: str, instead: Any) -> None:
        """The member does not answer for a moment, so that all begins anew."""
        self.liar.instead = lambda request: instead(request) if request.path == "/readyz" else None
        self.liar.cut()
        await until(lambda: not self.report(name).reachable)
        self.liar.instead = None

    def report(self, name: str) -> Report:
        return self._tasks.reports[name]

    def words(self, name: str) -> dict[str, str]:
        """The word in each ConfigMap of ours that a member really holds."""
        held = self.members[name].items("", "configmaps", "shop")
        return {
            each["metadata"]["name"]: each["data"]["word"]
            for each in held
            if each["metadata"]["name"] != "kube-root-ca.crt"
        }

    def is_done(self, name: str) -> bool:
        """Whether a member has told that it did all of the last set."""
        report = self.report(name)
        return (
            report.reachable
            and report.commit == f"commit-{self._commits}"
            and report.is_finished
            and not [each for each in report.outcomes.values() if each.action == "Fail"]
        )

    async def done(self, name: str, within_s: float = 10) -> None:
        await until(lambda: self.is_done(name) or self._seen(name), within_s)

    def complaint(self, name: str) -> str:
        """What a member's report says is wrong."""
        report = self.report(name)
        if not report.reachable:
            return report.message
        found = [each.message for each in report.outcomes.values() if each.action == "Fail"]
        return found[0] if found else ""

    def is_followed(self) -> bool:
        """Whether the tasks of both members go on."""
        return not any(task.done() for task in self._tasks._tasks.values())

    def _seen(self, name: str) -> bool:
        raise AssertionError(self.report(name))


def things(word: str) -> list[Body]:
    maps: list[Any] = [config_map("shop", f"web-{n}", word=word) for n in range(MAPS)]
    return [namespace("shop"), deployment("shop", "app"), *maps]


@pytest.fixture
async def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pair]:
    """Both members are done with the word `old`."""
    monkeypatch.setattr(follower, "AWAY_S", 0.1)
    monkeypatch.setattr(follower, "PROBE_S", 0.2)
    monkeypatch.setattr(pulse, "AGAIN_S", 0.05)
    monkeypatch.setattr(watcher, "_PAUSE_S", 0.05)
    async with AsyncExitStack() as stack:
        members = {
            name: await stack.enter_async_context(SimulatedMember(name, nodes=1))
            for name in ("eu", "us")
        }
        liar = await stack.enter_async_context(Liar(members["eu"].url))
        addresses = {"eu": liar.url, "us": members["us"].url}
        found = Pair(members, liar, kubeconfig(addresses, tmp_path / "kubeconfig"))
        stack.push_async_callback(found.close)
        found.start()
        found.want("old")
        await found.done("eu")
        await found.done("us")
        yield found


def kubeconfig(addresses: dict[str, str], path: Path, token: str = "s3cr3t") -> Path:
    body = {
        "contexts": [
            {"name": name, "context": {"cluster": name, "user": "all"}} for name in addresses
        ],
        "clusters": [{"name": name, "cluster": {"server": url}} for name, url in addresses.items()],
        "users": [{"name": "all", "user": {"token": token}}],
    }
    path.write_text(dump(body))
    return path
