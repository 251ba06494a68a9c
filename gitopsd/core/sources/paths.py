"""Names of files that no repository should have, and names that mean a manifest.

Comes in: a path as git holds it. Goes out: what is wrong with it. A path that some file system
would take for `.git`, or that leaves its folder, is a trap for whoever checks the tree out.
"""

import re
import unicodedata
from collections.abc import Iterable

MANIFESTS = (".yaml", ".yml", ".json")
CONFIGURATION = "gitopsd.yaml"

_SUSPECT = re.compile(r"[\x00-\x1f\x7f\\~]|[^\x00-\x7f]|(?:^|/)\.(?:\.?(?:/|$)|[gG])|^/|//|[. ]/")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Code points that HFS+ leaves out when it compares names.
_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")


def wrong(path: str) -> str:
    """What is wrong with a path; empty for nearly all of them."""
    if not _SUSPECT.search(path) and not path.endswith((".", " ")):
        return ""
    if path.startswith("/"):
        return "an absolute path is not read"
    if _CONTROL.search(path):
        return "a name with control characters is not read"
    if "\\" in path:
        return "a name with a backslash is not read"
    for name in path.split("/"):
        if name in ("", ".", ".."):
            return f"a path with {name!r} in it is not read"
        if _folds_to_git(name):
            return "a name that some systems take for .git is not read"
    return ""


def folders(paths: Iterable[str]) -> tuple[str, ...]:
    """Configured paths as git names them; the root is empty."""
    return tuple(
        "/".join(step for step in path.split("/") if step not in ("", ".")) for path in paths
    )


def is_in(path: str, folder: str) -> bool:
    """Whether it is this file or folder, or lies in it; everything lies in the root."""
    return not folder or path == folder or path.startswith(f"{folder}/")


def is_hidden(path: str) -> bool:
    """Whether the path lies in a folder whose name begins with a dot."""
    return (path.startswith(".") and "/" in path) or "/." in path.rpartition("/")[0]


def _folds_to_git(name: str) -> bool:
    folded = unicodedata.normalize("NFC", _IGNORED.sub("", name)).casefold().rstrip(". ")
    return folded in (".git", "git~1") or folded.startswith(".git::$")
