"""What a plan says of changes that no member can make."""

from dataclasses import replace

import pytest

from fakes import fleet
from gitopsd.core.changes import changes
from gitopsd.core.review import remarks
from gitopsd.kube.body import with_annotations
from gitopsd.model.decision import Manifest

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
