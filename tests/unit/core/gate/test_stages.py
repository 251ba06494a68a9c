"""A change reaches clusters stage by stage, and what waits stays as it is."""

from datetime import UTC, datetime

import pytest

from fakes.fleet import COMMIT, NOW, WEB
from fakes.rolling import Fleet, order
from gitopsd.core.gate.differing import hash_of_stage
from gitopsd.core.returning import Back, going_back
from gitopsd.core.summary.memory import gating_file, read_gating
from gitopsd.model.claims import Claims, Mode
from gitopsd.model.delivery import Entry
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Origin, ResourceKey
from gitopsd.model.rollout import Sound, StageState

CANARY = {"name": "canary", "clusters": {"clusterNames": ["ap"]}}
ALL = {"name": "all", "maxUnavailable": "100%"}
OTHER = Origin("shop/web.yaml", 0, 3, "other")


def staged(value: str) -> dict[str, str]:
    return {"gitopsd.io/stage": value}


def fleet() -> Fleet:
    """Three members in three stages that all run `a`."""
    found = Fleet(ap=staged("1"), eu=staged("2"), us=staged("10"))
    settle(found, "a")
    return found


def settle(found: Fleet, image: str) -> None:
    for _ in range(12):
        found.turn(image, 60)


def states(gated) -> dict[str, StageState]:
    return {line.name: line.state for line in gated.gating.rolling.stages}


def test_without_labels_and_rollout_all_change_at_once_and_nothing_is_remembered() -> None:
    found = Fleet(ap={}, eu={}, us={})

    gated = found.turn("a")

    assert found.holding() == {"ap": "a", "eu": "a", "us": "a"}
    assert b"rolling" not in gating_file(gated.gating)


def test_stages_follow_one_another_numbers_by_size() -> None:
    found = fleet()

    seen = []
    for _ in range(7):
        found.turn("b", 30)
        seen.append("".join(found.holding().values()))

    assert seen == ["baa", "baa", "baa", "bba", "bba", "bba", "bbb"]


def test_what_waits_is_told_with_what_it_waits_for() -> None:
    found = fleet()

    gated = found.turn("b")

    assert gated.wanted["us"].guarded == {WEB: "Stage"}
    assert gated.wanted["us"].manifests == {}
    assert gated.wanted["us"].reasons == {"Stage": "stage 10: stage 1 is not done"}
    assert states(gated) == {
        "1": StageState.OPEN,
        "2": StageState.WAITING,
        "10": StageState.WAITING,
    }


def test_time_is_what_opens_the_next_one() -> None:
    found = fleet()
    found.turn("b")

    well = found.turn("b", 5)

    assert well.wake_at is not None
    assert (well.wake_at - found.now).total_seconds() == 60
    assert "".join(found.holding().values()) == "baa"


def test_a_cluster_that_fails_stops_all_that_follow_until_it_is_well() -> None:
    found = fleet()
    found.turn("b")
    found.ill = {"ap"}
    failing = found.turn("b", 300)
    stopped = "".join(found.holding().values())

    found.ill = set()
    settle(found, "b")

    assert stopped == "baa"
    assert states(failing)["1"] is StageState.PAUSED
    assert set(failing.wanted["us"].guarded.values()) == {"StageHalted"}
    assert "".join(found.holding().values()) == "bbb"


def test_one_that_fails_after_it_has_passed_stops_them_as_well() -> None:
    found = fleet()
    for seconds in (0, 1, 60):
        found.turn("b", seconds)
    found.ill = {"ap"}

    for _ in range(5):
        found.turn("b", 60)

    assert "".join(found.holding().values()) == "bba"


def test_a_failure_that_is_allowed_stops_nobody() -> None:
    found = fleet()
    found.said = order({**CANARY, "maxFailures": 1}, ALL)
    found.turn("b")
    found.ill = {"ap"}

    settle(found, "b")

    assert "".join(found.holding().values()) == "bbb"


def test_on_failure_continue_goes_on() -> None:
    found = fleet()
    found.said = order({**CANARY, "onFailure": "continue"}, ALL)
    found.turn("b")
    found.ill = {"ap"}

    settle(found, "b")

    assert "".join(found.holding().values()) == "bbb"


def test_one_that_gets_not_well_in_time_has_failed() -> None:
    found = fleet()
    found.turn("b")
    found.has["ap"] = {}
    found.away = {"ap"}

    on_time = found.turn("b", 599)
    late = found.turn("b", 1)

    assert (states(on_time)["1"], states(late)["1"]) == (StageState.OPEN, StageState.PAUSED)


