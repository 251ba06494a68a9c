"""Troubles: once each, the worst first, with all their clusters."""

import dataclasses

from fakes import fleet
from gitopsd.core.summary.problems import count, grouped, held, held_over, of_member
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import ActionKind, Entry, Health, Outcome, Report
from gitopsd.model.page import Trouble
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Loaded, Snapshot


def test_the_worst_comes_first_then_by_file_and_line():
    notice = Problem("a.yaml", 1, "", "claimed by nobody", "Unclaimed", Severity.NOTICE)
    late = Problem("b.yaml", 9, "", "no such field")
    early = Problem("b.yaml", 2, "", "no such field")

    assert [each.where for each in grouped([notice, late, early])] == [
        "b.yaml:2",
        "b.yaml:9",
        "a.yaml:1",
    ]


def test_clusters_with_the_same_trouble_share_an_entry():
    both = [
        Problem("", 0, "", "may not", "Forbidden", key="apps/Deployment/shop/web", cluster=name)
        for name in ("us-1", "eu-1")
    ]

    assert grouped(both) == (
        Trouble(
            Severity.ERROR,
            "Forbidden",
            "may not",
            object="apps/Deployment/shop/web",
            clusters=("eu-1", "us-1"),
        ),
    )


def test_all_severities_are_counted():
    assert count([Trouble(Severity.ERROR, "Invalid", "x")]) == {
        "error": 1,
        "warning": 0,
        "notice": 0,
    }


def test_a_guard_is_told_once_with_what_lets_its_deletions_pass():
    keys = [ResourceKey("", "ConfigMap", "shop", f"map-{n}") for n in range(3)]
    wanted = Wanted(
        "eu-1",
        "c1",
        {},
        guarded=dict.fromkeys(keys[:2], "TooMany") | {keys[2]: "Canary"},
        reasons={"TooMany": "2 of 3 objects would go", "Canary": "us-1 deletes first"},
    )

    assert grouped(of_member(wanted, Report("eu-1", True))) == (
        Trouble(
            Severity.ERROR,
            "GuardTripped",
            "guard TooMany holds 2 deletions: 2 of 3 objects would go; to allow them, commit what "
            "`gitopsd plan --approval` prints",
            clusters=("eu-1",),
        ),
        Trouble(
            Severity.NOTICE, "Canary", "1 deletion waits: us-1 deletes first", clusters=("eu-1",)
        ),
    )


def test_deletions_that_wait_on_a_member_are_told_once_with_what_for():
    first, second, gone = (ResourceKey("", "ConfigMap", "shop", f"map-{n}") for n in range(3))
    words = "instance apps comes after this one and still holds ConfigMap shop/web here"
    outcomes = {
        key: Outcome(key, ActionKind.SKIP, "DependencyNotReady", words) for key in (first, second)
    }
    wanted = Wanted("eu-1", "c1", {}, deletions=frozenset({first, second, gone}))

    assert grouped(of_member(wanted, Report("eu-1", True, outcomes=outcomes))) == (
        Trouble(
            Severity.NOTICE,
            "DependencyNotReady",
            f"2 deletions wait: {words}",
            clusters=("eu-1",),
        ),
    )


MISTAKE = Problem("shop/web.yaml", 14, "/spec/replicas", "must be a whole number")


def test_what_is_held_is_told_with_the_mistake_and_how_it_does():
    decided = fleet.decision(clusters=("eu-1",))
    asked = Wanted("eu-1", fleet.COMMIT, {}, kept={fleet.WEB: "shop/web.yaml:14 cannot be read"})
    ill = Outcome(
        fleet.WEB, ActionKind.SKIP, "Held", "", Health.IN_PROGRESS, "ready: 1/2", hash="h"
    )

    assert decided.bindings == {}
    assert said_of_held(asked, fleet.report(asked, ill)) == (
        Severity.WARNING,
        "apps/Deployment/shop/web",
        "stays as it is: shop/web.yaml:14 cannot be read; it is InProgress: ready: 1/2",
    )
    assert said_of_held(asked, None)[2].endswith("; nothing is known of how it does")


def test_the_record_of_a_run_is_not_told_as_held():
    run = ResourceKey("batch", "Job", "shop", "migrate")
    asked = Wanted("eu-1", fleet.COMMIT, {}, kept={run: "its stage is not open"})
    there = fleet.report(asked)
    inventory = {run: Entry(run, "v1", flags=("done", "hook"))}

    assert list(held(asked, dataclasses.replace(there, inventory=inventory), {})) == []


def test_what_goes_on_as_it_was_read_last_is_held_too():
    decided = fleet.decision(fleet.binding(fleet.web(), ("eu-1",), 2), clusters=("eu-1",))
    loaded = Loaded(invalid={fleet.WEB: MISTAKE})
    snapshot = Snapshot(fleet.snapshot(decided).tree, loaded)
    asked = fleet.wanted(decided)["eu-1"]
    well = fleet.outcome(asked.manifests[fleet.WEB])

    over = held_over(snapshot, decided)

    assert over == {fleet.WEB: "its object is invalid: shop/web.yaml:14"}
    (told,) = held(asked, fleet.report(asked, well), over)
    assert (told.severity, told.reason) == (Severity.NOTICE, "Held")
    assert told.message.endswith("shop/web.yaml:14; it is well")


def test_an_unreadable_file_is_named_with_its_line():
    decided = fleet.decision(fleet.binding(fleet.web(), ("eu-1",), 2), clusters=("eu-1",))
    path = fleet.web().origin.path
    wrong = (Problem(path, 9, "", "a tab"), Problem(path, 7, "", "a bracket"))
    loaded = Loaded(problems=wrong, unreadable=frozenset({path}))

    over = held_over(Snapshot(fleet.snapshot(decided).tree, loaded), decided)

    assert over == {fleet.WEB: f"it stands in {path}:7, which cannot be read"}


def test_nothing_is_held_by_a_commit_without_mistakes():
    decided = fleet.decision(fleet.binding(fleet.web(), ("eu-1",), 2), clusters=("eu-1",))

    assert held_over(fleet.snapshot(decided), decided) == {}


def said_of_held(asked, report):
    (told,) = held(asked, report, {})
    return told.severity, told.key, told.message
