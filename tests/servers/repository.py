"""A bare git repository as users have one, with a clone to push from, by the git program."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_WHO = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
}

Content = str | bytes | None  # None removes the file


class Repository:
    """`push` and `amend` change the branch; `files` and `log` read any branch.

    `signing` are the options of git with which commits and tags are signed; none at first.
    """

    def __init__(self, folder: Path, branch: str = "main") -> None:
        self.path = folder / "fleet.git"
        self.branch = branch
        self.signing: tuple[str, ...] = ()
        self._clone = folder / "clone"
        self._git(folder, "init", "-q", "--bare", f"--initial-branch={branch}", str(self.path))
        self._git(folder, "clone", "-q", str(self.path), str(self._clone))
        self._git(self._clone, "switch", "-q", "--orphan", branch)

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    def push(self, files: Mapping[str, Content], message: str = "Change") -> str:
        """Commits these changes on top and pushes; the commit's hash."""
        self._change(files)
        self._commit("-m", message)
        self._git(self._clone, "push", "-q", "origin", f"HEAD:{self.branch}")
        return self.head()

    def amend(self, files: Mapping[str, Content]) -> str:
        """Replaces the last commit and pushes by force, as `git push --force` does."""
        self._change(files)
        self._commit("--amend", "--no-edit")
        self._git(self._clone, "push", "-q", "--force", "origin", f"HEAD:{self.branch}")
        return self.head()

    def rewind(self, commit: str) -> None:
        """Moves the branch to another commit by force, in the clone too."""
        self._git(self._clone, "reset", "-q", "--hard", commit)
        self._git(self._clone, "push", "-q", "--force", "origin", f"HEAD:{self.branch}")

    def tag(self, name: str, message: str = "Release") -> str:
        """Puts an annotated tag at the last commit, moved there by force; the tag's hash."""
        self._git(self._clone, *self.signing, "tag", "-f", "-a", "-m", message, name)
        self._git(self._clone, "push", "-q", "--force", "origin", f"refs/tags/{name}")
        return self._git(self._clone, "rev-parse", f"refs/tags/{name}").strip()

    def pull(self) -> None:
        """The clone has what others pushed to the branch since."""
        self._git(self._clone, "pull", "-q", "--ff-only", "origin", self.branch)

    def push_folder(self, folder: Path, message: str = "Change") -> str:
        """Commits all files of a folder, at the same paths."""
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        return self.push(
            {str(path.relative_to(folder)): path.read_bytes() for path in paths}, message
        )

    def head(self, branch: str = "") -> str:
        """The commit of a branch; empty when there is no such branch."""
        ref = f"refs/heads/{branch or self.branch}"
        return self._git(self.path, "for-each-ref", "--format=%(objectname)", ref).strip()

    def log(self, branch: str = "") -> tuple[str, ...]:
        """Commits of a branch, newest first; none when there is no such branch."""
        if not self.head(branch):
            return ()
        return tuple(self._git(self.path, "rev-list", branch or self.branch).split())

    def message(self, commit: str) -> str:
        """The whole message of a commit, trailers included."""
        return self._git(self.path, "log", "-1", "--format=%B", commit).strip()

    def files(self, branch: str, below: str = "") -> Mapping[str, str]:
        """Path to text of all files of a branch, sorted; empty when there is no such branch."""
        if not self.head(branch):
            return {}
        listed = self._git(
            self.path, "ls-tree", "-r", "-z", "--name-only", branch, "--", below or "."
        )
        paths = sorted(path for path in listed.split("\0") if path)
        return {path: self._git(self.path, "show", f"{branch}:{path}") for path in paths}

    def branch_off(self, branch: str, commit: str) -> None:
        """A branch at this commit, moved there where it is."""
        self._git(self.path, "update-ref", f"refs/heads/{branch}", commit)

    def delete_branch(self, branch: str) -> None:
        self._git(self.path, "update-ref", "-d", f"refs/heads/{branch}")

    def _commit(self, *arguments: str) -> None:
        self._git(self._clone, *self.signing, "commit", "-q", "--allow-empty", *arguments)

    def _change(self, files: Mapping[str, Content]) -> None:
        for path, content in files.items():
            target = self._clone / path
            if content is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        self._git(self._clone, "add", "-A")

    def _git(self, folder: Path, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env={**os.environ, **_WHO},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr}")
        return done.stdout


def manifests(*bodies: Mapping[str, Any]) -> str:
    """One YAML file of these objects."""
    return yaml.safe_dump_all(bodies, sort_keys=False)


def cluster(name: str, **labels: str) -> dict[str, Any]:
    """A Cluster of this name that is matched to the kubeconfig context of the same name."""
    metadata = {"name": name, "labels": labels} if labels else {"name": name}
    return {
        "apiVersion": "cluster.karmada.io/v1alpha1",
        "kind": "Cluster",
        "metadata": metadata,
        "spec": {"syncMode": "Push"},
    }
