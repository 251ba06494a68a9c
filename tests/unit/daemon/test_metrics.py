"""What is counted, and that all of it and nothing else is told."""

import asyncio
from dataclasses import replace

import msgspec
import pytest

from fakes import fleet
from gitopsd.core.gate import Gated
from gitopsd.core.gate.guards import Tripped
from gitopsd.daemon.metrics import METRICS, PREFIX, Exposition, Meter, Reading
from gitopsd.daemon.tally import Tally
from gitopsd.daemon.turn import Turn
from gitopsd.model.delivery import ActionKind, Health

DECIDED = fleet.decision(fleet.binding(fleet.web(), ("eu-1", "us-1"), 2))
ASKED = fleet.wanted(DECIDED)
MANIFEST = DECIDED.manifests["eu-1"][fleet.WEB]


def turn(*reports, wanted=ASKED, tripped=(), took_s=0.03):
    gated = Gated(wanted, tripped)
    return Turn(fleet.snapshot(DECIDED), DECIDED, gated, fleet.known(*reports), took_s)


def report(name, **more):
    return replace(fleet.report(ASKED[name], fleet.outcome(MANIFEST)), **more)


def told(reading):
    """The samples of ours, by name and labels."""
    text = Exposition().answer(reading).body.decode()
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if line.startswith(PREFIX)]
    return {name.removeprefix(PREFIX): float(value) for name, value in lines}


def test_every_metric_of_the_table_is_told_and_no_other():
    text = Exposition().answer(Reading()).body.decode()

    types = [line.split() for line in text.splitlines() if line.startswith("# TYPE")]
    ours = {name: kind for _, _, name, kind in types if name.startswith(PREFIX)}
    assert ours == {PREFIX + line.name: line.kind for line in METRICS}


def test_nothing_names_an_object():
    labels = {label for line in METRICS for label in line.labels}

    assert labels == {
        "action",
        "cluster",
        "code",
        "guard",
        "health",
        "host",
        "kind",
        "reason",
        "result",
        "verb",
        "version",
    }


def test_members_are_told_by_their_last_report():
    failed = fleet.outcome(MANIFEST, Health.FAILED)
    reading = Reading(
        reports={
            "eu-1": fleet.report(ASKED["eu-1"], failed),
            "us-1": report("us-1", reachable=False),
        }
    )

    found = told(reading)

    assert found['cluster_up{cluster="eu-1"}'] == 1
    assert found['cluster_up{cluster="us-1"}'] == 0
    assert found['objects{cluster="eu-1",health="Failed"}'] == 1
    assert found['objects{cluster="us-1",health="Current"}'] == 1


def test_what_a_members_task_counted_is_told():
    tally = Tally()
    tally.requests["apply", 201] += 3
    tally.deeds[ActionKind.CREATE.value, ""] += 3
    tally.deeds[ActionKind.FAIL.value, "Forbidden"] += 1
    tally.drift["Deployment.apps"] += 2

    found = told(Reading(tallies={"eu-1": tally}))

    assert found['api_requests_total{cluster="eu-1",code="201",verb="apply"}'] == 3
    assert found['apply_total{action="Create",cluster="eu-1",reason=""}'] == 3
    assert found['apply_total{action="Fail",cluster="eu-1",reason="Forbidden"}'] == 1
    assert found['drift_total{cluster="eu-1",kind="Deployment.apps"}'] == 2


def test_a_copy_of_a_tally_has_the_open_connections_too():
    tally = Tally()
    tally.requests["get", 200] += 1

    copy = tally.copy(Tally(requests=tally.requests).requests)
    tally.requests["get", 200] += 5

    assert copy.requests == {("get", 200): 2}


async def test_a_member_that_finishes_what_it_was_given_is_counted_once():
    meter = Meter()
    meter.take(turn(report("eu-1"), report("us-1")))
    await asyncio.sleep(0.01)
    bad = msgspec.structs.replace(fleet.outcome(MANIFEST), action=ActionKind.FAIL)
    done = (report("eu-1"), fleet.report(ASKED["us-1"], bad))

    meter.take(turn(*done))
    meter.take(turn(*done))

    counts = {key: count for key, (count, _) in meter.syncs.items()}
    assert counts == {("eu-1", "ok"): 1, ("us-1", "failed"): 1}
    assert all(took_s >= 0.01 for _, took_s in meter.syncs.values())


@pytest.mark.parametrize("more", [{"is_finished": False}, {"reachable": False}, {"commit": "old"}])
async def test_a_member_that_is_not_done_is_not_counted(more):
    meter = Meter()
    meter.take(turn())

    meter.take(turn(report("eu-1", **more)))

    assert meter.syncs == {}


async def test_a_member_that_is_none_any_more_is_forgotten():
    meter = Meter()
    meter.take(turn())
    meter.take(turn(report("eu-1"), report("us-1")))

    meter.take(turn(wanted={"us-1": ASKED["us-1"]}))

    assert [name for name, _ in meter.syncs] == ["us-1"]


async def test_a_guard_is_counted_when_it_begins_to_hold():
    held = Tripped("eu-1", "TooMany", "6 of 6", frozenset())
    meter = Meter()

    for tripped in ((held,), (held,), (), (held, replace(held, cluster="us-1"))):
        meter.take(turn(tripped=tripped))

    assert meter.guards == {"TooMany": 3}


async def test_durations_fall_into_buckets():
    meter = Meter()
    for took_s in (0.004, 0.03, 100.0):
        meter.take(turn(took_s=took_s))

    found = told(
        Reading(
            durations={"turn_duration_seconds": meter.durations.buckets}, turns={"ok": meter.turns}
        )
    )

    assert found['turn_duration_seconds_bucket{le="0.005"}'] == 1
    assert found['turn_duration_seconds_bucket{le="0.05"}'] == 2
    assert found['turn_duration_seconds_bucket{le="60.0"}'] == 2
    assert found['turn_duration_seconds_bucket{le="+Inf"}'] == 3
    assert found["turn_duration_seconds_sum"] == pytest.approx(100.034)
    assert found['turns_total{result="ok"}'] == 3


async def test_what_is_well_is_measured_from_the_set_handed_over():
    meter = Meter()
    going = fleet.outcome(MANIFEST, Health.IN_PROGRESS)

    meter.take(turn())
    meter.take(turn(report("eu-1", outcomes={fleet.WEB: going})))
    between = dict(meter.healthy)
    meter.take(turn(report("eu-1")))
    meter.take(turn(report("eu-1")))

    assert between == {}
    assert meter.healthy["eu-1"][0] == 1
    assert (
        told(Reading(healthy=meter.healthy))['commit_to_healthy_seconds_count{cluster="eu-1"}'] == 1
    )


def test_what_members_have_to_do_and_wait_for_is_told():
    tally = Tally(throttled_s=2.5, depth=3)
    tally.restarts["gone"] += 1
    tally.prunes["failed"] += 2

    found = told(Reading(tallies={"eu-1": tally}))

    assert found['api_throttled_seconds_total{cluster="eu-1"}'] == 2.5
    assert found['workqueue_depth{cluster="eu-1"}'] == 3
    assert found['watch_restarts_total{cluster="eu-1",reason="gone"}'] == 1
    assert found['prune_total{cluster="eu-1",result="failed"}'] == 2
