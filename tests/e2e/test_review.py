"""The whole story of a pull request, on a real Gitea and real members: the daemon as reviewer.

A branch is pushed and a pull request opened; the plan stands there as a comment, and the checks; a
guard holds it until a person approves; the branch protection lets it through then; what the plan
said is done, and the merged commit says so.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.conftest import Story
from servers import gitea
from servers.gitea import Gitea, Refused
from servers.objects import config_map
from servers.processes import free_ports
from servers.repository import manifests
from servers.waiting import wait_until

pytestmark = pytest.mark.skipif(
    not gitea.is_built(), reason="there is no Gitea to test with: run `make gitea`"
)

SECRET = "a secret of webhooks"
_GIT = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
}


class Hosted:
    """A repository of a user at the host, with a clone to push from."""

    def __init__(self, host: Gitea, folder: Path, user: str = "boss") -> None:
        self.host = host
        self.project = "boss/fleet"
        self.url = f"{host.url}/{self.project}.git"
        self._user = user
        self._clone = folder / f"clone-{user}"
        self._clone.mkdir()
        self._env = {**os.environ, **_GIT, "GIT_SSL_CAINFO": str(host.ca)}
        self.git("init", "-q", "--initial-branch=main")
        self.remote("origin", f"{user}/fleet")

    def remote(self, name: str, project: str) -> None:
        token = self.host.tokens[self._user]
        url = self.host.url.replace("://", f"://{self._user}:{token}@")
        self.git("remote", "add", name, f"{url}/{project}.git")

    def push(self, branch: str, files: Mapping[str, str | None], message: str) -> str:
        """Commits on a branch, which begins where main stands, and pushes; the commit."""
        if branch != "main":
            self.git("switch", "-q", "-C", branch, "main")
        for path, content in files.items():
            target = self._clone / path
            if content is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        self.git("push", "-q", "--force", "origin", f"HEAD:{branch}")
        return self.git("rev-parse", "HEAD").strip()

    def files(self, branch: str) -> Mapping[str, str]:
        """Path to text of all files of a branch; none when there is no such branch."""
        try:
            self.git("fetch", "-q", "origin", branch)
        except RuntimeError:
            return {}
        names = self.git("ls-tree", "-r", "--name-only", "FETCH_HEAD").splitlines()
        return {name: self.git("show", f"FETCH_HEAD:{name}") for name in names}

    def open(self, branch: str, title: str, head: str = "") -> int:
        """Opens a pull request to main; its number."""
        value = {"title": title, "head": head or branch, "base": "main"}
        return self.host.ask("POST", f"/repos/{self.project}/pulls", value, self._user)["number"]

    def said(self, pull: int) -> Sequence[Mapping[str, Any]]:
        return self.host.ask("GET", f"/repos/{self.project}/issues/{pull}/comments")

    def say(self, pull: int, words: str, user: str) -> None:
        path = f"/repos/{self.project}/issues/{pull}/comments"
        self.host.ask("POST", path, {"body": words}, user)

    def checks(self, commit: str) -> Mapping[str, str]:
        """The newest state of each context of a commit."""
        found = self.host.ask("GET", f"/repos/{self.project}/commits/{commit}/status")
        return {each["context"]: each["status"] for each in found["statuses"] or ()}

    def merge(self, pull: int, user: str = "boss") -> None:
        self.host.ask("POST", f"/repos/{self.project}/pulls/{pull}/merge", {"Do": "merge"}, user)

    def main(self) -> str:
        return self.host.ask("GET", f"/repos/{self.project}/branches/main")["commit"]["id"]

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self._clone, env=self._env, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"git {words[0]}: {done.stderr}")
        return done.stdout


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gitea]:
    found = Gitea(tmp_path_factory.mktemp("gitea"))
    found.add_user("robot")
    found.add_user("ada")
    found.add_user("mallory")
    yield found
    found.stop()


@pytest.fixture
def hosted(host: Gitea, tmp_path: Path) -> Iterator[Hosted]:
    """`boss/fleet`, which ada may write to; robot may ask there who may."""
    host.ask("POST", "/user/repos", {"name": "fleet", "default_branch": "main"})
    for user, permission in (("robot", "admin"), ("ada", "write")):
        path = f"/repos/boss/fleet/collaborators/{user}"
        host.ask("PUT", path, {"permission": permission})
    yield Hosted(host, tmp_path)
    host.ask("DELETE", "/repos/boss/fleet")


@pytest.fixture
def review(hosted: Hosted, story: Story, tmp_path: Path) -> Callable[..., str]:
    """Starts the daemon as reviewer; where it listens."""

    def start(*more: str) -> str:
        token, secret = tmp_path / "token", tmp_path / "secret"
        token.write_text(hosted.host.tokens["robot"])
        secret.write_text(SECRET)
        (port,) = free_ports(1)
        story.daemons.run(
            hosted.url,
            story.kubeconfig,
            f"--instance={story.instance}",
            f"--git-token-file={token}",
            f"--git-ca-file={hosted.host.ca}",
            "--review=gitea",
            f"--host-token-file={token}",
            f"--webhook-secret-file={secret}",
            f"--listen=127.0.0.1:{port}",
            *more,
        )
        return f"http://127.0.0.1:{port}"

    return start


def plan_of(hosted: Hosted, pull: int) -> str:
    """The one comment of the reviewer; empty while there is none."""
    found = [each["body"] for each in hosted.said(pull) if each["user"]["login"] == "robot"]
    assert len(found) <= 1, found
    return found[0] if found else ""


def state(hosted: Hosted, commit: str, context: str, word: str, within_s: float = 30) -> None:
    wait_until(
        lambda: hosted.checks(commit).get(context) == word,
        within_s,
        lambda: hosted.checks(commit),
    )


def test_a_pull_request_from_its_plan_to_its_sync(
    hosted: Hosted, story: Story, review: Callable[..., str]
) -> None:
    names = [f"cm-{n}" for n in range(12)]
    files = {f"apps/{n}.yaml": manifests(config_map(story.namespace, n)) for n in names}
    first = hosted.push("main", {**story.fleet(), **files}, "A fleet")
    protection = {"branch_name": "main", "enable_status_check": True}
    contexts = {"status_check_contexts": ["gitopsd/plan"], "enable_push": True}
    hosted.host.ask("POST", f"/repos/{hosted.project}/branch_protections", protection | contexts)
    review()
    state(hosted, first, "gitopsd/sync", "success")
    story.everywhere(lambda member: story.names(member, "configmaps") == sorted(names))

    gone = dict.fromkeys(f"apps/{n}.yaml" for n in names[:8])
    added = {"apps/new.yaml": manifests(config_map(story.namespace, "new", word="hello"))}
    head = hosted.push("change", {**gone, **added}, "Less, and something new")
    pull = hosted.open("change", "Less, and something new")

    state(hosted, head, "gitopsd/plan", "failure")
    assert hosted.checks(head)["gitopsd/validate"] == "success"
    comment = plan_of(hosted, pull)
    assert "3 create, 0 change, 0 recreate, 24 delete on 3 clusters" in comment
    assert "TooMany" in comment
    with pytest.raises(Refused):
        hosted.merge(pull)

    deletions = re.search(r"deletions ([0-9a-f]{64})", comment)
    assert deletions
    hosted.say(pull, f"/gitopsd approve {deletions[1][:16]}", "mallory")
    hosted.say(pull, "/gitopsd approve 0123456789abcdef", "ada")
    hosted.say(pull, f"fine with me\n\n/gitopsd approve {deletions[1][:16]}", "ada")
    state(hosted, head, "gitopsd/plan", "success")
    assert len(story.names(story.members[0], "configmaps")) == 12

    hosted.merge(pull)
    merged = hosted.main()
    state(hosted, merged, "gitopsd/sync", "success", 60)
    kept = sorted([*names[8:], "new"])
    story.everywhere(lambda member: story.names(member, "configmaps") == kept)
    branch = f"gitopsd/{story.instance}/status"
    wait_until(lambda: merged in hosted.files(branch).get("status.yaml", ""), 30)
    status = hosted.files(branch)
    approval = yaml.safe_load(status[f"approvals/{deletions[1]}.yaml"])
    assert approval["metadata"]["annotations"] == {"gitopsd.io/approved-by": "ada"}
    assert len(approval["spec"]["covers"]) == 24


def test_new_pushes_edit_the_same_comment_and_a_broken_file_fails(
    hosted: Hosted, story: Story, review: Callable[..., str]
) -> None:
    good = {"app.yaml": manifests(config_map(story.namespace, "app", word="one"))}
    first = hosted.push("main", {**story.fleet(), **good}, "A fleet")
    review()
    state(hosted, first, "gitopsd/sync", "success")
    changed = {"app.yaml": manifests(config_map(story.namespace, "app", word="two"))}
    head = hosted.push("change", changed, "Two")
    pull = hosted.open("change", "Two")
    state(hosted, head, "gitopsd/plan", "success")
    assert "0 create, 3 change" in plan_of(hosted, pull)
    assert "+  word: two" in plan_of(hosted, pull)

    broken = hosted.push("change", {"app.yaml": "kind: [\n"}, "Broken")
    state(hosted, broken, "gitopsd/validate", "failure")
    state(hosted, broken, "gitopsd/plan", "failure")
    wait_until(lambda: "app.yaml:" in plan_of(hosted, pull), 10)

    mended = hosted.push("change", changed, "Two again")
    state(hosted, mended, "gitopsd/plan", "success")
    hosted.say(pull, "/gitopsd hold", "ada")
    state(hosted, mended, "gitopsd/plan", "pending")
    hosted.say(pull, "/gitopsd resume", "ada")
    state(hosted, mended, "gitopsd/plan", "success")


def test_a_webhook_hurries_a_daemon_that_looks_once_an_hour(
    hosted: Hosted, story: Story, review: Callable[..., str]
) -> None:
    good = {"app.yaml": manifests(config_map(story.namespace, "app", word="one"))}
    first = hosted.push("main", {**story.fleet(), **good}, "A fleet")
    url = review("--interval=1h")
    state(hosted, first, "gitopsd/sync", "success")
    config = {"url": f"{url}/webhook/gitea", "content_type": "json", "secret": SECRET}
    events = ["push", "pull_request", "issue_comment"]
    hook = {"type": "gitea", "config": config, "events": events, "active": True}
    hosted.host.ask("POST", f"/repos/{hosted.project}/hooks", hook)

    changed = {"app.yaml": manifests(config_map(story.namespace, "app", word="two"))}
    head = hosted.push("change", changed, "Two")
    pull = hosted.open("change", "Two")
    state(hosted, head, "gitopsd/plan", "success", 10)
    hosted.merge(pull)

    story.everywhere(
        lambda member: story.get(member, "configmaps", "app")["data"]["word"] == "two", 10
    )


def test_a_fork_is_planned_and_nobody_of_it_can_approve(
    hosted: Hosted, story: Story, review: Callable[..., str], tmp_path: Path
) -> None:
    good = {"app.yaml": manifests(config_map(story.namespace, "app", word="one"))}
    first = hosted.push("main", {**story.fleet(), **good}, "A fleet")
    review()
    state(hosted, first, "gitopsd/sync", "success")
    hosted.host.ask("POST", f"/repos/{hosted.project}/forks", {}, "mallory")
    fork = Hosted(hosted.host, tmp_path, "mallory")
    fork.git("fetch", "-q", "origin", "main")
    fork.git("switch", "-q", "-C", "main", "FETCH_HEAD")
    head = fork.push("theirs", {"app.yaml": None}, "Nothing")
    pull = fork.open("theirs", "Nothing", "mallory:theirs")

    state(hosted, head, "gitopsd/plan", "failure")
    deletions = re.search(r"deletions ([0-9a-f]{64})", plan_of(hosted, pull))
    assert deletions
    fork.say(pull, f"/gitopsd approve {deletions[1]}", "mallory")
    fork.say(pull, "/gitopsd plan", "ada")
    wait_until(lambda: len(hosted.said(pull)) == 3, 10)

    with pytest.raises(AssertionError):
        state(hosted, head, "gitopsd/plan", "success", 3)
