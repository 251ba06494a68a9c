"""What members said of a rehearsal: once for all that said the same, with the file where it is."""

from fakes import fleet
from gitopsd.core.review.rehearsed import Answer, Sort, rehearsed
from gitopsd.model.changes import Change, Changes, Preview
from gitopsd.model.delivery import ActionKind
from gitopsd.model.problem import Problem

NEW = fleet.manifest(fleet.web())
CREATE = Change("eu-1", fleet.WEB, ActionKind.CREATE, "", NEW)
SEEN = Preview(Changes((CREATE,), (), "f" * 64, ""), brings_trouble=False)


def test_a_refusal_is_a_problem_of_the_file_and_trouble_that_the_plan_brings():
    said = rehearsed(
        SEEN, [Answer(name, fleet.WEB, Sort.REFUSED, "no") for name in ("us-1", "eu-1")]
    )

    assert said.changes.problems == (
        Problem(
            "shop/web.yaml",
            3,
            "",
            "Deployment.apps shop/web would be refused on eu-1, us-1: no",
            "Rejected",
            key=fleet.WEB.id,
        ),
    )
    assert (said.brings_trouble, said.changes.exact) == (True, True)


def test_what_could_not_be_tried_makes_a_plan_inexact():
    answers = [
        Answer("eu-1", None, Sort.UNSURE, "dry runs are not allowed"),
        Answer("eu-1", None, Sort.UNSURE, "dry runs are not allowed"),
        Answer("us-1", fleet.WEB, Sort.NOTED, "v1 is deprecated"),
    ]

    said = rehearsed(SEEN, answers)

    assert said.warnings == (
        "eu-1: dry runs are not allowed",
        "Deployment.apps shop/web on us-1: v1 is deprecated",
    )
    assert (said.changes.exact, said.changes.problems, said.brings_trouble) == (False, (), False)


def test_nothing_said_leaves_the_plan_as_it_is():
    said = rehearsed(SEEN, [])

    assert (said.changes.changes, said.warnings, said.changes.exact) == ((CREATE,), (), True)
