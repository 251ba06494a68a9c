"""The repository that one stands in: where it begins, and where it came from."""

import re
from pathlib import Path

import pygit2

from gitopsd.edge.git.address import address
from gitopsd.edge.git.words import in_our_words
from gitopsd.model.errors import UsageError

_LOGIN = re.compile(r"^(https?://)[^/@]*:[^/@]*@")


def origin(folder: Path) -> str:
    """The URL of remote `origin` of the repository that holds a folder; empty for none.

    A login in it, as pipelines write one there for git, is left out: it is not ours to use.
    Raises SourceError where git's library refuses the repository because it is somebody else's.
    """
    repository = _holding(folder)
    if repository is None:
        return ""
    try:
        url = str(repository.remotes["origin"].url or "")
    except (pygit2.GitError, KeyError):
        return ""
    is_path = "://" not in url and (":" not in url or "/" in url.partition(":")[0])
    if not url or not is_path:
        return _LOGIN.sub(r"\1", url)
    base = Path(repository.workdir or repository.path)
    return (base / url).resolve().as_uri()


def top(folder: Path) -> Path | None:
    """The top of the working tree that holds a folder; None for none, or a bare repository.

    Raises SourceError as `origin` does.
    """
    repository = _holding(folder)
    return Path(repository.workdir) if repository is not None and repository.workdir else None


def is_same(url: str, other: str) -> bool:
    """Whether two URLs name one repository: by https or ssh, with `.git` or without."""
    return _place(url) == _place(other)


def _holding(folder: Path) -> pygit2.Repository | None:
    try:
        return pygit2.Repository(str(folder))
    except pygit2.GitError as error:
        if "not owned" in str(error):
            raise in_our_words(error, str(folder)) from None
        return None


def _place(url: str) -> tuple[str, str]:
    """Host and path; the whole of what is no URL."""
    try:
        found = address(url)
    except UsageError:
        return "", url
    path = found.path or re.sub(r"^([\w+]+://[^/]*|[^/:]*:)/*", "/", found.url)
    return found.host, path.rstrip("/").removesuffix(".git").rstrip("/")
