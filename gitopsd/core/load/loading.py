"""All files of a commit together: objects that stand once, custom kinds settled, Problems sorted.

Comes in: a tree, a way to read blobs, and the cache of the commit before. Goes out: `Loaded` and
the cache of this one. A file that did not change gives the very same objects; a commit that
changed no file that counts gives the very same `Loaded`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gitopsd.core.load import built, roles, rollouts
from gitopsd.core.load.asking import asking
from gitopsd.core.load.custom import Settled, crds_of, settle
from gitopsd.core.load.file import NAMING, read_file
from gitopsd.core.load.instances import without_itself
from gitopsd.core.load.parsed import Parsed, ParsedFile, Sort
from gitopsd.core.load.places import where
from gitopsd.core.load.secrets import NOTHING
from gitopsd.core.load.strangers import strangers
from gitopsd.core.load.tokens import tokens
from gitopsd.core.sops import Unseal, without_keys
from gitopsd.core.sources import Files, paths, usable
from gitopsd.core.sources.builds import Known
from gitopsd.core.sources.contents import Contents
from gitopsd.kube.schemas import Schemas
from gitopsd.model.build import Build, Builder
from gitopsd.model.errors import GitopsdError
from gitopsd.model.problem import Problem, id_of
from gitopsd.model.resource import Resource, ResourceKey
from gitopsd.model.snapshot import Configuration, Loaded, Tree

DOCUMENTS = 100_000

Read = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Means:
    """What others do for us: `unseal` reads encrypted files, `build` runs kustomize and helm.

    `instance` is the one that the commit is read for, empty where nobody says.
    """

    unseal: Unseal = without_keys
    build: Builder = built.unbuilt
    instance: str = ""


MEANS = Means()


@dataclass(frozen=True, slots=True, eq=False)
class LoadCache:
    """What one commit leaves to the next; an empty one only costs time.

    `held` are paths below configured folders that are gone: they count as unreadable. `builds` is
    what programs printed, `kustomizations` what was read of these, `asks` whether anything is to be
    built, `parts` all that `loaded` is made of.
    """

    files: Mapping[str, ParsedFile] = field(default_factory=dict)
    builds: built.Kept = field(default_factory=dict)
    kustomizations: Known = field(default_factory=dict)
    settled: Mapping[Parsed, Settled] = field(default_factory=dict)
    schemas: Mapping[Resource, Schemas] = field(default_factory=dict)
    configuration: Configuration = field(default_factory=Configuration)
    held: frozenset[str] = frozenset()
    sources: Files = field(default_factory=Files)
    asks: bool = False
    parts: object = None
    loaded: Loaded | None = None


def load(
    tree: Tree, read: Read, cache: LoadCache, means: Means = MEANS
) -> tuple[Loaded, LoadCache]:
    """Everything a commit says. `read` takes a blob id; no bytes make this raise.

    `means` do always the same for one cache.
    """

    def parsed(path: str, blob: str) -> ParsedFile:
        return _file(path, blob, cache, (read, means.unseal))

    sources = usable(tree.entries, read)
    if cache.loaded is not None and sources == cache.sources and not cache.asks:
        return cache.loaded, cache
    configuration, first = _configuration(sources, parsed, cache)
    configuration, itself = without_itself(configuration, first, (means.instance, read))
    vanished, held = _vanished(configuration, sources, cache)
    counts = _counting(configuration)
    files = {
        path: parsed(path, blob) if path not in first else first[path]
        for path, blob in sources.blobs.items()
        if counts(path)
    }
    contents = Contents(tree.entries, read)
    asks = asking(sources, files.values(), contents, (cache.kustomizations, counts))
    prints = built.read_builds(asks.builds, means.build, cache.builds, (read, means.unseal))
    plain = {path: each for path, each in files.items() if path not in asks.values}
    whole, beyond = _limited({**plain, **prints})
    said = (*sources.problems, *asks.problems, *vanished, *itself, *beyond)
    unreadable = (sources.unreadable | held | asks.held | _inputs(asks.builds, prints)) | {
        each.path for each in beyond
    }
    kept = {path: each for path, each in files.items() if each.blob == sources.blobs[path]}
    after = LoadCache(
        files=kept,
        builds={key: each for key, each in prints.items() if each.blob},
        kustomizations=asks.read,
        configuration=configuration,
        held=held,
        sources=sources,
        asks=asks.is_any,
        parts=(tuple(whole.values()), said, unreadable, configuration),
    )
    if cache.loaded is not None and after.parts == cache.parts:
        return cache.loaded, replace(
            after, settled=cache.settled, schemas=cache.schemas, loaded=cache.loaded
        )
    settled, schemas = settle(
        whole.values(),
        crds_of(whole.values()),
        (cache.settled, cache.schemas),
        lambda blob: None if blob in prints else read(blob),
    )
    loaded = replace(_merged(whole, settled, said, unreadable), configuration=configuration)
    is_all = len(kept) == len(files)  # what could not be had is tried again
    return loaded, replace(
        after, settled=settled, schemas=schemas, loaded=loaded if is_all else None
    )


def _inputs(builds: Iterable[Build], prints: Mapping[str, ParsedFile]) -> frozenset[str]:
    """The files of builds of which not all is known."""
    return frozenset(
        path for each in builds if prints[each.id].is_unreadable for path in each.files
    )


def pending(tree: Tree, read: Read, cache: LoadCache) -> tuple[tuple[str, str], ...]:
    """Path and blob of every file that `load` would parse; others may parse them meanwhile."""
    sources = usable(tree.entries, read)
    return tuple(
        (path, blob) for path, blob in sources.blobs.items() if not _known(path, blob, cache)
    )


def in_clear(cache: LoadCache) -> tuple[ParsedFile, ...]:
    """Files that are right and of which nothing is encrypted: whoever reads them reads the same."""
    return tuple(
        each
        for each in cache.files.values()
        if each.objects
        and not (each.is_unreadable or each.invalid)
        and all(one.hidden is NOTHING for one in each.objects)
    )


def filled(cache: LoadCache, files: Iterable[ParsedFile]) -> LoadCache:
    """The cache with files that were parsed elsewhere."""
    return replace(cache, files={**cache.files, **{each.path: each for each in files}})


def _known(path: str, blob: str, cache: LoadCache) -> ParsedFile | None:
    known = cache.files.get(path)
    return known if known is not None and known.blob == blob else None


def _file(path: str, blob: str, cache: LoadCache, how: tuple[Read, Unseal]) -> ParsedFile:
    read, unseal = how
    known = _known(path, blob, cache)
    if known is not None:
        return known
    try:
        data = read(blob)
    except GitopsdError as error:
        problem = Problem(path, 0, "", error.reason, "Unreadable")
        return ParsedFile(path, "", problems=(problem,), is_unreadable=True)
    return read_file(path, blob, data, unseal)


def _configuration(
    sources: Files, parsed: Callable[[str, str], ParsedFile], cache: LoadCache
) -> tuple[Configuration, Mapping[str, ParsedFile]]:
    """The repository's own configuration; while it is broken, the last one that was not."""
    path = roles.CONFIGURATION_FILE
    if path not in sources.blobs:
        is_held = path in sources.unreadable
        return (cache.configuration if is_held else Configuration()), {}
    file = parsed(path, sources.blobs[path])
    found = [each.value for each in file.objects if each.sort is Sort.CONFIGURATION]
    is_broken = file.is_unreadable or any(key.kind == "Configuration" for key in file.invalid)
    if found:
        return found[0], {path: file}
    return (cache.configuration if is_broken else Configuration()), {path: file}


