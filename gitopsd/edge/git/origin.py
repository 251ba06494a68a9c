"""Where the repository that one stands in came from."""

from pathlib import Path

import pygit2


def origin(folder: Path) -> str:
    """The URL of remote `origin` of the repository that holds a folder; empty for none."""
    try:
        repository = pygit2.Repository(str(folder))
        url = str(repository.remotes["origin"].url or "")
    except (pygit2.GitError, KeyError):
        return ""
    is_path = "://" not in url and (":" not in url or "/" in url.partition(":")[0])
    if not url or not is_path:
        return url
    base = Path(repository.workdir or repository.path)
    return (base / url).resolve().as_uri()
