"""What a plan and a check of files say where only signed commits are acted on."""

import shutil
from dataclasses import replace

import pytest

from gitopsd.cli import main, plan
from gitopsd.daemon.preview import Asked
from gitopsd.daemon.viewing import preview
from gitopsd.model.problem import Severity
from gitopsd.model.trust import Verify
from servers.signers import SshSigners

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen here")


@pytest.fixture
def signers(tmp_path):
    folder = tmp_path / "keys"
    folder.mkdir()
    return SshSigners(folder)


@pytest.fixture
def push(desk, signers):
    """Commits signed so; `head` puts the branch of the last one aside, under that name."""

    def pushed(case, name, head=""):
        desk.repository.signing = signers.options(case)
        commit = desk.repository.push({f"{name}.txt": name})
        if head:
            desk.repository._git(desk.clone, "push", "-q", "origin", f"HEAD:{head}")
            desk.repository.rewind(f"{commit}~1")
        return commit

    return pushed


async def problems(desk, signers, verify, base="", head=""):
    """What a plan in the clone says of signatures, away from it too."""
    demanding = replace(desk.config, verify=verify, allowed_signers=signers.allowed)
    here = await preview(replace(demanding, worktree=desk.clone), Asked(base, head))
    away = await preview(demanding, Asked(base.replace("origin/", ""), head))
    assert here.changes.problems == away.changes.problems
    assert plan.exit_code(here) == bool(here.changes.problems)
    return [(each.reason, each.message) for each in here.changes.problems]


def unsigned(commit):
    return "Unsigned", f"commit {commit[:12]} would be refused: it is not signed"


async def test_a_head_that_is_not_signed_is_an_error_of_the_plan(desk, signers, push) -> None:
    push("good", "a")
    good = await problems(desk, signers, Verify.HEAD)
    commit = push("unsigned", "b")

    assert good == []
    assert await problems(desk, signers, Verify.HEAD) == [unsigned(commit)]
    assert await problems(desk, signers, Verify.NOTHING) == []


async def test_of_a_range_all_that_a_merge_brings_counts(desk, signers, push) -> None:
    base = push("unsigned", "a")
    bad = push("unsigned", "b", head="bad")
    push("good", "c", head="good")
    asked = {"base": "origin/main", "head": "bad"}

    assert desk.repository.head() == base
    said = await problems(desk, signers, Verify.RANGE, "origin/main", bad)
    assert said == [unsigned(bad)]
    assert (
        await problems(desk, signers, Verify.RANGE, "origin/main", desk.repository.head("good"))
        == []
    )
    assert await problems(desk, signers, Verify.HEAD, **asked) == []


async def test_a_range_begins_after_what_was_applied(desk, signers, push) -> None:
    push("unsigned", "a")
    assert await desk.sync() == 0
    push("good", "b")
    good = await problems(desk, signers, Verify.RANGE)
    bad = push("unsigned", "c")
    push("good", "d")

    [(reason, words)] = await problems(desk, signers, Verify.RANGE)

    assert good == []
    assert (reason, words.partition("brings ")[2]) == (
        "Unsigned",
        f"commit {bad[:12]}, of which: it is not signed",
    )


async def test_a_clone_that_is_cut_off_asks_the_repository(desk, signers, push, tmp_path) -> None:
    base = push("good", "a")
    bad = push("unsigned", "b")
    push("good", "c")
    desk.repository._git(tmp_path, "clone", "-q", "--depth=1", desk.repository.url, "shallow")
    clone = tmp_path / "shallow"
    config = replace(desk.config, verify=Verify.RANGE, allowed_signers=signers.allowed)

    found = await preview(replace(config, worktree=clone), Asked(base))

    [problem] = found.changes.problems
    assert problem.message.endswith(f"brings commit {bad[:12]}, of which: it is not signed")


async def test_what_cannot_be_verified_is_a_warning(desk, signers, push) -> None:
    push("good", "a")
    signers.allowed.unlink()
    config = replace(desk.config, verify=Verify.HEAD, allowed_signers=signers.allowed)

    found = await preview(config, Asked())

    [problem] = found.changes.problems
    assert (problem.reason, problem.severity) == ("NotVerified", Severity.WARNING)
    assert "allowed" in problem.message


def test_a_check_of_files_says_it_too(tmp_path, signers, capsys) -> None:
    from servers.repository import Repository

    repository = Repository(tmp_path)
    commit = repository.push({"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})

    code = main(["validate", str(tmp_path / "clone"), "--verify", "head", *signers.flags])

    assert code == 1
    assert capsys.readouterr().out == (
        f"commit {commit[:12]} would be refused: it is not signed\n"
        "1 object, 0 clusters, 0 policies: 1 error, 0 warnings, 0 notices\n"
    )
    assert main(["validate", str(tmp_path / "keys"), "--verify", "head", *signers.flags]) == 2
