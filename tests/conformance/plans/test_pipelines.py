"""The pipelines that the page on reviews shows, run as their hosts run them, step by step.

The repository is one that only git's own login opens, as in a private project.
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from servers.githttp import GitHttp
from servers.objects import config_map
from servers.repository import manifests

PAGE = (Path(__file__).parents[3] / "docs" / "review.md").read_text()
TOKEN = "not-a-secret-1"
# What `gh` is asked, in a file; the id of a comment is what stands in another one.
GH = '#!/bin/sh\necho "$@" >> gh.asked\ncase "$*" in *--paginate*) cat gh.comment;; esac\n'
STATUS = "branch gitopsd/status is as it was fetched last"


def pipeline(title: str) -> Any:
    """The YAML below a title of the page."""
    found = re.search(rf"^### {title}\n.*?^```yaml\n(.*?)^```$", PAGE, re.M | re.S)
    assert found is not None
    return yaml.safe_load(found[1])


@dataclass
class Runner:
    """A machine with a fresh clone, in which the proposal is checked out."""

    folder: Path
    env: Mapping[str, str]
    base: str = ""

    async def run(self, script: str, **env: str) -> tuple[int, str]:
        """The exit code of a step, and what it said; hosts run each in a shell that stops early."""
        process = await asyncio.create_subprocess_exec(
            *("bash", "-e", "-c", script),
            cwd=self.folder,
            env={**self.env, **env},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture
async def runner(desk, tmp_path: Path) -> AsyncIterator[Runner]:
    desk.repository.push(desk.fleet(app=manifests(config_map("shop", "app"))))
    assert await desk.sync() == 0
    git, clone = desk.repository._git, desk.repository._clone
    git(clone, "switch", "-q", "-c", "change")
    (clone / "app.yaml").write_text(manifests(config_map("shop", "app", word="new")))
    git(clone, "commit", "-q", "-a", "-m", "Change")
    git(clone, "push", "-q", "origin", "change")
    ca, programs = trustme.CA(), tmp_path / "bin"
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    programs.mkdir()
    (programs / "gh").write_text(GH)
    (programs / "gh").chmod(0o755)
    (programs / "gitopsd").symlink_to(Path(sys.executable).parent / "gitopsd")
    async with GitHttp(tmp_path, TOKEN, ca) as host:
        env = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_SSL_CAINFO": str(tmp_path / "ca.pem"),
            "GITOPSD_GIT_CA_FILE": str(tmp_path / "ca.pem"),
            "GITOPSD_CACHE": str(tmp_path / "cache"),
        }
        found = Runner(tmp_path / "work", env)
        found.folder.mkdir()
        url = f"{host.url}/fleet.git".replace("://", f"://ci-token:{TOKEN}@")
        code, said = await found.run(f"git clone -q {url} . && git checkout -q origin/change")
        assert code == 0, said
        yield found


async def test_the_github_workflow_comments_and_edits_its_comment(runner: Runner) -> None:
    job = pipeline("A GitHub workflow")["jobs"]["plan"]
    env = {
        "NUMBER": "7",
        "BASE": "origin/main",
        "HEAD": (await runner.run("git rev-parse HEAD"))[1].strip(),
        "JOB": "https://git.example/run/1",
        "GITHUB_REPOSITORY": "shop/fleet",
    }
    (runner.folder / "gh.comment").write_text("")

    first = [await runner.run(each["run"], **env) for each in job["steps"] if "run" in each]
    (runner.folder / "gh.comment").write_text("42\n")
    again = await runner.run(job["steps"][-1]["run"], **env)

    assert [code for code, _ in (*first, again)] == [0, 0, 0, 0], first
    assert set(env) - {"GITHUB_REPOSITORY"} <= set(job["env"])
    comment = runner.read("comment.md")
    assert comment.startswith("<!-- gitopsd-plan:7 -->\n\n**0 create, 2 change, 0 recreate, 0 del")
    assert STATUS in comment
    assert TOKEN not in comment + first[-1][1]
    assert "not exact" not in comment
    asked = runner.read("gh.asked").splitlines()
    assert asked[1] == "pr comment 7 --body-file comment.md"
    assert asked[3].startswith("api -X PATCH repos/shop/fleet/issues/comments/42 -F body=@comment")


async def test_the_gitlab_job_leaves_a_plan_and_a_report(runner: Runner) -> None:
    job = pipeline("A GitLab job")["plan"]
    env = {
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_COMMIT_SHA": (await runner.run("git rev-parse HEAD"))[1].strip(),
        "CI_MERGE_REQUEST_IID": "7",
        "CI_JOB_URL": "https://git.example/job/1",
    }
    await runner.run("git update-ref -d refs/remotes/origin/gitopsd/status")

    code, said = await runner.run("\n".join(job["script"]), **env)

    assert (code, said) == (0, "")
    plan = runner.read(job["artifacts"]["paths"][0])
    assert "0 create, 2 change, 0 recreate, 0 delete on 2 clusters" in plan
    assert STATUS in plan
    assert TOKEN not in plan
    assert 'failures="0"' in runner.read(job["artifacts"]["reports"]["junit"])