def _counting(configuration: Configuration) -> Callable[[str], bool]:
    """Whether a path lies below the configured ones, or is that of the configuration itself."""
    folders = paths.folders(configuration.paths)
    if not folders or "" in folders:
        return lambda path: True
    starts = tuple(f"{folder}/" for folder in folders)
    exact = {*folders, roles.CONFIGURATION_FILE}
    return lambda path: path in exact or path.startswith(starts)


def _vanished(
    configuration: Configuration, sources: Files, cache: LoadCache
) -> tuple[list[Problem], frozenset[str]]:
    """Configured folders that are gone, and what was known below them: gone is not empty.

    Where one is gone, what stood in no folder that is configured now may have moved there.
    """
    problems: list[Problem] = []
    held: set[str] = set()
    folders = paths.folders(configuration.paths)
    present = (*sources.blobs, *sources.unreadable, *sources.inside)
    for number, folder in enumerate(folders):
        if any(paths.is_in(path, folder) for path in present):
            continue
        words = f"there is nothing to read at {folder or 'the root'!r}; what was there is held"
        pointer = f"/spec/paths/{number}"
        problems.append(Problem(roles.CONFIGURATION_FILE, 0, pointer, words, "PathNotFound"))
        before = {*cache.files, *cache.held, *(each.path for each in cache.builds.values())}
        before.discard(roles.CONFIGURATION_FILE)
        held |= {folder} | {
            path
            for path in before
            if paths.is_in(path, folder) or not any(paths.is_in(path, each) for each in folders)
        }
    return problems, frozenset(held)


