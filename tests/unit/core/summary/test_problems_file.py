"""Troubles: once each, the worst first, with all their clusters."""

from gitopsd.core.summary.problems import count, grouped, of_member
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import Report
from gitopsd.model.page import Trouble
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import ResourceKey


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
