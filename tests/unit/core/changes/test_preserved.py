"""What stays on its member when nobody wants it any more is applied like anything else."""

from dataclasses import replace

from fakes import fleet
from gitopsd.core.changes import applied, changes, entry_in, hash_in, word_of, words_of
from gitopsd.core.review import remarks
from gitopsd.model.delivery import Entry, Report

WEB = fleet.web()
KEPT = replace(fleet.manifest(WEB), preserve=True)
NOTHING = fleet.decision(clusters=("eu-1",))
WANTED = replace(
    fleet.decision(fleet.binding(WEB, ("eu-1",)), clusters=("eu-1",)),
    manifests={"eu-1": {WEB.key: KEPT}},
)


def holding(*flags: str):
    entry = Entry(WEB.key, "v1", "u1", hash=KEPT.hash, flags=flags)
    return fleet.known(Report("eu-1", True, inventory={WEB.key: entry}))


def test_what_is_there_is_not_made_again():
    assert changes(applied(holding("kept")), WANTED).changes == ()


def test_what_is_to_be_another_is_a_change_from_what_was_applied():
    other = replace(WANTED, manifests={"eu-1": {WEB.key: replace(KEPT, hash="other")}})

    (found,) = changes(applied(holding("kept")), other).changes

    assert (found.action.value, found.before) == ("Configure", KEPT.hash)


def test_what_stays_is_no_deletion():
    assert changes(applied(holding("kept")), NOTHING).changes == ()
    assert list(remarks.released(applied(holding("kept")), NOTHING)) == [
        "Deployment.apps shop/web stays on eu-1 and is let go: it was to be preserved"
    ]
    assert list(remarks.released(applied(holding()), NOTHING)) == []
    assert len(changes(applied(holding()), NOTHING).changes) == 1


def test_records_of_hooks_and_of_namespaces_made_for_others_are_not_applied():
    assert applied(holding("hook")) == {"eu-1": {}}
    assert applied(holding("createdNamespace")) == {"eu-1": {}}


def test_a_manifest_and_its_entry_say_the_same():
    (entry,) = holding("kept").reports["eu-1"].inventory.values()

    assert words_of({WEB.key: entry}) == {WEB.key: word_of(KEPT)}
    assert hash_in(word_of(KEPT)) == KEPT.hash
    assert entry_in(WEB.key, word_of(KEPT)).flags == ("kept",)


def test_what_a_policy_suspends_is_no_change():
    waits = replace(KEPT, suspended=True, hash="other")
    suspended = replace(WANTED, manifests={"eu-1": {WEB.key: waits}})

    assert changes({"eu-1": {}}, suspended).changes == ()
    assert list(remarks.suspended(applied(holding()), suspended)) == [
        "Deployment.apps shop/web stays as it is on eu-1: its policy suspends dispatching there"
    ]
    assert list(remarks.suspended({"eu-1": {WEB.key: "other"}}, suspended)) == []
