"""`gitopsd validate [DIR]`: what is wrong with the files of a repository, without any cluster.

Comes in: a folder as it stands on disk, committed or not; what `.gitignore` leaves out is left out
here too. Goes out: every Problem, of scripts too, and exit code 1 if one of them is an error. To
add a format: a function from problems to text and its line in `FORMATS`.
"""

import argparse
import asyncio
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from gitopsd.cli import flags, settings
from gitopsd.cli.printing import as_json, painted, plain
from gitopsd.model.config import Config
from gitopsd.model.errors import SourceError, UsageError
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import Resource
from gitopsd.model.snapshot import Loaded, Tree, TreeEntry
from gitopsd.model.trust import Verify

if TYPE_CHECKING:
    from gitopsd.core.sops import Unseal

NAME = "validate"
HELP = "check the files of a repository, without any cluster"

_GIT = ".git"
_GITIGNORE = ".gitignore"
_LINK = 0o120000
_FILE = 0o100644


def text(loaded: Loaded) -> str:
    """A line for each problem, `path:line pointer: message`, and one that counts."""
    lines = [_line(problem) for problem in loaded.problems]
    return "\n".join([*lines, _count(loaded)])


def json(loaded: Loaded) -> str:
    """One JSON object: `problems` with all their parts, and `counts`."""
    from gitopsd.core.review.value import problem_value

    problems = [problem_value(problem) for problem in loaded.problems]
    return as_json({"counts": _counts(loaded), "problems": problems})


def markdown(loaded: Loaded) -> str:
    """A list for the summary of a job."""
    from gitopsd.core.review.fit import LIMITS
    from gitopsd.core.review.listing import listing

    return listing(loaded.problems, _count(loaded), LIMITS["github"])


def github(loaded: Loaded) -> str:
    """Annotations of a GitHub workflow."""
    from gitopsd.core.review.annotations import annotations

    return annotations(loaded.problems)


def sarif(loaded: Loaded) -> str:
    """For the code scanning of a host."""
    from gitopsd import __version__
    from gitopsd.core.review.sarif import sarif as found

    return as_json(found(loaded.problems, __version__))


def junit(loaded: Loaded) -> str:
    """For the test report of a pipeline."""
    from gitopsd.core.review.junit import junit as found

    return found(loaded.problems, "gitopsd validate")


FORMATS: Mapping[str, Callable[[Loaded], str]] = {
    "text": text,
    "json": json,
    "markdown": markdown,
    "github": github,
    "sarif": sarif,
    "junit": junit,
}
# Read by programs that know only the folder they stand in.
_PLACED = ("github", "sarif", "junit")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "dir",
        metavar="DIR",
        nargs="?",
        type=Path,
        default=Path(),
        help="the folder of the repository (default: the one one stands in)",
    )
    form = flags.Flag("--format", "how to say it", default="text", choices=tuple(FORMATS))
    flags.add(parser, flags.KEYS, flags.SIGNED, (form,))


def run(args: argparse.Namespace) -> int:
    if not args.dir.is_dir():
        raise UsageError("DIR", f"there is no folder {str(args.dir)!r}")
    loaded = check(args.dir, args.age_key_file)
    if wrong := _refused(args):
        loaded = replace(loaded, problems=tuple(sorted({*loaded.problems, wrong})))
    if args.format in _PLACED:
        loaded = replace(loaded, problems=placed(loaded.problems, args.dir, Path.cwd()))
    if said := FORMATS[args.format](loaded):
        print(said)
    return 1 if any(each.severity is Severity.ERROR for each in loaded.problems) else 0


def _refused(args: argparse.Namespace) -> Problem | None:
    """Why the last commit would be refused for its signature, where somebody says whose counts."""
    config = Config(repo="", **settings.trust(vars(args)))
    if config.verify is Verify.NOTHING:
        return None
    from gitopsd.daemon.viewing import refused
    from gitopsd.edge.git import top

    if top(args.dir) is None:
        raise UsageError(
            "--verify", f"{str(args.dir)!r} is no clone, so no commit can be looked at"
        )
    return asyncio.run(refused(replace(config, worktree=args.dir)))


def placed(problems: Iterable[Problem], folder: Path, here: Path) -> tuple[Problem, ...]:
    """The same problems with paths as seen from `here`, if the folder is below it."""
    folder, here = folder.resolve(), here.resolve()
    if folder == here or here not in folder.parents:
        return tuple(problems)
    above = folder.relative_to(here).as_posix()
    return tuple(
        msgspec.structs.replace(each, path=f"{above}/{each.path}") if each.path else each
        for each in problems
    )


