"""WHAT IS BUILT: the kustomizations that no other one refers to, and all that each one takes.

Comes in: the folders with kustomizations, and the tree. Goes out: a Build for each root, or a
Refusal: what is remote or missing is found before anything runs. Of a refused one all that may
belong to it is held.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from gitopsd.core.sources.contents import Contents, NotTaken, joined
from gitopsd.core.sources.kustomizations import (
    Kustomization,
    Named,
    Sort,
    is_remote,
    plugin_files,
    read_kustomization,
)
from gitopsd.core.sources.roots import KUSTOMIZATIONS
from gitopsd.kube.yaml import lines_of
from gitopsd.model.build import Build, Program
from gitopsd.model.errors import GitopsdError
from gitopsd.model.problem import Problem, Severity

Known = Mapping[str, Kustomization]
"""Kustomizations by blob: what was read once."""

_NOT_RENDERED = "NotRendered"
_SHOWN = 3
_UNREACHED = "is not rendered: only kustomizations that are not rendered themselves refer to it"


@dataclass(frozen=True, slots=True, eq=False)
class Refusal:
    """A build that cannot be begun: why, and the paths of which what was seen is held."""

    path: str
    problems: tuple[Problem, ...]
    held: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """All that kustomizations ask for; `problems` are notices on files that nobody takes."""

    builds: tuple[Build, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    problems: tuple[Problem, ...] = ()
    read: Known = field(default_factory=dict)


def asked(found: Mapping[str, str], inside: frozenset[str], about: tuple[Contents, Known]) -> Asked:
    """What is to be built of these kustomizations, path by folder, sorted by path.

    `inside` are the manifests below them; of `about`, the second is what was read before.
    """
    if not found:
        return Asked()
    contents, before = about
    reading = _Reading(contents, before)
    referred = {each for folder in found for each in reading.referred(folder, found[folder])}
    made: list[Build | Refusal] = []
    reached: set[str] = set()
    for folder, path in _roots(found, referred, reading):
        gathering = _Gathering(reading)
        gathering.folder(folder, path)
        reached |= gathering.reached
        made.append(_made(folder, path, gathering, _doubt(folder, path, found, reading)))
    for folder, path in sorted(found.items()):
        if folder in referred - reached and not reading.of(path).is_component:
            made.append(Refusal(path, (Problem(path, 0, "", _UNREACHED, _NOT_RENDERED),)))
    builds = tuple(each for each in made if isinstance(each, Build))
    refusals = tuple(
        replace(each, held=each.held | _below(each.path, inside))
        for each in made
        if isinstance(each, Refusal)
    )
    known = {path for each in builds for path in each.files}
    known |= {path for each in refusals for path in each.held}
    return Asked(builds, refusals, tuple(_unused(inside - known, found)), reading.read)


def _roots(
    found: Mapping[str, str], referred: set[str], reading: "_Reading"
) -> Iterator[tuple[str, str]]:
    for folder, path in sorted(found.items(), key=lambda item: item[1]):
        if folder not in referred and not reading.of(path).is_component:
            yield folder, path


def _below(path: str, inside: frozenset[str]) -> frozenset[str]:
    """A kustomization, and all manifests in its folder and below."""
    folder = path.rpartition("/")[0]
    return frozenset({path, *(each for each in inside if _is_below(each, folder))})


@dataclass(slots=True)
class _Reading:
    """Kustomizations of a tree, each read once."""

    contents: Contents
    before: Known
    read: dict[str, Kustomization] = field(default_factory=dict)

    def of(self, path: str) -> Kustomization:
        try:
            blob = self.contents.file(path)
        except NotTaken as error:
            return Kustomization(wrong=((0, "", str(error)),), is_unknown=True)
        known = self.read.get(blob) or self.before.get(blob)
        if known is None:
            try:
                known = read_kustomization(self.contents.read(blob))
            except GitopsdError as error:  # may be had the next time
                return Kustomization(wrong=((0, "", error.reason),), is_unknown=True)
        self.read[blob] = known
        return known

    def text(self, path: str) -> bytes:
        try:
            return self.contents.read(self.contents.file(path))
        except (NotTaken, GitopsdError):
            return b""

    def referred(self, folder: str, path: str) -> Iterator[str]:
        for each in self.of(path).named:
            if each.sort is Sort.FOLDER:
                try:
                    yield joined(folder, each.path)
                except NotTaken:
                    continue


def _made(
    folder: str, path: str, gathering: "_Gathering", doubt: Problem | None
) -> Build | Refusal:
    files = dict(sorted(gathering.files.items()))
    problems = gathering.problems or ([doubt] if doubt else [])
    try:
        gathering.reading.contents.check(files)
    except NotTaken as error:
        problems = [Problem(path, 0, "", str(error), "TooLarge")]
    if problems:
        return Refusal(path, tuple(sorted(set(problems))), frozenset(files))
    return Build(Program.KUSTOMIZE, path, folder, files)


@dataclass(slots=True)
class _Gathering:
    """All that one root takes, by following what it names."""

    reading: _Reading
    files: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)

    def folder(self, folder: str, path: str) -> None:
        if folder in self.reached:
            return
        self.reached.add(folder)
        for name in KUSTOMIZATIONS:  # two in one folder: kustomize says what is wrong with it
            beside = f"{folder}/{name}" if folder else name
            if self.reading.contents.has_file(beside):
                self._take(path, Named("", beside), beside)
        kustomization = self.reading.of(path)
        for line, where, words in kustomization.wrong:
            self._refuse(path, (line, where), words)
        for each in kustomization.named:
            self._follow(folder, path, each)

    def _follow(self, folder: str, path: str, named: Named) -> None:
        contents = self.reading.contents
        try:
            target = joined(folder, named.path)
        except NotTaken as error:
            target, wrong = "", str(error)
        else:
            wrong = ""
        if "://" in named.path or (
            is_remote(named.path) and (wrong or not _is_there(target, contents))
        ):
            wrong = "is remote, and nothing is fetched; commit it to the repository"
        elif named.sort is Sort.PERHAPS and (wrong or not contents.has_file(target)):
            return
        if wrong:
            self._refuse(path, (0, named.pointer), f"{named.path} {wrong}")
            return
        if (
            named.sort is Sort.FOLDER
            and contents.has_folder(target)
            and not contents.has_file(target)
        ):
            self._enter(target, path, named)
        elif self._take(path, named, target) and named.sort is Sort.PLUGIN:
            for each in plugin_files(self.reading.text(target)):
                self._follow(folder, path, Named(named.pointer, each, Sort.PERHAPS))

    def _enter(self, folder: str, path: str, named: Named) -> None:
        places = (f"{folder}/{name}" if folder else name for name in KUSTOMIZATIONS)
        inner = next(filter(self.reading.contents.has_file, places), "")
        if inner:
            self.folder(folder, inner)
        else:
            words = f"{named.path} is a folder without a kustomization"
            self._refuse(path, (0, named.pointer), words)

    def _take(self, path: str, named: Named, target: str) -> bool:
        try:
            self.files[target] = self.reading.contents.file(target)
        except NotTaken as error:
            self._refuse(path, (0, named.pointer), f"{named.path} {error}")
            return False
        return True

    def _refuse(self, path: str, place: tuple[int, str], words: str) -> None:
        line, where = place
        if not line and where:
            line = lines_of(self.reading.text(path), 0, (where,))[where]
        self.problems.append(Problem(path, line, where, words, _NOT_RENDERED))


def _is_there(target: str, contents: Contents) -> bool:
    return contents.has_file(target) or contents.has_folder(target)


def _doubt(folder: str, path: str, found: Mapping[str, str], reading: _Reading) -> Problem | None:
    """Whether a kustomization that cannot be read may refer to this one, which is then no root."""
    name = folder.rpartition("/")[2].encode()
    for other, its_path in sorted(found.items()):
        if other == folder or not reading.of(its_path).is_unknown:
            continue
        if _is_below(other, folder) or name in reading.text(its_path):
            words = f"is not rendered as long as {its_path} cannot be read, which may refer to it"
            return Problem(path, 0, "", words, _NOT_RENDERED)
    return None


def _unused(paths: Iterable[str], found: Mapping[str, str]) -> Iterator[Problem]:
    """A notice for each kustomization beside which lie manifests that no build takes."""
    by_folder: dict[str, list[str]] = {}
    for path in sorted(paths):
        folder = path.rpartition("/")[0]
        while folder not in found:
            folder = folder.rpartition("/")[0]
        if path != found[folder]:
            by_folder.setdefault(folder, []).append(path)
    for folder, own in sorted(by_folder.items()):
        more = f" and {len(own) - _SHOWN} more" if len(own) > _SHOWN else ""
        words = f"no kustomization names {', '.join(own[:_SHOWN])}{more}; not read"
        yield Problem(found[folder], 0, "", words, "NotRead", Severity.NOTICE)


def _is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")
