"""A cluster that takes commits whole takes nothing of one in which something is wrong."""

from dataclasses import replace

import pytest

from fakes.fleet import WEB, binding, decision, known, snapshot, web
from gitopsd.core.gate import gate
from gitopsd.model.delivery import Entry, Report
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import ResourceKey

GONE = ResourceKey("", "ConfigMap", "shop", "gone")
BROKEN = ResourceKey("", "ConfigMap", "shop", "broken")
WRONG = Problem("a.yaml", 3, "/data", "must be a mapping")


def turned(problem=None, **loaded):
    """What `eu`, which is strict, and `us` may do: one object is new, one is to go."""
    bound = binding(web(), ("eu", "us"))
    bound = replace(bound, problems=(problem,) if problem else ())
    decided = decision(bound, clusters=("eu", "us"))
    eu = replace(decided.clusters["eu"], annotations={"gitopsd.io/on-invalid": "refuse"})
    decided = replace(decided, clusters={**decided.clusters, "eu": eu})
    taken = snapshot(decided)
    taken = replace(taken, loaded=replace(taken.loaded, **loaded))
    inventory = {GONE: Entry(GONE, "v1", hash="a")}
    seen = known(*(Report(name, True, inventory=inventory) for name in ("eu", "us")))
    return gate(taken, decided, seen, None).wanted


def test_a_commit_that_is_right_goes_everywhere() -> None:
    found = turned()

    assert [set(each.manifests) for each in found.values()] == [{WEB}, {WEB}]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"invalid": {BROKEN: WRONG}}, "a.yaml:3 /data: must be a mapping"),
        ({"unreadable": frozenset({"b.yaml"})}, "b.yaml cannot be read"),
        (
            {"unreadable": frozenset({"b.yaml"}), "rendering": frozenset({"b.yaml"})},
            "b.yaml is being rendered",
        ),
        ({"problem": Problem("", 0, "", "no such field", cluster="eu")}, "eu: no such field"),
    ],
)
def test_nothing_of_one_in_which_something_is_wrong_is_done(wrong, why) -> None:
    found = turned(**wrong)

    assert (found["eu"].manifests, found["eu"].deletions) == ({}, frozenset())
    assert found["eu"].guarded == dict.fromkeys(sorted((GONE, WEB)), "Refused")
    assert found["eu"].reasons["Refused"] == f"the commit is refused here: {why}"
    assert set(found["us"].manifests) == {WEB}


def test_what_is_wrong_elsewhere_and_what_is_only_a_remark_does_not_count() -> None:
    elsewhere = turned(Problem("", 0, "", "no such field", cluster="us"))
    remark = turned(Problem("", 0, "", "old", severity=Severity.WARNING, cluster="eu"))

    assert [set(each["eu"].manifests) for each in (elsewhere, remark)] == [{WEB}, {WEB}]
