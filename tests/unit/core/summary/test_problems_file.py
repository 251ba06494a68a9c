"""Troubles: once each, the worst first, with all their clusters."""

from gitopsd.core.summary.problems import count, grouped
from gitopsd.model.page import Trouble
from gitopsd.model.problem import Problem, Severity


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
