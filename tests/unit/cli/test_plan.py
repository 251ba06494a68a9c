"""The plan as the command line prints it, and what its exit code says."""

import json

import pytest

from fakes import fleet
from gitopsd.cli import plan
from gitopsd.kube import yaml
from gitopsd.model.changes import Change, Changes, Preview
from gitopsd.model.config import Config
from gitopsd.model.delivery import ActionKind
from gitopsd.model.problem import Problem, Severity

DELETE = Change("eu-1", fleet.WEB, ActionKind.PRUNE, "h")
ERROR = Problem("a.yaml", 1, "", "no such field")
NOTICE = Problem("a.yaml", 1, "", "claimed by nobody", severity=Severity.NOTICE)


def preview(*changes: Change, problems: tuple[Problem, ...] = (), **more: object) -> Preview:
    deletions = "d" * 64 if changes else ""
    return Preview(Changes(changes, (), "f" * 64, deletions, problems), **more)


@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (preview(), 0),
        (preview(problems=(NOTICE,)), 0),
        (preview(DELETE), 3),
        (preview(problems=(ERROR,)), 1),
        (preview(DELETE, guards=("EmptySet on eu-1",)), 1),
    ],
    ids=["nothing", "a notice", "a change", "an error", "a guard"],
)
def test_the_exit_code_says_what_stands_in_the_way(seen, code):
    assert plan.exit_code(seen) == code


def test_an_approval_can_be_committed_as_it_is_printed():
    (document,) = yaml.documents(plan.approval(preview(DELETE)).encode())

    assert document.body["spec"]["covers"] == ["eu-1/apps/Deployment/shop/web"]
    assert yaml.documents(plan.approval(preview()).encode()) == []


def test_every_format_says_what_is_deleted():
    seen = preview(DELETE, base="aaaa", head="bbbb")

    assert "delete Deployment.apps shop/web  on eu-1" in plan.FORMATS["text"](seen)
    assert "delete `Deployment.apps shop/web` on eu-1" in plan.FORMATS["markdown"](seen)
    found = json.loads(plan.FORMATS["json"](seen))
    assert found["changes"][0]["object"] == "apps/Deployment/shop/web"


def test_who_stands_in_a_clone_of_the_repository_plans_its_working_tree(repository):
    folder = repository._clone
    (folder / "apps").mkdir()
    followed, other = Config(repo=repository.url), Config(repo="https://elsewhere/fleet")

    assert plan.standing(followed, folder / "apps").worktree == folder
    assert plan.standing(Config(repo=folder.as_uri()), folder).worktree == folder
    assert plan.standing(followed, repository.path) == followed
    assert plan.standing(other, folder) == other


def test_a_working_tree_that_is_a_clone_has_its_status_branch_at_its_origin(repository, tmp_path):
    folder = repository._clone
    (folder / "apps").mkdir()

    assert plan.standing(Config(worktree=folder), tmp_path).repo == repository.url
    assert plan.standing(Config(worktree=folder / "apps"), tmp_path).repo == ""
    assert plan.standing(Config(worktree=tmp_path), tmp_path).repo == ""
