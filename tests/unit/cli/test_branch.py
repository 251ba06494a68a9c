"""The commands that read, on a real repository of the status branch."""

import pytest

from fakes import fleet
from gitopsd.cli import main
from gitopsd.cli.scratch import Scratch
from gitopsd.core.summary import Cache, summarise


@pytest.fixture
def repository(tmp_path, monkeypatch) -> str:
    """One whose status branch says that both members are well."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    decided = fleet.decision(fleet.binding(fleet.web(), ("eu-1", "us-1"), 2))
    asked = fleet.wanted(decided)
    reports = [
        fleet.report(each, fleet.outcome(each.manifests[fleet.WEB], status={"readyReplicas": 2}))
        for each in asked.values()
    ]
    summary, _ = summarise(fleet.snapshot(decided), decided, asked, fleet.known(*reports), Cache())
    scratch = Scratch(tmp_path / "fleet.git", "gitopsd/status")
    scratch.push(summary.status, "Synced")
    return scratch.url


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["status"], "Deployment   shop/web   2/2    2/2"),
        (["get", "clusters"], "eu-1   v1.36.3   Push   True"),
        (["get", "workloads"], "shop        web    Deployment   4/4"),
        (["get", "problems"], "No problems found."),
        (["explain", "deployment/web", "-n", "shop"], "Claimed by PropagationPolicy shop/web"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_reads_the_status_branch(repository, command, says, capsys):
    assert main([*command, "--repo", repository]) == 0
    assert says in capsys.readouterr().out


def test_explain_exits_1_for_what_nobody_decided_on(repository, capsys):
    assert main(["explain", "deployment/other", "-n", "shop", "--repo", repository]) == 1
    assert "Nothing was decided on deployment/other" in capsys.readouterr().out


def test_nothing_published_is_said_so(repository, capsys):
    assert main(["status", "--instance", "blue", "--repo", repository]) == 1
    assert "has no branch gitopsd/blue/status: nothing was published yet" in (
        capsys.readouterr().err
    )


def test_a_folder_has_no_status_branch(tmp_path, capsys):
    assert main(["status", "--worktree", str(tmp_path)]) == 2
    assert "--worktree: a folder has no status branch" in capsys.readouterr().err