def _limited(files: dict[str, ParsedFile]) -> tuple[dict[str, ParsedFile], list[Problem]]:
    """The files up to the most documents that are read, and a Problem for each one beyond."""
    if sum(each.documents for each in files.values()) <= DOCUMENTS:
        return files, []
    kept: dict[str, ParsedFile] = {}
    beyond: list[Problem] = []
    count = 0
    for path, each in files.items():
        count += each.documents
        if count <= DOCUMENTS:
            kept[path] = each
        else:
            words = f"is beyond {DOCUMENTS} documents, the most that are read"
            beyond.append(Problem(each.path, 0, "", words, "TooMany"))
    return kept, beyond


def _merged(
    files: Mapping[str, ParsedFile],
    settled: Mapping[Parsed, Settled],
    said: Iterable[Problem],
    unreadable: frozenset[str],
) -> Loaded:
    problems = list(said)
    invalid: dict[ResourceKey, Problem] = {}
    held = set(unreadable)
    rendering = frozenset(file.path for file in files.values() if file.is_rendering)
    found: dict[ResourceKey, Parsed] = {}
    twice: dict[ResourceKey, list[Parsed]] = {}
    for file in files.values():
        problems += file.problems
        invalid.update({key: each for key, each in file.invalid.items() if key not in invalid})
        if file.is_unreadable or any(_is_misnamed(settled, each) for each in file.objects):
            held.add(file.path)
        for each in _settled(file, settled, problems, invalid):
            other = found.setdefault(each.key, each)
            if other is not each:
                twice.setdefault(each.key, [other]).append(each)
    problems += [_beside(found[key], problem) for key, problem in invalid.items() if key in found]
    for key, objects in twice.items():
        said_twice = [_twice(key, each, objects) for each in objects]
        problems += said_twice
        invalid.setdefault(key, said_twice[0])
    _one_configuration(found, problems)
    good = [found[key] for key in sorted(found) if key not in invalid]
    problems += rollouts.beyond_the_first(
        (each.key, each.value) for each in good if each.sort is Sort.ROLLOUT
    )
    logins = tokens(good)
    problems += logins.problems
    if not (held or any(key.kind == "Cluster" for key in invalid)):
        problems += _strangers(good)
    loaded = _sorted(
        [each for each in good if each.key not in logins.keys],
        tuple(sorted(set(problems))),
        frozenset(held),
        dict(sorted(invalid.items())),
    )
    sealed = frozenset(each.key for each in good if each.hidden.is_sealed and each.hidden.pointers)
    return replace(loaded, tokens=logins.found, sealed=sealed, rendering=rendering)


