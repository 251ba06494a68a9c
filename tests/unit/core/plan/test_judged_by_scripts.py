"""What holds of an object until its scripts were asked, and what they make of it."""

from datetime import UTC, datetime, timedelta

import pytest

from fakes.delivery import key_of
from gitopsd.core.kinds import Interpreter, Kind, Misread
from gitopsd.core.plan import is_judged, judged, live_of, unjudged
from gitopsd.model.delivery import Health

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KEY = ("example.io", "v1", "Widget")
WIDGET = {
    "apiVersion": "example.io/v1",
    "kind": "Widget",
    "metadata": {"name": "one", "namespace": "shop", "uid": "u1", "generation": 1},
    "status": {"made": 1},
}


def said(body):
    if body["status"]["made"] == "broken":
        raise Misread("widgets.yaml:1: InterpretHealth: it failed")
    return body["status"]["made"] > 1


def reflected(body):
    if body["status"]["made"] == "broken":
        raise Misread("widgets.yaml:1: ReflectStatus: it failed")
    annotations = body["metadata"]["annotations"]
    return {"made": body["status"]["made"], "of": [*annotations.values()]}


def scripts(*questions):
    kind = Kind(*KEY, is_healthy=said, reflect=reflected)
    return Interpreter(lambda *asked: kind if asked == KEY else None, {KEY: frozenset(questions)})


ALL = scripts("is_healthy", "reflect")


def live(body, before=None):
    return unjudged(live_of(body, "gitopsd", before, NOW), before, body, ALL)


def with_status(made, generation=1, **metadata):
    metadata = {**WIDGET["metadata"], "generation": generation, **metadata}
    return {**WIDGET, "metadata": metadata, "status": {"made": made}}


@pytest.mark.parametrize(
    ("questions", "expected"),
    [((), False), (("need",), False), (("is_healthy",), True), (("reflect",), True)],
)
def test_scripts_are_asked_of_a_member_for_health_and_status_alone(questions, expected):
    assert is_judged(scripts(*questions), key_of(WIDGET), "v1") is expected
    assert not is_judged(scripts(*questions), key_of(WIDGET), "v2")


def test_an_object_is_in_progress_until_its_script_was_asked():
    before = live(WIDGET)
    after = judged(before, WIDGET, ALL, NOW)

    assert before.finding.health is Health.IN_PROGRESS
    assert after.finding.health is Health.IN_PROGRESS
    assert after.finding.message == "not healthy, says its script"
    assert after.collected == {"made": 1, "of": ["1"]}


def test_what_was_said_holds_for_the_same_generation():
    well = with_status(2)
    before = judged(live(well), well, ALL, NOW)

    assert before.finding.health is Health.CURRENT
    assert before.since is None
    assert live(with_status(1), before).finding.health is Health.CURRENT
    assert live(with_status(2, generation=2), before).finding.health is Health.IN_PROGRESS
    assert live(with_status(2, uid="u2"), before).collected is None


def test_not_healthy_is_since_when_it_began():
    first = judged(live(WIDGET), WIDGET, ALL, NOW)
    later = judged(live(WIDGET, first), WIDGET, ALL, NOW + timedelta(minutes=1))

    assert first.since == later.since == NOW


def test_a_script_that_fails_leaves_the_last_status_and_says_so():
    well = with_status(2)
    before = judged(live(well), well, ALL, NOW)
    broken = with_status("broken")

    after = judged(live(broken, before), broken, ALL, NOW)

    assert after.finding.health is Health.UNKNOWN
    assert after.finding.message == "widgets.yaml:1: InterpretHealth: it failed"
    assert after.finding.note == "widgets.yaml:1: ReflectStatus: it failed"
    assert after.collected == before.collected


def test_what_is_being_deleted_is_terminating_whatever_its_script_says():
    well = with_status(2, deletionTimestamp="2026-01-01T00:00:00Z")

    assert live(well).finding.health is Health.TERMINATING
    assert judged(live(well), well, ALL, NOW).finding.health is Health.TERMINATING


def test_our_own_rule_holds_where_scripts_only_say_what_is_collected():
    own = scripts("reflect")
    found = unjudged(live_of(WIDGET, "gitopsd", None, NOW), None, WIDGET, own)

    assert judged(found, WIDGET, own, NOW).finding == found.finding
