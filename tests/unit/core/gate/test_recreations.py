"""What is made anew is deleted first: that is a deletion, guarded and approved as any other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fakes.fleet import NOW, decision, known, snapshot
from gitopsd.core.changes import Changes, applied, changes
from gitopsd.core.deletions import deletion_hash
from gitopsd.core.fixed import flagged, marked
from gitopsd.core.gate import Gated, gate
from gitopsd.model.decision import Manifest, Wanted
from gitopsd.model.delivery import ActionKind, Entry, Report
from gitopsd.model.resource import Origin, ResourceKey
from gitopsd.model.snapshot import Approval

WEB = ResourceKey("apps", "Deployment", "shop", "web")
DATA = ResourceKey("apps", "StatefulSet", "shop", "data")
CAKE = ResourceKey("shop.example", "Cake", "shop", "birthday")


def manifest(key: ResourceKey, spec: str, asks: str = "recreate", loss: str = "true") -> Manifest:
    notes = {"gitopsd.io/on-immutable": asks, "gitopsd.io/allow-data-loss": loss}
    body = {"metadata": {"annotations": notes}, "spec": {"selector": spec, "serviceName": spec}}
    return Manifest(key, "v1", body, marked(f"hash of {spec}", body, key[:2]), Origin("a.yaml"))


def entry(key: ResourceKey, spec: str, found: Manifest | None = None) -> Entry:
    held = Entry(key, "v1", "uid", manifest(key, spec).hash)
    return replace_flags(held, found) if found else held


def replace_flags(held: Entry, found: Manifest) -> Entry:
    return Entry(held.key, held.version, held.uid, held.hash, flags=flagged(held, found))


def world(held: dict[str, list[Entry]], wanted: list[Manifest], **more):
    """Members that hold these entries and are to hold these manifests."""
    decided = decision(clusters=tuple(held))
    manifests = {name: {each.key: each for each in wanted} for name in held}
    decided = replace(decided, manifests=manifests)
    taken = snapshot(decided)
    loaded = replace(taken.loaded, approvals=more.get("approvals", ()))
    tree = replace(taken.tree, approved=frozenset(more.get("trailers", ())))
    reports = [
        Report(name, True, inventory={each.key: each for each in entries})
        for name, entries in held.items()
    ]
    return replace(taken, loaded=loaded, tree=tree), decided, known(*reports)


def gated(*args, before: Gated | None = None, **more) -> Gated:
    return gate(*world(*args, **more), before)


def of_eu(*args, **more) -> Wanted:
    return gated(*args, **more).wanted["eu"]


def planned(held, wanted) -> Changes:
    _, decided, seen = world(held, wanted)
    return changes(applied(seen), decided)


def test_a_field_that_cannot_be_changed_is_a_recreation_in_the_plan() -> None:
    found = planned({"eu": [entry(WEB, "a")]}, [manifest(WEB, "b")])

    assert [each.action for each in found.changes] == [ActionKind.RECREATE]
    assert found.deletions == {"eu/apps/Deployment/shop/web"}
    assert found.deletion_hash == deletion_hash(["eu/apps/Deployment/shop/web"])


@pytest.mark.parametrize(
    ("key", "asks", "loss"), [(WEB, "fail", ""), (WEB, "ignore", ""), (DATA, "recreate", "")]
)
def test_it_is_a_change_where_the_object_does_not_ask_for_more(key, asks, loss) -> None:
    found = planned({"eu": [entry(key, "a")]}, [manifest(key, "b", asks, loss)])

    assert [each.action for each in found.changes] == [ActionKind.CONFIGURE]
    assert found.deletion_hash == ""


def test_a_recreation_is_named_to_the_member_and_deletes_nothing_else() -> None:
    found = of_eu({"eu": [entry(WEB, "a")]}, [manifest(WEB, "b")])

    assert (found.recreations, found.deletions, found.guarded) == ({WEB}, frozenset(), {})


def test_the_hash_to_approve_is_that_of_the_plan() -> None:
    held, wanted = {"eu": [entry(WEB, "a"), entry(DATA, "a")]}, [manifest(WEB, "b")]

    assert gated(held, wanted).deletions == planned(held, wanted).deletion_hash


def test_what_holds_data_is_never_made_anew_without_a_person() -> None:
    held, wanted = {"eu": [entry(DATA, "a")]}, [manifest(DATA, "b")]
    approval = Approval("a", frozenset({"eu/apps/StatefulSet/shop/data"}), NOW + timedelta(1))

    unasked = of_eu(held, wanted)
    approved = of_eu(held, wanted, approvals=(approval,))

    assert (unasked.recreations, unasked.guarded) == (frozenset(), {DATA: "Stateful"})
    assert (approved.recreations, approved.guarded) == ({DATA}, {})


def test_many_recreations_are_too_many() -> None:
    keys = [WEB._replace(name=f"web-{n}") for n in range(6)]

    found = of_eu({"eu": [entry(key, "a") for key in keys]}, [manifest(key, "b") for key in keys])

    assert found.recreations == frozenset()
    assert set(found.guarded.values()) == {"TooMany"}


def test_one_member_is_made_anew_before_the_others() -> None:
    held = {name: [entry(WEB, "a")] for name in ("eu", "us")}

    found = gated(held, [manifest(WEB, "b")])

    assert found.wanted["eu"].recreations == {WEB}
    assert (found.wanted["us"].recreations, found.wanted["us"].guarded) == (
        frozenset(),
        {WEB: "Canary"},
    )


# What only the member knows

NEW = manifest(CAKE, "b")
REFUSED = {"eu": [entry(CAKE, "a", NEW)]}
NAME = "eu/shop.example/Cake/shop/birthday"


def test_a_refusal_alone_allows_nothing() -> None:
    found = gated(REFUSED, [NEW])

    assert found.wanted["eu"].recreations == frozenset()
    assert (found.wanted["eu"].guarded, found.deletions) == ({}, "")


@pytest.mark.parametrize(
    "allowed",
    [
        {"approvals": (Approval("a", frozenset({NAME})),)},
        {"trailers": (deletion_hash([NAME]),)},
    ],
    ids=["approval", "trailer"],
)
def test_it_waits_for_an_approval_of_its_own(allowed) -> None:
    assert of_eu(REFUSED, [NEW], **allowed).recreations == {CAKE}


def test_nothing_is_made_anew_while_the_repository_cannot_be_read() -> None:
    taken, decided, seen = world(REFUSED, [NEW], approvals=(Approval("a", frozenset({NAME})),))

    found = gate(taken, decided, replace(seen, unread="no answer"), None)

    assert found.wanted["eu"].recreations == frozenset()


def test_an_approval_that_is_over_allows_nothing() -> None:
    over = Approval("a", frozenset({NAME}), NOW)

    assert of_eu(REFUSED, [NEW], approvals=(over,)).recreations == frozenset()


def test_a_trailer_holds_until_the_object_is_what_is_wanted() -> None:
    first = gated(REFUSED, [NEW], trailers=(deletion_hash([NAME]),))

    meanwhile = gated(REFUSED, [NEW], before=first)
    done = gated({"eu": [entry(CAKE, "b")]}, [NEW], before=meanwhile)

    assert meanwhile.wanted["eu"].recreations == {CAKE}
    assert (done.wanted["eu"].recreations, done.gating.approved) == (frozenset(), frozenset())


def test_an_approval_of_another_change_allows_nothing() -> None:
    other = manifest(CAKE, "c")

    found = of_eu(REFUSED, [other], approvals=(Approval("a", frozenset({NAME})),))

    assert found.recreations == frozenset()
