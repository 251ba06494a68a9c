"""What kustomize and helm print, as files of their own: read, placed, and of charts completed.

Comes in: what is to be built, what builds it, and what was read before. Goes out: a ParsedFile for
each. Printed lines stand in no file, so everything is placed where the build is asked for, and
messages name the object. What fails, or is still being built, holds all that was ever seen from its
files.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from gitopsd.core.load.file import Print, read_print
from gitopsd.core.load.helm_hooks import kept
from gitopsd.core.load.parsed import Parsed, ParsedFile, Sort
from gitopsd.core.sops import Unseal, Veil, veil_of
from gitopsd.model.build import Build, Builder, Built
from gitopsd.model.errors import GitopsdError
from gitopsd.model.problem import Problem, Severity, id_of

Read = Callable[[str], bytes]
Kept = Mapping[str, ParsedFile]
"""What was read of builds, by their ids."""

_NO_CHARTS = "a Chart that a program printed is not rendered; write it into a file of its own"


def unbuilt(builds: Sequence[Build]) -> Sequence[Built]:
    """Where nothing can be built: every build fails."""
    return [Built(failure="is not rendered here", is_final=False) for _ in builds]


def read_builds(
    builds: Iterable[Build], build: Builder, before: Kept, files: tuple[Read, Unseal]
) -> Mapping[str, ParsedFile]:
    """What each build gives, by its id, in the order of `builds`; only what is new is built.

    What of its files is encrypted the builder does not get, and is put in here.
    """
    wanted = {each.id: each for each in builds}
    new = [each for key, each in wanted.items() if key not in before]
    made = {each.id: _read(each, built, files) for each, built in zip(new, build(new), strict=True)}
    return {key: before[key] if key in before else made[key] for key in wanted}


def _veil(build: Build, files: tuple[Read, Unseal]) -> Veil:
    read, unseal = files

    def contents() -> Iterator[tuple[str, bytes]]:
        for path, blob in build.files.items():
            with suppress(GitopsdError):  # then it is not built either
                yield path, read(blob)

    return veil_of(contents(), unseal)


def _read(build: Build, built: Built, files: tuple[Read, Unseal]) -> ParsedFile:
    if built.is_under_way:
        words = (build.path, build.line, "", built.failure, "Rendering", Severity.NOTICE)
        return ParsedFile(
            build.path, "", problems=(Problem(*words),), is_unreadable=True, is_rendering=True
        )
    if built.failure:
        problem = Problem(build.path, build.line, "", built.failure, "NotRendered")
        blob = build.id if built.is_final else ""
        return ParsedFile(build.path, blob, problems=(problem,), is_unreadable=True)
    namespace = build.release.namespace if build.release else ""
    printed = Print(build.line, namespace, _veil(build, files))
    file = read_print(build.path, build.id, built.output, printed)
    if build.release is not None:
        file = _with_hooks(file, are_run=build.release.runs_hooks)
    return _without_charts(file)


def _with_hooks(file: ParsedFile, *, are_run: bool) -> ParsedFile:
    """With helm's hooks as ours, or without them; each that is left out is told of."""
    objects: list[Parsed] = []
    said: list[Problem] = []
    for each in file.objects:
        resource, words = kept(each.resource, are_run=are_run)
        if resource is None:
            said.append(_problem(each, words, "Hook", Severity.WARNING))
        else:
            objects.append(each if resource is each.resource else replace(each, resource=resource))
    if tuple(objects) == file.objects:
        return file
    return replace(file, objects=tuple(objects), problems=tuple(sorted((*file.problems, *said))))


def _without_charts(file: ParsedFile) -> ParsedFile:
    charts = [each for each in file.objects if each.sort is Sort.CHART]
    if not charts:
        return file
    said = [_problem(each, _NO_CHARTS, "NotRendered", Severity.ERROR) for each in charts]
    kept = tuple(each for each in file.objects if each.sort is not Sort.CHART)
    return replace(
        file, objects=kept, problems=tuple(sorted((*file.problems, *said))), is_unreadable=True
    )


def _problem(each: Parsed, words: str, reason: str, severity: Severity) -> Problem:
    origin = each.resource.origin
    return Problem(
        origin.path, origin.line, "", f"{each.key} {words}", reason, severity, id_of(each.key)
    )
