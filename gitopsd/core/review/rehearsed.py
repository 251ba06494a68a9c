"""What members said of a rehearsal that changed nothing, as Problems and warnings of a plan.

Comes in: what each member answered to each change. Goes out: what would be refused, with file and
line; what is there already, what others keep, what is deprecated. Equal words of many members are
said once, with all of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from gitopsd.core.review.findings import some
from gitopsd.model.changes import Change, Preview
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Origin, ResourceKey


class Sort(StrEnum):
    """What an answer means."""

    REFUSED = "Refused"
    FOREIGN = "Foreign"
    NOTED = "Noted"
    UNSURE = "Unsure"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one member said of one object; `key` is None for what concerns all of them."""

    cluster: str
    key: ResourceKey | None
    sort: Sort
    words: str


def rehearsed(preview: Preview, answers: Iterable[Answer]) -> Preview:
    """The plan with what the members said of it; where they could not say, it is not exact."""
    found = tuple(answers)
    origins = _origins(preview.changes.changes)
    problems: list[Problem] = []
    warnings: list[str] = []
    for (sort, key, words), clusters in _alike(found).items():
        where = some(clusters)
        if sort is Sort.REFUSED and key is not None:
            origin = origins.get(key)
            problems.append(
                Problem(
                    path=origin.path if origin else "",
                    line=origin.line if origin else 0,
                    pointer="",
                    message=f"{key} would be refused on {where}: {words}",
                    reason="Rejected",
                    key=key.id,
                )
            )
        else:
            warnings.append(f"{key} on {where}: {words}" if key else f"{where}: {words}")
    changes = replace(
        preview.changes,
        problems=tuple(sorted((*preview.changes.problems, *problems))),
        exact=preview.changes.exact and all(each.sort is not Sort.UNSURE for each in found),
    )
    brings = preview.brings_trouble or bool(problems)
    return replace(
        preview,
        changes=changes,
        warnings=(*preview.warnings, *warnings),
        brings_trouble=brings,
    )


def _origins(changes: Iterable[Change]) -> Mapping[ResourceKey, Origin]:
    return {each.key: each.after.origin for each in changes if each.after is not None}


def _alike(
    answers: Iterable[Answer],
) -> Mapping[tuple[Sort, ResourceKey | None, str], list[str]]:
    found: dict[tuple[Sort, ResourceKey | None, str], list[str]] = {}
    for each in sorted(answers, key=lambda each: (each.key or _NOBODY, each.cluster, each.words)):
        clusters = found.setdefault((each.sort, each.key, each.words), [])
        if each.cluster not in clusters:
            clusters.append(each.cluster)
    return found


_NOBODY = ResourceKey("", "", "", "")
