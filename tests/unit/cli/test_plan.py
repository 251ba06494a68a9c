"""The plan as the command line prints it, and what its exit code says."""

import json
from types import SimpleNamespace

import pytest

from fakes import fleet
from gitopsd.cli import main, plan
from gitopsd.kube import yaml
from gitopsd.model.changes import Change, Changes, Preview
from gitopsd.model.config import Config
from gitopsd.model.delivery import ActionKind
from gitopsd.model.problem import Problem, Severity

DELETE = Change("eu-1", fleet.WEB, ActionKind.PRUNE, "h")
ERROR = Problem("a.yaml", 1, "", "no such field")
NOTICE = Problem("a.yaml", 1, "", "claimed by nobody", severity=Severity.NOTICE)


ASKED = SimpleNamespace(comment_marker=None, comment_host="github", comment_link=None)


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
    assert plan.exit_code(seen, changes_matter=True) == code


@pytest.mark.parametrize(
    ("seen", "asked", "plain"),
    [
        (preview(DELETE), 3, 0),
        (preview(DELETE, problems=(ERROR,), brings_trouble=False), 3, 1),
        (preview(DELETE, guards=("EmptySet on eu-1",), brings_trouble=False), 3, 1),
        (preview(problems=(ERROR,), brings_trouble=False), 1, 1),
    ],
    ids=["a change", "a change beside an old error", "a guard that held before", "an old error"],
)
def test_what_was_wrong_before_does_not_stop_who_asks_for_changes(seen, asked, plain):
    assert plan.exit_code(seen, changes_matter=True) == asked
    assert plan.exit_code(seen) == plain


def test_an_approval_says_what_it_does_not_allow():
    printed = plan.approval(preview(DELETE, losses=("PersistentVolumeClaim shop/data on eu …",)))

    assert printed.startswith("# PersistentVolumeClaim shop/data on eu …\napiVersion: ")


def test_an_approval_can_be_committed_as_it_is_printed():
    (document,) = yaml.documents(plan.approval(preview(DELETE)).encode())

    assert document.body["spec"]["covers"] == ["eu-1/apps/Deployment/shop/web"]
    assert yaml.documents(plan.approval(preview()).encode()) == []


def test_every_format_says_what_is_deleted():
    seen = preview(DELETE, base="aaaa", head="bbbb")

    assert "delete Deployment.apps shop/web  on eu-1" in plan.FORMATS["text"](seen, ASKED)
    assert "delete Deployment.apps shop/web on eu-1" in plan.FORMATS["markdown"](seen, ASKED)
    found = json.loads(plan.FORMATS["json"](seen, ASKED))
    assert found["changes"][0]["object"] == "apps/Deployment/shop/web"


def test_a_terminal_is_shown_what_files_say_and_does_not_obey():
    seen = preview(problems=(Problem("a.yaml", 1, "/x\x1b[31m", "no such field"),))

    assert "/x?[31m: no such field\n" in plan.FORMATS["text"](seen, ASKED) + "\n"


def test_programs_of_a_pipeline_are_told_of_problems_and_guards():
    seen = preview(DELETE, problems=(ERROR,), guards=("EmptySet on eu-1",))

    assert plan.FORMATS["github"](seen, ASKED).splitlines() == [
        "::error file=a.yaml,line=1,title=Invalid::no such field",
        "::error title=GuardTripped::EmptySet on eu-1",
        "::notice title=Plan::0 create, 0 change, 0 recreate, 1 delete on 1 cluster; "
        "guards: EmptySet on eu-1",
    ]
    (run,) = json.loads(plan.FORMATS["sarif"](seen, ASKED))["runs"]
    assert [each["ruleId"] for each in run["results"]] == ["Invalid", "GuardTripped"]
    assert 'tests="2" failures="2"' in plan.FORMATS["junit"](seen, ASKED)


def test_a_comment_has_the_marker_link_and_length_that_were_asked_for():
    marked = SimpleNamespace(
        comment_marker="x/1", comment_host="bitbucket", comment_link="http://a"
    )
    gone = tuple(
        Change("eu-1", fleet.WEB._replace(name=f"web-{n}"), ActionKind.PRUNE, "h")
        for n in range(5000)
    )

    said = plan.FORMATS["markdown"](preview(*gone), marked)

    assert said.startswith("<!-- gitopsd-plan:x/1 -->\n")
    assert "[the whole plan](http://a)" in said
    assert len(said) <= 32_768


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


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--what-if", "up=eu"), "'up=eu'; right would be down=CLUSTER"),
        (("--what-if", "add=no.yaml"), "no.yaml: No such file or directory"),
        (("--what-if", "add=map.yaml"), "map.yaml: holds 0 Clusters; right would be one"),
        (("--what-if", "add=wrong.yaml"), "/spec/syncMode"),
        (("--what-if", "down=eu"), "'eu' means no cluster; known: none"),
        (("--what-if", "down=eu", "--format", "junit"), "junit says nothing"),
    ],
    ids=["word", "no file", "other object", "wrong", "no cluster", "format"],
)
def test_what_cannot_be_supposed_is_wrong_usage(asked, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    map_ = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    wrong = "apiVersion: cluster.karmada.io/v1alpha1\nkind: Cluster\nmetadata: {name: a}\n"
    (tmp_path / "map.yaml").write_text(map_)
    (tmp_path / "wrong.yaml").write_text(f"{wrong}spec: {{syncMode: Shove}}\n")

    code = main(["plan", "--worktree", str(tmp_path), *asked])

    assert code == 2
    assert said in capsys.readouterr().err