def test_one_cluster_of_a_stage_at_a_time_or_a_tenth() -> None:
    names = [f"m{number:02}" for number in range(20)]
    found = Fleet(**dict.fromkeys(names, staged("1")))

    first = found.turn("a")
    second = found.turn("a", 1)

    assert [len(each.gating.rolling.opened) for each in (first, second)] == [2, 4]


def test_clusters_that_soak_count_for_the_concurrency() -> None:
    found = Fleet(ap={}, eu={}, us={})
    found.said = order({**ALL, "maxConcurrency": 1})

    opened = [len(found.turn("a", 30).gating.rolling.opened) for _ in range(4)]

    assert opened == [1, 1, 1, 2]


def test_never_all_clusters_of_a_stage_at_once() -> None:
    found = Fleet(ap={}, eu={}, us={})
    found.said = order(ALL)

    gated = found.turn("a")

    assert len(gated.gating.rolling.opened) == 2


def test_one_that_is_away_when_its_stage_opens_holds_up_nobody_and_gets_it_later() -> None:
    found = fleet()
    found.said = order({"name": "most", "clusters": {"clusterNames": ["ap", "eu"]}}, ALL)
    found.away = {"ap"}
    settle(found, "b")
    without = "".join(found.holding().values())
    told = found.gating.rolling.stages[0].message

    found.away = set()
    settle(found, "b")

    assert (without, "".join(found.holding().values())) == ("abb", "bbb")
    assert told == "later, when it answers: ap"


def test_a_stage_of_which_nobody_answers_is_not_passed_over() -> None:
    found = fleet()
    found.away = {"ap"}

    settle(found, "b")

    assert "".join(found.holding().values()) == "aaa"


def test_a_newer_change_begins_with_the_first_stage() -> None:
    found = fleet()
    for seconds in (0, 1, 60):
        found.turn("b", seconds)

    found.turn("c")

    assert "".join(found.holding().values()) == "cba"


def test_the_same_change_in_another_commit_goes_on() -> None:
    found = fleet()
    found.turn("b")
    before = found.gating.rolling

    gated = found.turn("b")

    assert gated.gating.rolling.opened["ap"].since == before.opened["ap"].since


def test_a_new_process_goes_on_where_the_last_one_was() -> None:
    found = fleet()
    found.turn("b")
    found.turn("b", 1)
    found.gating = read_gating(gating_file(found.gating))
    found.restart()

    found.turn("b", 59)
    early = "".join(found.holding().values())
    found.turn("b", 1)

    assert (early, "".join(found.holding().values())) == ("baa", "bba")


def test_no_deadline_ends_before_a_new_process_has_heard_of_its_members() -> None:
    found = fleet()
    found.turn("b")
    found.has["ap"] = {}
    found.away = {"ap"}
    found.restart()

    states_ = [states(found.turn("b", seconds))["1"] for seconds in (3600, 59, 1)]

    assert states_ == [StageState.OPEN, StageState.OPEN, StageState.PAUSED]


def test_deletions_wait_for_their_stage_too() -> None:
    found = fleet()
    gone = ResourceKey("", "ConfigMap", "shop", "gone")
    for own in found.has.values():
        own[gone] = Entry(gone, "v1", "uid", "z")

    gated = found.turn("b")

    assert gone in gated.wanted["us"].guarded
    assert gone not in gated.wanted["us"].deletions


def test_a_guard_looks_at_all_deletions_whatever_stages_hold() -> None:
    found = fleet()

    gated = found.turn("")

    assert {trip.cluster for trip in gated.tripped} == {"ap", "eu", "us"}


def test_what_was_not_changed_is_not_held() -> None:
    found = fleet()
    found.turn("b")
    other = ResourceKey("", "ConfigMap", "shop", "other")
    for own in found.has.values():
        own[other] = Entry(other, "v1", "uid", "z")

    gated = found.turn("b")

    assert gated.wanted["us"].guarded == {other: "Canary", WEB: "Stage"}


def test_an_object_that_moves_stays_until_its_new_place_may_have_it() -> None:
    found = fleet()
    found.has["eu"] = found.has["us"] = {}

    first = found.turn("b", on=("us",))
    again = found.turn("b", 3600, on=("us",))

    assert [each.wanted["ap"].deletions for each in (first, again)] == [frozenset()] * 2
    assert found.holding()["ap"] == "a"


def test_replicas_are_given_up_when_others_may_take_them() -> None:
    found = Fleet(ap=staged("1"), us=staged("2"))
    for _ in range(6):
        found.turn("a", 60, shares={"ap": 3, "us": 1})

    found.turn("a", shares={"ap": 1, "us": 3}, origin=OTHER)
    waiting = found.holding()
    for _ in range(4):
        found.turn(
            "a", 60, shares={"ap": 1, "us": 3}, origin=Origin("shop/web.yaml", 0, 3, "other")
        )

    assert waiting == {"ap": "ax3", "us": "ax1"}
    assert found.holding() == {"ap": "ax1", "us": "ax3"}


