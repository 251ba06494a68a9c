"""The log says once when a member is done with a commit, and again when failures come or go."""

import logging
from dataclasses import replace

from gitopsd.daemon.telling import Telling
from gitopsd.model.delivery import ActionKind, Outcome, Report
from gitopsd.model.resource import ResourceKey

WEB = ResourceKey("", "ConfigMap", "shop", "web")
UNDER_WAY = Report("eu", True, commit="c1", outcomes={WEB: Outcome(WEB, ActionKind.CREATE)})
DONE = replace(UNDER_WAY, is_finished=True)
FAILED = replace(DONE, outcomes={WEB: Outcome(WEB, ActionKind.FAIL, "Invalid")})


async def test_it_is_said_once_for_a_commit_and_what_failed(caplog) -> None:
    told: list[Report] = []
    telling = Telling("eu", told.append)

    with caplog.at_level(logging.INFO):
        for report in (UNDER_WAY, DONE, UNDER_WAY, DONE, FAILED, replace(DONE, commit="c2")):
            telling.send(report)

    assert len(told) == 6
    assert [each.message for each in caplog.records] == [
        "cluster=eu commit=c1 finished=true objects=1 failed=0",
        "cluster=eu commit=c1 finished=true objects=1 failed=1",
        "cluster=eu commit=c2 finished=true objects=1 failed=0",
    ]
