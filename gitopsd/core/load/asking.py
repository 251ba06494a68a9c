"""What a commit asks to be rendered: its kustomizations, and the charts that its Charts name.

Comes in: the files that count, what stands in them, and the tree. Goes out: `Asking`, builds in the
order of their paths, with everything that is wrong before any of them begins.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from gitopsd.core.load.parsed import Parsed, ParsedFile, Sort
from gitopsd.core.sources import Files
from gitopsd.core.sources.builds import Known, Refusal, asked
from gitopsd.core.sources.charts import chart_build, chart_folder, values_files
from gitopsd.core.sources.contents import Contents
from gitopsd.core.sources.roots import CHART
from gitopsd.model.build import Build
from gitopsd.model.problem import Problem, Severity


@dataclass(frozen=True, slots=True, eq=False)
class Asking:
    """`held` are paths of which what was seen is held, `values` files with values of charts: no
    manifests. `read` is what was read of kustomizations, `is_any` whether anything is asked for.
    """

    builds: tuple[Build, ...] = ()
    problems: tuple[Problem, ...] = ()
    held: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    read: Known = field(default_factory=dict)
    is_any: bool = False


def asking(
    sources: Files,
    files: Iterable[ParsedFile],
    contents: Contents,
    before: tuple[Known, Callable[[str], bool]],
) -> Asking:
    """What is to be built. Of `before`, the first is what was read of kustomizations, the second
    whether a path counts at all.
    """
    read, counts = before
    found = asked(sources.kustomizations, sources.inside, (contents, read))
    charts = [each for file in files for each in file.objects if each.sort is Sort.CHART]
    made: list[Build | Refusal] = [*found.builds, *found.refusals]
    made = [each for each in made if counts(each.path)]
    made += [chart_build(each.resource, each.value, contents) for each in charts]
    refusals = [each for each in made if isinstance(each, Refusal)]
    problems = [problem for each in refusals for problem in each.problems]
    problems += [each for each in found.problems if counts(each.path)]
    problems += [each for each in _unused(sources.charts, charts) if counts(each.path)]
    return Asking(
        builds=tuple(each for each in made if isinstance(each, Build)),
        problems=tuple(sorted(set(problems))),
        held=frozenset(path for each in refusals for path in each.held),
        values=frozenset(
            path for each in charts for path in values_files(each.resource.origin.path, each.value)
        ),
        read=found.read,
        is_any=bool(sources.kustomizations or charts),
    )


def _unused(folders: Iterable[str], charts: Iterable[Parsed]) -> Iterator[Problem]:
    """A notice for each chart that no Chart names and that is no part of another one."""
    named = {chart_folder(each.resource.origin.path, each.value) for each in charts}
    tops: list[str] = []
    for folder in sorted(folders):
        if not any(not top or folder.startswith(f"{top}/") for top in tops):
            tops.append(folder)
    for folder in tops:
        if folder not in named:
            path = f"{folder}/{CHART}" if folder else CHART
            words = "no Chart of gitopsd.io/v1alpha1 names this chart, so it is not rendered"
            yield Problem(path, 0, "", words, "NotRendered", Severity.NOTICE)