def test_a_stage_that_asks_for_it_waits_for_a_person() -> None:
    found = fleet()
    found.said = order(CANARY, {**ALL, "approval": True})
    found.turn("b")
    found.turn("b", 1)
    asking = found.turn("b", 60)
    asked = asking.gating.rolling.stages[1].approve

    found.turn("b", 1, approved=frozenset({asked}))
    found.turn("b", 1)

    assert asked == hash_of_stage(asking.gating.rolling.intent, "all")
    assert set(asking.wanted["eu"].guarded.values()) == {"StageHalted"}
    assert found.holding() == {"ap": "b", "eu": "b", "us": "b"}


def test_an_approval_is_for_one_change() -> None:
    found = fleet()
    found.said = order(CANARY, {**ALL, "approval": True})
    for seconds in (0, 1, 60):
        asking = found.turn("b", seconds)
    approved = frozenset({asking.gating.rolling.stages[1].approve})
    found.turn("b", 1, approved=approved)

    for seconds in (0, 1, 60, 60):
        found.turn("c", seconds, approved=approved)

    assert "".join(found.holding().values()) == "cba"


def test_while_it_is_paused_no_further_cluster_is_opened() -> None:
    found = fleet()
    found.said = order(CANARY, ALL)
    found.turn("b")
    found.said = order(CANARY, ALL, paused=True)

    settle(found, "b")

    assert "".join(found.holding().values()) == "baa"
    assert states(found.before)["all"] is StageState.PAUSED


@pytest.mark.parametrize("restarts", [False, True])
def test_a_rollout_that_cannot_be_read_opens_nothing_further(restarts: bool) -> None:
    found = Fleet(ap={}, eu={}, us={})
    found.said = order(CANARY, ALL)
    settle(found, "a")
    found.turn("b")
    found.said = None
    if restarts:
        found.restart()
    key = ResourceKey("gitopsd.io", "Rollout", "", "fleet")
    broken = {"invalid": {key: Problem("rollout.yaml", 1, "", "is wrong")}}

    for _ in range(5):
        found.turn("b", 60, loaded=broken)

    assert "".join(found.holding().values()) == "baa"


def test_the_last_cluster_must_be_well_too_before_a_change_is_over() -> None:
    found = Fleet(ap={}, eu={})
    found.said = order(CANARY, {**ALL, "onFailure": "rollback"})
    settle(found, "a")
    for seconds in (0, 1, 60):
        found.turn("b", seconds)
    found.ill = {"eu"}

    last = found.turn("b", 5)

    assert found.holding() == {"ap": "b", "eu": "b"}
    assert states(last) == {"canary": StageState.DONE, "all": StageState.GOING_BACK}


def test_a_change_that_is_everywhere_is_over_and_told_no_more() -> None:
    found = fleet()

    settle(found, "b")

    rolling = found.gating.rolling
    assert (rolling.is_over, rolling.stages, rolling.touched) == (True, (), frozenset())
    assert found.before.wake_at is None
    assert found.now > NOW


def test_a_stage_opens_only_in_its_window_and_time_opens_it() -> None:
    found = fleet()
    # The fleet's time is on a Friday.
    found.said = order(CANARY, {**ALL, "windows": [{"days": ["Sat"], "start": "09:00"}]})
    for seconds in (0, 1, 60):
        waiting = found.turn("b", seconds)
    line = waiting.gating.rolling.stages[1]
    early = "".join(found.holding().values())

    found.now = waiting.wake_at
    found.turn("b")

    assert line.state is StageState.WAITING
    assert line.message.startswith("opens at 2026-01-03T09:00Z, sooner by `Gitopsd-Approve: ")
    assert set(waiting.wanted["us"].guarded.values()) == {"Stage"}
    assert (early, found.holding()["eu"]) == ("baa", "b")


def test_who_opens_a_stage_by_its_hash_opens_it_outside_of_its_window() -> None:
    found = fleet()
    found.said = order(CANARY, {**ALL, "windows": [{"days": ["Sat"]}]})
    for seconds in (0, 1, 60):
        waiting = found.turn("b", seconds)

    hashed = hash_of_stage(waiting.gating.rolling.intent, "all")
    found.turn("b", approved=frozenset({hashed}))

    assert found.holding()["eu"] == "b"


