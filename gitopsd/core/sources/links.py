"""Symbolic links of a tree: where they lead, without ever leaving the repository.

Comes in: a link's path and what every link says. Goes out: the path of a file or folder of the
tree, or what is wrong with the link.
"""

from collections.abc import Callable, Mapping

from gitopsd.model.snapshot import TreeEntry

LINK = 0o120000
DEPTH = 8


class BadLink(Exception):
    """A link that leads nowhere we may go; its text says why."""


def target_of(path: str, entries: Mapping[str, TreeEntry], read: Callable[[str], bytes]) -> str:
    """Where a link leads in the end; raises BadLink. It may be a folder, or not be there."""
    for _ in range(DEPTH):
        link = _first_link(path, entries)
        if not link:
            return path
        said = read(entries[link].blob).decode(errors="replace")
        if said.startswith("/"):
            raise BadLink("is a link to an absolute path; only links inside the repository count")
        path = _joined(link.rpartition("/")[0], said + path[len(link) :])
    raise BadLink(f"is a link through more than {DEPTH} links, or to itself")


def _first_link(path: str, entries: Mapping[str, TreeEntry]) -> str:
    """The first part of a path that is a link itself; empty where none is."""
    steps = path.split("/")
    for number in range(1, len(steps) + 1):
        part = "/".join(steps[:number])
        entry = entries.get(part)
        if entry is not None and entry.mode == LINK:
            return part
    return ""


def _joined(folder: str, said: str) -> str:
    steps = folder.split("/") if folder else []
    for step in said.split("/"):
        if step == "..":
            if not steps:
                raise BadLink("is a link that leaves the repository")
            steps.pop()
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)
