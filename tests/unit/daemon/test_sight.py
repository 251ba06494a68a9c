"""What a member's task knows does not go backwards when answers and events overtake each other."""

import pytest

from gitopsd.core.plan.inventory import PART_OF
from gitopsd.daemon import sight as seeing
from gitopsd.daemon.sight import Sight
from gitopsd.edge import clock
from gitopsd.model.api import Discovery, Event, EventKind, Served
from gitopsd.model.delivery import Entry
from gitopsd.model.resource import ResourceKey

SET = "applyset-ours"
WEB = ResourceKey("", "ConfigMap", "shop", "web")
MAPS = Served("", "v1", "ConfigMap", "configmaps", True, frozenset({"watch"}), ("v1",))


@pytest.fixture
def now(monkeypatch) -> list[float]:
    """A clock that stands where its only number says."""
    found = [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: found[0])
    return found


@pytest.fixture
def sight(now) -> Sight:
    return Sight("gitopsd", SET, Discovery({("", "ConfigMap"): MAPS}, frozenset(), ()))


def test_an_event_from_before_our_answer_is_passed_over(sight) -> None:
    sight.list(MAPS, [web("1")])
    sight.ask(WEB)
    sight.answered(WEB, web("3"), MAPS)

    sight.hear(modified("2"), MAPS)

    assert sight.live[WEB].version == "3"


def test_another_uid_is_another_object_whatever_its_version_says(sight) -> None:
    sight.list(MAPS, [web("1", "u2")])

    sight.hear(Event(EventKind.MODIFIED, web("1", "u1")), MAPS)

    assert sight.live[WEB].uid == "u1"


def test_a_list_counts_for_a_version_that_the_watch_told_otherwise(sight) -> None:
    ending = web("1")
    ending["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    sight.hear(Event(EventKind.MODIFIED, ending), MAPS)

    sight.list(MAPS, [web("1")])

    assert not sight.live[WEB].is_terminating


def test_what_comes_after_our_answer_counts(sight) -> None:
    sight.list(MAPS, [web("1")])
    sight.ask(WEB)
    sight.answered(WEB, web("3"), MAPS)

    for version in ("2", "3", "4"):
        sight.hear(modified(version), MAPS)

    assert sight.live[WEB].version == "4"


def test_an_answer_that_the_watch_has_overtaken_is_passed_over(sight) -> None:
    sight.list(MAPS, [web("1")])
    sight.ask(WEB)
    sight.hear(modified("3"), MAPS)
    sight.hear(modified("4"), MAPS)

    answer = sight.answered(WEB, web("3"), MAPS)

    assert (sight.live[WEB].version, answer.version) == ("4", "3")


def test_an_answer_does_not_bring_back_what_the_watch_saw_end(sight) -> None:
    sight.ask(WEB)
    sight.hear(modified("3"), MAPS)
    sight.hear(Event(EventKind.DELETED, web("4")), MAPS)

    sight.answered(WEB, web("3"), MAPS)

    assert WEB not in sight.live


def test_the_end_of_an_object_that_ours_replaced_is_passed_over(sight) -> None:
    sight.list(MAPS, [web("1", uid="old")])
    sight.ask(WEB)
    sight.answered(WEB, web("3", uid="new"), MAPS)

    sight.hear(Event(EventKind.DELETED, web("2", uid="old")), MAPS)

    assert sight.live[WEB].uid == "new"


def test_the_end_of_the_very_object_of_our_answer_counts(sight) -> None:
    sight.ask(WEB)
    sight.answered(WEB, web("3"), MAPS)

    sight.hear(Event(EventKind.DELETED, web("4")), MAPS)

    assert WEB not in sight.live


def test_an_answer_that_changed_nothing_waits_for_no_event(sight) -> None:
    sight.list(MAPS, [web("1")])
    sight.ask(WEB)
    sight.answered(WEB, web("1"), MAPS)

    sight.hear(modified("2"), MAPS)

    assert sight.live[WEB].version == "2"


def test_a_watch_that_never_tells_of_our_answer_is_believed_after_a_while(sight, now) -> None:
    sight.list(MAPS, [web("1")])
    sight.ask(WEB)
    sight.answered(WEB, web("3"), MAPS)

    now[0] += seeing._OVERTAKEN_S
    sight.hear(modified("9"), MAPS)

    assert sight.live[WEB].version == "9"


def test_a_list_begins_anew(sight) -> None:
    sight.list(MAPS, [web("1")])
    sight.ask(WEB)
    sight.answered(WEB, web("3"), MAPS)
    sight.list(MAPS, [web("5")])

    sight.hear(modified("6"), MAPS)

    assert sight.live[WEB].version == "6"


def test_what_a_list_lacks_is_gone(sight) -> None:
    sight.list(MAPS, [web("1")])

    sight.list(MAPS, [])

    assert WEB not in sight.live
    assert WEB in sight.touched


def test_with_an_inventory_nothing_is_ours_that_it_does_not_name(sight) -> None:
    sight.list(MAPS, [web("1", fields=True)])

    assert sight.entries == {}


def test_without_one_what_we_applied_is_ours(sight) -> None:
    sight.is_rebuilding = True

    sight.list(MAPS, [web("1", fields=True)])

    assert sight.entries == {WEB: Entry(WEB, "v1", "uid")}


def test_without_one_a_copy_of_our_label_is_not(sight) -> None:
    sight.is_rebuilding = True

    sight.list(MAPS, [web("1")])

    assert sight.entries == {}


def web(version: str, uid: str = "uid", *, fields: bool = False) -> dict:
    ours = {"manager": "gitopsd", "operation": "Apply", "fieldsV1": {"f:data": {"f:word": {}}}}
    metadata = {
        "name": "web",
        "namespace": "shop",
        "uid": uid,
        "resourceVersion": version,
        "labels": {PART_OF: SET},
        "managedFields": [ours] if fields else [],
    }
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def modified(version: str) -> Event:
    return Event(EventKind.MODIFIED, web(version))
