"""What programs of a pipeline read must be what they know: SARIF by its schema, JUnit by XML.

`sarif-2.1.0.schema.json` is the schema as Microsoft's SARIF packages carry it (2.1.0-rtm.5, MIT).
"""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as some

from gitopsd.core.review.annotations import annotations
from gitopsd.core.review.junit import junit
from gitopsd.core.review.sarif import sarif
from gitopsd.model.problem import Problem, Severity

SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0.schema.json").read_text())
FOUND = (
    Problem("apps/ä b.yaml", 41, "/spec/replicas", "must be a whole number", key="apps/D/shop/web"),
    Problem("apps/web.yaml", 0, "", "cannot be read", "Unreadable"),
    Problem("", 0, "", "100% <of> it, \n& more", "GuardTripped", Severity.WARNING, cluster="eu-1"),
    Problem("a.yaml", 1, "", "claimed by nobody", "Unclaimed", Severity.NOTICE),
)
PROBLEMS = some.builds(
    Problem,
    path=some.text(max_size=20),
    line=some.integers(0, 99),
    pointer=some.text(max_size=10),
    message=some.text(max_size=40),
    reason=some.sampled_from(["Invalid", "Unreadable"]),
    severity=some.sampled_from(list(Severity)),
)


@pytest.mark.parametrize("problems", [(), FOUND], ids=["none", "some"])
def test_sarif_is_what_its_schema_says(problems):
    jsonschema.Draft4Validator(SCHEMA).validate(sarif(problems, "1.0"))


def test_sarif_names_places_and_rules():
    (run,) = sarif(FOUND, "1.0")["runs"]

    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [
        "GuardTripped", "Invalid", "Unclaimed", "Unreadable",
    ]  # fmt: skip
    assert [
        (each["ruleId"], each["level"], each["message"]["text"], place_of(each))
        for each in run["results"]
    ] == [
        (
            "Invalid",
            "error",
            "/spec/replicas: must be a whole number",
            ("apps/%C3%A4%20b.yaml", 41),
        ),
        ("Unreadable", "error", "cannot be read", ("apps/web.yaml", 1)),
        ("GuardTripped", "warning", "eu-1: 100% <of> it, \n& more", ("gitopsd.yaml", 1)),
        ("Unclaimed", "note", "claimed by nobody", ("a.yaml", 1)),
    ]


def test_a_finding_that_only_moved_keeps_its_fingerprint():
    moved = Problem("a.yaml", 9, "", "other words", "Unclaimed", Severity.NOTICE)

    (before,), (after,) = (
        [*sarif([each], "1")["runs"][0]["results"]] for each in (FOUND[3], moved)
    )

    assert before["partialFingerprints"] == after["partialFingerprints"]


def test_junit_fails_for_errors_alone():
    suites = ElementTree.fromstring(junit(FOUND, "gitopsd validate"))

    assert (suites.get("tests"), suites.get("failures")) == ("4", "2")
    assert [
        (test.get("name"), test.get("file"), [part.tag for part in test])
        for test in suites.iter("testcase")
    ] == [
        ("apps/ä b.yaml:41 /spec/replicas", "apps/ä b.yaml", ["failure"]),
        ("apps/web.yaml", "apps/web.yaml", ["failure"]),
        ("eu-1", None, ["system-out"]),
        ("a.yaml:1", "a.yaml", ["system-out"]),
    ]
    assert suites.find(".//failure").get("message") == "must be a whole number"


def test_junit_of_nothing_is_one_test_that_passes():
    (test,) = ElementTree.fromstring(junit((), "gitopsd validate")).iter("testcase")

    assert list(test) == []


@given(some.lists(PROBLEMS, max_size=4))
def test_junit_is_always_xml(problems):
    found = ElementTree.fromstring(junit(problems, "x").encode())

    assert len(list(found.iter("testcase"))) == max(len(problems), 1)


def test_annotations_are_workflow_commands():
    assert annotations(FOUND).splitlines() == [
        "::error file=apps/ä b.yaml,line=41,title=Invalid::/spec/replicas: must be a whole number",
        "::error file=apps/web.yaml,title=Unreadable::cannot be read",
        "::warning title=GuardTripped::eu-1: 100%25 <of> it, %0A& more",
        "::notice file=a.yaml,line=1,title=Unclaimed::claimed by nobody",
    ]


@given(some.lists(PROBLEMS, max_size=4))
def test_no_problem_says_more_than_one_annotation(problems):
    """A message of the repository begins no command of its own."""
    lines = annotations(problems).split("\n") if problems else []

    assert len(lines) == len(problems)
    assert all(re.match(r"::(error|warning|notice) ", line) for line in lines)


def place_of(result) -> tuple[str, int]:
    (location,) = result["locations"]
    place = location["physicalLocation"]
    return place["artifactLocation"]["uri"], place["region"]["startLine"]
