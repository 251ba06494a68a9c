"""The paths of a tree that hold objects, each with the blob to parse.

Comes in: every entry of the tree. Goes out: `Files`. What cannot be read although it should is
`unreadable`, so that what was last seen from it is held.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from gitopsd.core.sources import links, paths, roots
from gitopsd.core.sources.ignore import NAME as IGNORE
from gitopsd.core.sources.ignore import Ignore
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.snapshot import TreeEntry

_MODULE = 0o160000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a tree is read."""

    files: int = 50_000
    file_bytes: int = 1024 * 1024


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Files:
    """Blob by path, sorted by path; `unreadable` are paths that hold what was seen from them.

    `charts` are folders, `kustomizations` paths by folder, `inside` the manifests below these.
    """

    blobs: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    unreadable: frozenset[str] = frozenset()
    charts: frozenset[str] = frozenset()
    kustomizations: Mapping[str, str] = field(default_factory=dict)
    inside: frozenset[str] = frozenset()


def usable(
    entries: Mapping[str, TreeEntry],
    read: Callable[[str], bytes],
    limits: Limits = LIMITS,
) -> Files:
    """The files that count. `read` takes a blob id; it is asked for links and ignore files."""
    ignore = Ignore(
        {
            path.rpartition("/")[0]: read(entry.blob).decode(errors="replace")
            for path, entry in entries.items()
            if path.endswith(IGNORE) and path.rpartition("/")[2] == IGNORE
        }
    )
    blobs: dict[str, str] = {}
    problems: list[Problem] = []
    for path, entry in entries.items():
        if wrong := paths.wrong(path):
            problems.append(_problem(path, wrong, "BadName"))
            continue
        if entry.mode == _MODULE:
            if not paths.is_hidden(path) and not ignore.leaves_out(path):
                problems.append(_submodule(path))
            continue
        if not _is_candidate(path) or paths.is_hidden(path) or ignore.leaves_out(path):
            continue
        try:
            entry = _resolved(path, entry, entries, read)
        except links.BadLink as error:
            problems.append(_problem(path, str(error), "BadLink"))
            continue
        if entry.size > limits.file_bytes:
            words = f"has {entry.size} bytes; at most {limits.file_bytes} are read"
            problems.append(_problem(path, words, "TooLarge"))
        else:
            blobs[path] = entry.blob
    found = Files(blobs, tuple(problems), frozenset(_errors(problems)))
    return _within(_plain(found), limits)


def _is_candidate(path: str) -> bool:
    return path.endswith(paths.MANIFESTS) or path.rpartition("/")[2] in roots.KUSTOMIZATIONS


def _resolved(
    path: str,
    entry: TreeEntry,
    entries: Mapping[str, TreeEntry],
    read: Callable[[str], bytes],
) -> TreeEntry:
    if entry.mode != links.LINK:
        return entry
    target = links.target_of(path, entries, read)
    if target not in entries:
        raise links.BadLink("is a link to something that is no file of the repository")
    return entries[target]


def _plain(found: Files) -> Files:
    """Without what lies in folders of charts and kustomizations: that is rendered, not read."""
    charts = roots.charts(found.blobs)
    kustomizations = {
        folder: path
        for folder, path in roots.kustomizations(found.blobs).items()
        if not _is_below(folder, charts)
    }
    if not charts and not kustomizations:
        return found
    kept: dict[str, str] = {}
    inside: set[str] = set()
    for path, blob in found.blobs.items():
        if path == paths.CONFIGURATION:
            kept[path] = blob
        elif _is_below(path, charts):
            continue
        elif _is_below(path, kustomizations):
            inside.add(path)
        else:
            kept[path] = blob
    rendered = (*charts, *kustomizations)
    problems = tuple(
        each
        for each in found.problems
        if each.reason == "BadName" or not _is_below(each.path, rendered)
    )
    inside |= {each.path for each in found.problems if _is_below(each.path, kustomizations)}
    return replace(
        found,
        blobs=kept,
        problems=problems,
        unreadable=frozenset(_errors(problems)),
        charts=charts,
        kustomizations=kustomizations,
        inside=frozenset(inside),
    )


def _is_below(path: str, folders: Iterable[str]) -> bool:
    """Whether a path lies in one of the folders or is one."""
    return any(step in folders for step in _upwards(path))


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]
    yield ""


def _within(found: Files, limits: Limits) -> Files:
    blobs = dict(sorted(found.blobs.items()))
    if len(blobs) <= limits.files:
        return replace(found, blobs=blobs)
    ordered = list(blobs)
    more = ordered[limits.files :]
    words = f"is one of {len(ordered)} files; at most {limits.files} are read"
    return replace(
        found,
        blobs={path: blobs[path] for path in ordered[: limits.files]},
        problems=(*found.problems, _problem(more[0], words, "TooMany")),
        unreadable=found.unreadable | frozenset(more),
    )


def _errors(problems: Iterable[Problem]) -> Iterator[str]:
    return (each.path for each in problems if each.severity is Severity.ERROR)


def _problem(path: str, words: str, reason: str) -> Problem:
    return Problem(path, 0, "", words, reason)


def _submodule(path: str) -> Problem:
    words = "is a submodule, which is not followed; copy its manifests or use a second repository"
    return Problem(path, 0, "", words, "Submodule", Severity.WARNING)