def _strangers(good: list[Parsed]) -> Iterator[Problem]:
    """Nothing where there are no clusters at all: then they stand elsewhere."""
    clusters = {each.key.name for each in good if each.sort is Sort.CLUSTER}
    if clusters:
        policies = (each for each in good if each.sort in (Sort.POLICY, Sort.OVERRIDE))
        yield from strangers(policies, clusters)


def _is_misnamed(settled: Mapping[Parsed, Settled], each: Parsed) -> bool:
    """Whether a custom object may be any other: what it says it is, is wrong."""
    verdict = settled.get(each)
    return verdict is not None and any(
        problem.pointer.removeprefix(each.base).startswith(NAMING) for problem in verdict.problems
    )


def _settled(
    file: ParsedFile,
    settled: Mapping[Parsed, Settled],
    problems: list[Problem],
    invalid: dict[ResourceKey, Problem],
) -> Iterator[Parsed]:
    for each in file.objects:
        if each.sort is not Sort.CUSTOM:
            yield each
            continue
        verdict = settled[each]
        problems += verdict.problems
        if verdict.parsed is not None:
            yield verdict.parsed
        else:
            invalid.setdefault(verdict.key, verdict.problems[0])


def _twice(key: ResourceKey, each: Parsed, objects: Iterable[Parsed]) -> Problem:
    others = ", ".join(where(other) for other in objects if other is not each)
    origin = each.resource.origin
    words = f"{key} stands in {others} too; remove one of them"
    return Problem(origin.path, origin.line, each.base, words, "Duplicate", key=id_of(key))


def _beside(each: Parsed, broken: Problem) -> Problem:
    """That an object that is right is held, because a wrong one has the same id."""
    origin = each.resource.origin
    words = f"{each.key} stands in {broken.path}:{broken.line} too, and is wrong there"
    return Problem(origin.path, origin.line, each.base, words, "Duplicate", key=id_of(each.key))


def _one_configuration(found: dict[ResourceKey, Parsed], problems: list[Problem]) -> None:
    several = [each for each in found.values() if each.sort is Sort.CONFIGURATION][1:]
    for each in several:
        origin = each.resource.origin
        words = "there is a Configuration before this one; only the first counts"
        problems.append(
            Problem(origin.path, origin.line, each.base, words, "Duplicate", key=id_of(each.key))
        )


def _sorted(
    good: Iterable[Parsed],
    problems: tuple[Problem, ...],
    unreadable: frozenset[str],
    invalid: Mapping[ResourceKey, Problem],
) -> Loaded:
    """The objects by what they are; `good` comes sorted by key."""
    by_sort: dict[Sort, list[Parsed]] = {sort: [] for sort in Sort}
    for each in good:
        by_sort[each.sort].append(each)
    templates = {
        each.key: each.resource
        for each in _joined(by_sort[Sort.TEMPLATE], by_sort[Sort.CUSTOM], by_sort[Sort.CRD])
    }

    def values(sort: Sort) -> tuple[Any, ...]:
        return tuple(each.value for each in by_sort[sort])

    return Loaded(
        templates=templates,
        clusters={each.key.name: each.value for each in by_sort[Sort.CLUSTER]},
        policies=values(Sort.POLICY),
        overrides=values(Sort.OVERRIDE),
        customizations=tuple(each.resource for each in by_sort[Sort.CUSTOMIZATION]),
        others=tuple(each.resource for each in by_sort[Sort.OTHER]),
        approvals=values(Sort.APPROVAL),
        rollouts=values(Sort.ROLLOUT),
        problems=problems,
        unreadable=unreadable,
        invalid=invalid,
    )


def _joined(*parts: list[Parsed]) -> list[Parsed]:
    return sorted((each for part in parts for each in part), key=lambda each: each.key)
