"""What is said when a branch is not there names those that are."""

import pytest

from gitopsd.edge.git.exchange import missing

URL = "https://git.example/fleet.git"
REFS = ("refs/heads/master", "refs/heads/dev", "refs/heads/gitopsd/status", "refs/tags/v1")


@pytest.mark.parametrize(
    ("wanted", "refs", "words"),
    [
        (
            "",
            REFS,
            "has no commit on its default branch main yet; --branch names another one; "
            "there are: dev, master",
        ),
        ("", (), "has no commit on its default branch main yet; push one"),
        (
            "prod",
            REFS,
            "has no branch or tag 'prod'; there are: dev, master; "
            "what was read from it before stays in force",
        ),
        ("prod", (), "has no branch or tag 'prod'; what was read from it before stays in force"),
    ],
)
def test_a_name_that_means_nothing_is_told_with_those_that_do(wanted, refs, words):
    assert missing(URL, wanted, refs, "refs/heads/main").reason == words


def test_of_many_branches_ten_are_named():
    many = [f"refs/heads/b{number:02}" for number in range(12)]

    assert missing(URL, "x", many, "").reason.endswith(
        "b09, …; what was read from it before stays in force"
    )