def check(folder: Path, keys: tuple[Path, ...] = ()) -> Loaded:
    """All that stands in a folder, read and checked as a commit of it would be.

    Without keys encrypted files are checked as far as they can be read.
    """
    from gitopsd.core.depends import mistakes
    from gitopsd.core.sops import opened_by, sealed
    from gitopsd.edge.age import AgeKeys

    unseal = opened_by(AgeKeys(keys).open) if keys else sealed

    blobs: dict[str, Path] = {}
    entries: dict[str, TreeEntry] = {}
    for path, file in _files(folder):
        blob = hashlib.sha1(path.encode(errors="surrogateescape"), usedforsecurity=False)
        blobs[blob.hexdigest()] = file
        mode = _LINK if file.is_symlink() else _FILE
        size = 0 if mode == _LINK else file.stat().st_size
        entries[_shown(path)] = TreeEntry(mode, blob.hexdigest(), size)
    tree = Tree(url=str(folder), branch="", commit="", entries=_kept(entries, blobs))
    loaded = asyncio.run(_loaded(tree, lambda blob: _read(blobs[blob]), unseal))
    found = {*loaded.problems, *mistakes(loaded.templates)}
    if loaded.customizations:
        found.update(_script_mistakes(loaded.customizations, blobs))
    return replace(loaded, problems=tuple(sorted(found)))


async def _loaded(tree: Tree, read: Callable[[str], bytes], unseal: "Unseal") -> Loaded:
    from gitopsd.daemon.prepare import Preparation

    with closing(Preparation(read, unseal)) as preparation:
        return (await preparation.snapshot(tree)).loaded


def _script_mistakes(
    customizations: Iterable[Resource], files: Mapping[str, Path]
) -> Iterator[Problem]:
    """What is wrong with the repository's scripts, each on the line where it begins."""
    from gitopsd.core.kinds.custom import mistakes
    from gitopsd.core.kinds.library import KUBE
    from gitopsd.edge.lua import Lua
    from gitopsd.kube.yaml import lines_of

    origins = {(each.origin.path, each.origin.line): each.origin for each in customizations}
    with closing(Lua(KUBE)) as lua:
        found = mistakes(customizations, lua.interpret)
    for problem in found:
        origin = origins[problem.path, problem.line]
        if origin.blob not in files:  # rendered
            yield problem
            continue
        lines = lines_of(_read(files[origin.blob]), origin.document, [problem.pointer])
        line = max(problem.line, lines[problem.pointer])  # objects in a List stand elsewhere
        yield msgspec.structs.replace(problem, line=line)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file and link below a folder by its path with `/`, those of git itself left out."""
    for parent, folders, files in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        folders[:] = sorted(name for name in folders if name != _GIT and name not in links)
        for name in sorted([*files, *links]):
            file = Path(parent, name)
            if name != _GIT and (file.is_symlink() or file.is_file()):
                yield file.relative_to(folder).as_posix(), file


def _kept(entries: Mapping[str, TreeEntry], files: Mapping[str, Path]) -> Mapping[str, TreeEntry]:
    """The entries that no `.gitignore` leaves out."""
    from gitopsd.core.sources.ignore import Ignore

    rules = {
        path.rpartition("/")[0]: _read(files[entry.blob]).decode(errors="replace")
        for path, entry in entries.items()
        if path.rpartition("/")[2] == _GITIGNORE
    }
    ignore = Ignore(rules)
    return {path: entry for path, entry in entries.items() if not ignore.leaves_out(path)}


def _read(file: Path) -> bytes:
    try:
        if file.is_symlink():
            return os.fsencode(os.readlink(file))
        return file.read_bytes()
    except OSError as error:
        raise SourceError(str(file), error.strerror or "cannot be read") from None


def _shown(path: str) -> str:
    return path.encode(errors="surrogateescape").decode(errors="replace")


def _line(problem: Problem) -> str:
    said = plain(str(problem))
    if problem.severity is Severity.ERROR:
        return said
    where, _, rest = said.partition(": ")
    return f"{where}: {painted(str(problem.severity))}: {rest}"


def _counts(loaded: Loaded) -> dict[str, Any]:
    def of(severity: Severity) -> int:
        return sum(each.severity is severity for each in loaded.problems)

    return {
        "objects": len(loaded.templates),
        "clusters": len(loaded.clusters),
        "policies": len(loaded.policies) + len(loaded.overrides),
        "errors": of(Severity.ERROR),
        "warnings": of(Severity.WARNING),
        "notices": of(Severity.NOTICE),
    }


def _count(loaded: Loaded) -> str:
    counts = _counts(loaded)
    parts = [_plural(number, name) for name, number in counts.items()]
    return f"{', '.join(parts[:3])}: {', '.join(parts[3:])}"


def _plural(number: int, name: str) -> str:
    one = {"policies": "policy"}.get(name, name.removesuffix("s"))
    return f"{number} {one if number == 1 else name}"
