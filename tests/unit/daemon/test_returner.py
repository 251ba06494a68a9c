"""When the daemon goes back: once for a commit, again where a push failed, never unsigned."""

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from gitopsd.core.gate.stages import Stages
from gitopsd.daemon import returner as module
from gitopsd.daemon.returner import Returner
from gitopsd.edge.git import Entry
from gitopsd.model.errors import PublishError
from gitopsd.model.resource import Origin
from gitopsd.model.rollout import Rolling, Rollout, RolloutSpec, Sound, StageLine, StageState
from servers.waiting import until

GOOD, BAD = "a" * 40, "b" * 40


class Repository:
    """Stands at `head`; a push fails so many times first."""

    def __init__(self, head: str = BAD, failures: int = 0) -> None:
        self.head = head
        self.failures = failures
        self.asked = []

    async def ancestor(self, name):
        return Entry(name, "Good words\n\nMore", datetime(2026, 1, 2, tzinfo=UTC))

    async def restore(self, asked):
        self.asked.append(asked)
        if self.failures or asked.on != self.head:
            self.failures -= 1
            raise PublishError("file:///fleet.git", "is refused")
        return "d" * 40


def world(state: StageState, commit: str = BAD):
    """After a turn on this commit, whose first stage stands so."""
    line = StageLine("canary", state, 1, 0, "1 failed; ap: it does not start")
    rolling = Rolling("new", stages=(line,), sound={"canary": Sound(GOOD, "old")})
    rollout = Rollout("fleet", RolloutSpec(), {}, Origin("rollout.yaml", 0, 1, "r"))
    stages = Stages(rolling, rollout=rollout)
    turn = SimpleNamespace(gated=SimpleNamespace(stages=stages))
    return SimpleNamespace(last=turn, tree=SimpleNamespace(commit=commit))


@asynccontextmanager
async def running(repository: Repository, of, *, must_sign: bool = False):
    returner = Returner(repository, of, must_sign=must_sign)
    task = asyncio.create_task(returner.run())
    returner.turned()
    try:
        yield returner
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_it_goes_back_once_from_just_the_commit_that_failed() -> None:
    repository = Repository()

    async with running(repository, world(StageState.GOING_BACK)) as returner:
        await until(lambda: repository.asked)
        returner.turned()
        await settled()

    (asked,) = repository.asked
    assert (asked.commit, asked.on) == (GOOD, BAD)
    assert asked.message.startswith(f"Roll back to {GOOD[:12]} “Good words”\n\nStage canary: 1 fai")


@pytest.mark.parametrize("state", [StageState.PAUSED, StageState.OPEN, StageState.DONE])
async def test_a_stage_that_only_stops_makes_nobody_go_back(state) -> None:
    repository = Repository()

    async with running(repository, world(state)):
        await settled()

    assert repository.asked == []


async def test_a_push_that_fails_is_tried_again(monkeypatch) -> None:
    monkeypatch.setattr(module, "_AGAIN_S", 0.0)
    repository = Repository(failures=2)

    async with running(repository, world(StageState.GOING_BACK)):
        await until(lambda: len(repository.asked) == 3)
        await settled()

    assert len(repository.asked) == 3


async def test_where_commits_must_be_signed_a_person_is_told_to(caplog) -> None:
    repository = Repository()
    caplog.set_level(logging.WARNING)

    async with running(repository, world(StageState.GOING_BACK), must_sign=True) as returner:
        await settled()
        returner.turned()
        await settled()

    assert repository.asked == []
    assert [each.getMessage() for each in caplog.records] == [
        f"rollback=false to={GOOD} reason='commits must be signed, so a person goes back'"
    ]
