"""Where a mistake stands: Problems with the line of the field they speak of.

Comes in: mistakes as JSON pointers into an object, and the place of that object. Goes out:
Problems. Lines are looked up only here, by parsing the document again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gitopsd.core.load.metadata import Mistake
from gitopsd.core.load.parsed import Parsed
from gitopsd.kube.yaml import lines_of
from gitopsd.model.problem import Problem, Severity, id_of
from gitopsd.model.resource import ResourceKey


@dataclass(frozen=True, slots=True)
class Place:
    """An object in a file; `base` is its JSON pointer in the document, `/items/0` in a list."""

    path: str
    document: int
    line: int
    base: str = ""


def problems_at(
    place: Place,
    key: ResourceKey | None,
    mistakes: Iterable[Mistake],
    how: tuple[str, Severity],
    data: bytes | None,
) -> list[Problem]:
    """A Problem for each mistake, in their order; a mistake of the object as a whole has its
    first line. Without data all have that line, and the object is named.
    """
    found = list(mistakes)
    if not found:
        return []
    pointers = [place.base + pointer for pointer, _ in found]
    inside = [pointer for pointer in pointers if pointer != place.base]
    lines = {place.base: place.line}
    if inside and data is not None:
        lines = {**lines_of(data, place.document, inside), **lines}
    subject = ""
    if data is None:
        subject = f"{key}: " if key else f"document {place.document + 1} of what is rendered: "
    reason, severity = how
    return [
        Problem(
            place.path,
            lines.get(pointer, place.line),
            pointer,
            subject + words,
            reason,
            severity,
            id_of(key),
        )
        for pointer, (_, words) in zip(pointers, found, strict=True)
    ]


def where(parsed: Parsed) -> str:
    """`path:line` of an object."""
    return str(parsed.resource.origin)
