"""One of a hundred members is down: the others finish as fast as ever, it catches up by itself.

Two of them are real API servers, the lost one among these: so many real ones no machine holds.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import yaml

from fakes.delivery import manifest
from fakes.fleet import cluster
from gitopsd.daemon import follower
from gitopsd.daemon.members import Members
from gitopsd.daemon.session import Setup
from gitopsd.model.config import Config
from gitopsd.model.decision import Wanted
from gitopsd.sim import SimulatedMember
from gitopsd.sim.member import kubeconfig as of_simulated
from servers.member import Member, write_kubeconfig
from servers.objects import config_map, namespace
from servers.waiting import until

pytestmark = pytest.mark.e2e

SIMULATED = 98


class Fleet:
    """All members by name, followed by an instance; each is told and asked the same word."""

    def __init__(self, members: Members, all_: Mapping[str, Member | SimulatedMember], space: str):
        self.members, self.all, self.space = members, all_, space

    async def took_s(self, told: str, without: str = "") -> float:
        """How long all but one take to hold the word, and to say that they are done."""
        bodies = [namespace(self.space)]
        bodies += [config_map(self.space, f"web-{n}", word=told) for n in range(2)]
        held = {each.key: each for each in map(manifest, bodies)}
        began = time.monotonic()
        self.members.want({name: Wanted(name, told, held) for name in self.all})
        names = [name for name in self.all if name != without]
        await until(lambda: all(self.is_done(name, told) for name in names), 60)
        took = time.monotonic() - began
        assert [self.word(name) for name in names] == [told] * len(names)
        return took

    def is_done(self, name: str, told: str) -> bool:
        report = self.members.reports.get(name)
        return report is not None and report.commit == told and report.is_finished

    def word(self, name: str) -> str:
        member = self.all[name]
        if isinstance(member, SimulatedMember):
            found = member.get("", "configmaps", self.space, "web-1")
        else:
            found = member.get(f"/api/v1/namespaces/{self.space}/configmaps/web-1")
        return found["data"]["word"] if found else ""


@pytest.fixture
async def hundred(
    apiserver_only: Member,
    new_member: Callable[[str], Member],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Fleet]:
    real = [apiserver_only, new_member("lost")]
    instance, space = request.getfixturevalue("instance"), request.getfixturevalue("namespace")
    async with AsyncExitStack() as stack:
        simulated = [
            await stack.enter_async_context(
                SimulatedMember(f"member-{n:03}", nodes=0, has_controllers=False)
            )
            for n in range(SIMULATED)
        ]
        path = write_kubeconfig(real, tmp_path / "kubeconfig")
        logins, more = yaml.safe_load(path.read_text()), of_simulated(simulated)
        for each in ("clusters", "users", "contexts"):
            logins[each] += more[each]
        path.write_text(yaml.safe_dump(logins))
        setup = Setup(Config(kubeconfig=path, instance=instance), "file:///srv/fleet.git")
        members = Members(setup, lambda: None, {})
        stack.push_async_callback(members.close)
        all_ = {each.name: each for each in (*real, *simulated)}
        members.follow({name: cluster(name) for name in all_}, measures=False)
        yield Fleet(members, all_, space)


async def test_ninety_nine_do_not_wait_for_one(
    hundred: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "AWAY_S", 0.2)
    await hundred.took_s("first")
    all_s = await hundred.took_s("old")
    lost = hundred.all["lost"]
    assert isinstance(lost, Member)

    await asyncio.to_thread(lost.down)
    others_s = await hundred.took_s("new", without="lost")
    await until(lambda: not hundred.members.reports["lost"].reachable)
    later_s = await hundred.took_s("newer", without="lost")
    await asyncio.to_thread(lost.up)
    await until(lambda: hundred.is_done("lost", "newer"), 20)

    assert hundred.word("lost") == "newer"
    assert max(others_s, later_s) < 2 * all_s + 1
