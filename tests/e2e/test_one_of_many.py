"""One of a hundred members is down: the others finish as fast as ever, it catches up by itself."""

import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from fakes.delivery import manifest
from fakes.fleet import cluster
from gitopsd.daemon import follower
from gitopsd.daemon.members import Members
from gitopsd.daemon.session import Setup
from gitopsd.model.config import Config
from gitopsd.model.decision import Wanted
from gitopsd.sim import SimulatedMember, write_kubeconfig
from servers.objects import config_map, namespace
from servers.waiting import until

pytestmark = pytest.mark.e2e

NAMES = [f"member-{n:03}" for n in range(100)]


async def test_ninety_nine_do_not_wait_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "AWAY_S", 0.2)
    async with AsyncExitStack() as stack:
        sims = {
            name: await stack.enter_async_context(
                SimulatedMember(name, nodes=0, has_controllers=False)
            )
            for name in NAMES
        }
        path = write_kubeconfig(list(sims.values()), tmp_path / "kubeconfig")
        members = Members(Setup(Config(kubeconfig=path), "file:///srv/fleet.git"), lambda: None, {})
        stack.push_async_callback(members.close)
        members.follow({name: cluster(name) for name in NAMES}, measures=False)
        await took_s(members, sims, "first")
        all_s = await took_s(members, sims, "old")

        lost = sims[NAMES[50]]
        await lost.down()
        others = {name: each for name, each in sims.items() if each is not lost}
        others_s = await took_s(members, others, "new")
        await until(lambda: not members.reports[lost.name].reachable)
        later_s = await took_s(members, others, "newer")
        await lost.up()
        await until(lambda: word(lost) == "newer", 10)

    assert max(others_s, later_s) < 2 * all_s + 1


async def took_s(members: Members, sims: dict[str, SimulatedMember], word_: str) -> float:
    """How long it takes these to hold the word, and to say that they are done; all are told it."""
    bodies = [namespace("shop"), *(config_map("shop", f"web-{n}", word=word_) for n in range(2))]
    held = {each.key: each for each in map(manifest, bodies)}
    began = time.monotonic()
    members.want({name: Wanted(name, word_, held) for name in NAMES})
    await until(lambda: all(word(each) == word_ for each in sims.values()), 60)
    await until(
        lambda: all(
            members.reports[n].commit == word_ and members.reports[n].is_finished for n in sims
        )
    )
    return time.monotonic() - began


def word(member: SimulatedMember) -> str:
    found = member.get("", "configmaps", "shop", "web-1")
    return found["data"]["word"] if found else ""