def test_a_cluster_on_its_way_is_waited_for_when_the_window_closes() -> None:
    found = Fleet(ap={}, eu={})
    found.said = order({**ALL, "windows": [{"days": ["Fri"]}], "minSuccessTime": "2h"})
    found.now = datetime(2026, 1, 2, 23, tzinfo=UTC)

    open_ = found.turn("a")
    closed = found.turn("a", 2 * 3600)

    assert list(open_.gating.rolling.opened) == ["ap"]
    assert list(closed.gating.rolling.opened) == ["ap"]
    assert closed.gating.rolling.stages[0].message.startswith("opens at 2026-01-09T00:00Z")


BACK = {**CANARY, "onFailure": "rollback"}


def test_a_stage_that_asks_for_it_says_where_to_go_back_to() -> None:
    found = fleet()
    found.said = order(BACK, {**ALL, "approval": True})
    sound = found.gating.rolling
    found.turn("b")
    found.ill = {"ap"}

    failing = found.turn("b", 5)

    assert states(failing) == {"canary": StageState.PAUSED, "all": StageState.WAITING}
    assert "no other commit is known that it went through" in (
        failing.stages.rolling.stages[0].message
    )
    assert going_back(failing.stages) is None
    assert sound.sound == {name: Sound(COMMIT, sound.intent) for name in ("1", "2", "10")}


def staged_fleet() -> Fleet:
    """Three members that all run `a`, of which the first goes back where it fails."""
    found = Fleet(ap={}, eu={}, us={})
    found.said = order(BACK, {**ALL, "approval": True})
    while not found.gating.rolling.is_over:
        asked = {line.approve for line in found.gating.rolling.stages}
        found.turn("a", 60, approved=frozenset(asked))
    return found


def test_it_is_gone_back_to_the_commit_that_the_stage_went_through_last() -> None:
    found = staged_fleet()
    first = found.gating.rolling.intent
    found.turn("b")
    found.ill = {"ap"}

    failing = found.turn("b", 5)

    assert states(failing)["canary"] is StageState.GOING_BACK
    assert failing.stages.rolling.stages[0].message.endswith("; back to c0ffeec0ffee")
    assert set(failing.wanted["us"].guarded.values()) == {"StageHalted"}
    # The other stage went through it too, so nobody is asked again.
    assert going_back(failing.stages) == Back(
        COMMIT,
        f"Stage canary: {failing.stages.rolling.stages[0].message}.",
        (hash_of_stage(first, "all"),),
    )


def test_a_change_that_only_the_failing_stage_went_through_is_kept_and_opens_nothing_else() -> None:
    found = staged_fleet()
    for seconds in (0, 1, 60):
        half = found.turn("b", seconds)
    assert states(half) == {"canary": StageState.DONE, "all": StageState.AWAITING_APPROVAL}
    found.turn("c")
    found.ill = {"ap"}

    back = going_back(found.turn("c", 5).stages)

    assert found.gating.rolling.sound["canary"].intent == half.gating.rolling.intent
    assert found.gating.rolling.sound["all"].intent != half.gating.rolling.intent
    assert back is not None
    assert back.approve == ()


def test_a_stage_that_fails_after_it_was_done_goes_back_too_while_the_change_is_under_way() -> None:
    found = staged_fleet()
    for seconds in (0, 1, 60):
        found.turn("b", seconds)
    found.ill = {"ap"}

    assert states(found.turn("b", 5))["canary"] is StageState.GOING_BACK


def test_what_was_gone_back_to_and_fails_as_well_only_stops() -> None:
    found = staged_fleet()
    found.turn("b")
    found.ill = {"ap"}
    found.turn("b", 5)
    found.turn("a", 5)

    assert states(found.turn("a", 5))["canary"] is StageState.PAUSED


def test_while_it_is_paused_nobody_goes_back() -> None:
    found = staged_fleet()
    found.turn("b")
    found.ill = {"ap"}
    found.said = order(BACK, ALL, paused=True)

    assert states(found.turn("b", 5))["canary"] is StageState.PAUSED


def test_what_is_never_written_is_no_part_of_a_change() -> None:
    found = fleet()
    claims = Claims(mode=Mode.OBSERVE)

    gated = found.turn("b", claims=claims)

    assert gated.gating.rolling.is_over


def test_nothing_changes_and_no_stage_opens_while_something_is_rendered() -> None:
    found = fleet()
    before = found.gating.rolling
    late = {"rendering": frozenset({"a/kustomization.yaml"})}

    gated = found.turn("b", loaded=late)
    meanwhile = found.holding()
    found.turn("b")

    assert meanwhile == {"ap": "a", "eu": "a", "us": "a"}
    assert gated.wanted["ap"].reasons == {"Stage": "a/kustomization.yaml is being rendered"}
    assert gated.gating.rolling == before
    assert found.holding() == {"ap": "b", "eu": "a", "us": "a"}
