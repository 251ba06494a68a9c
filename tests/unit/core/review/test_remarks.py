"""What a plan says of changes that no member can make."""

from dataclasses import replace

import pytest

from fakes import fleet
from gitopsd.core.changes import changes
from gitopsd.core.gate import gate
from gitopsd.core.review import remarks
from gitopsd.kube.body import with_annotations
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import Report
from gitopsd.model.snapshot import Configuration, SetDependency

WEB = fleet.web()
NEW = replace(fleet.manifest(WEB), hash="new-bbbbbbbb")


def said_of(manifest: Manifest, applied: str) -> list[str]:
    decided = fleet.decision(fleet.binding(WEB, ("eu-1",)), clusters=("eu-1",))
    decided = replace(decided, manifests={"eu-1": {WEB.key: manifest}})
    return list(remarks.fixed(changes({"eu-1": {WEB.key: applied}}, decided)))


def test_a_field_that_cannot_be_changed_is_told() -> None:
    (told,) = said_of(NEW, "old-aaaaaaaa")

    assert told.startswith("Deployment.apps shop/web changes in a field that cannot be changed")


@pytest.mark.parametrize("wish", ["recreate", "ignore"])
def test_who_said_what_is_to_happen_then_is_not(wish) -> None:
    body = with_annotations(NEW.body, {"gitopsd.io/on-immutable": wish})

    assert said_of(replace(NEW, body=body), "old-aaaaaaaa") == []


def test_any_other_change_is_not() -> None:
    assert said_of(NEW, "old-bbbbbbbb") == []


def test_which_sets_come_first_is_told_where_something_changes() -> None:
    decided = fleet.decision(fleet.binding(WEB, ("eu-1", "us-1")), clusters=("eu-1", "us-1"))
    taken = fleet.snapshot(decided)
    first = Configuration(depends_on=(SetDependency("platform"), SetDependency("base")))
    taken = replace(taken, loaded=replace(taken.loaded, configuration=first))
    seen = fleet.known(*(Report(name, True, inventory={}) for name in ("eu-1", "us-1")))
    gated = gate(taken, decided, seen, None)
    done = {WEB.key: fleet.manifest(WEB).hash}

    assert list(remarks.awaited(changes({"us-1": done}, decided), gated)) == [
        "on eu-1 this goes once what instances base, platform holds there is ready"
    ]
    assert list(remarks.awaited(changes({"eu-1": done, "us-1": done}, decided), gated)) == []


def test_where_nothing_is_wanted_any_more_no_set_comes_first() -> None:
    decided = fleet.decision(fleet.binding(WEB, ("eu-1",)), clusters=("eu-1", "us-1"))
    taken = fleet.snapshot(decided)
    first = Configuration(depends_on=(SetDependency("platform"),))
    taken = replace(taken, loaded=replace(taken.loaded, configuration=first))

    wanted = gate(taken, decided, fleet.known(), None).wanted

    assert {name: each.after for name, each in wanted.items()} == {
        "eu-1": ("platform",),
        "us-1": (),
    }


@pytest.mark.parametrize(
    ("said", "after"),
    [((), None), ((SetDependency("platform"),), ("platform",))],
    ids=["never read", "read before"],
)
def test_a_configuration_that_cannot_be_read_says_not_that_no_set_comes_first(said, after) -> None:
    decided = fleet.decision(fleet.binding(WEB, ("eu-1",)), clusters=("eu-1",))
    taken = fleet.snapshot(decided)
    unread = frozenset({"gitopsd.yaml"})
    loaded = replace(taken.loaded, configuration=Configuration(depends_on=said), unreadable=unread)

    wanted = gate(replace(taken, loaded=loaded), decided, fleet.known(), None).wanted

    assert wanted["eu-1"].after == after
