"""Other instances that a Configuration names: sets that come first on every member.

Comes in: the `spec` of a Configuration that fits its schema, or the Configuration with the name of
who reads it. Goes out: mistakes. Which instance reads a repository is the operator's word, so that
one names itself is found apart from what the file alone tells.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from gitopsd.core.load.metadata import Mistake
from gitopsd.core.load.parsed import Parsed, ParsedFile, Sort
from gitopsd.core.load.places import Place, problems_at
from gitopsd.model.instance import why_no_instance
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.snapshot import Configuration

_PLACE = "/spec/dependsOn"


def mistakes(spec: Mapping[str, Any]) -> Iterator[Mistake]:
    """Every name that no instance can have, and every one that stands twice."""
    first: dict[str, int] = {}
    for number, each in enumerate(spec.get("dependsOn") or ()):
        name = each["instance"]
        pointer = f"{_PLACE}/{number}/instance"
        if wrong := why_no_instance(name):
            yield pointer, f"is no name of an instance: {wrong}"
        elif name in first:
            words = f"{name!r} stands in {_PLACE}/{first[name]} already; right would be once"
            yield pointer, words
        first.setdefault(name, number)


def without_itself(
    configuration: Configuration,
    files: Mapping[str, ParsedFile],
    reader: tuple[str, Callable[[str], bytes]],
) -> tuple[Configuration, list[Problem]]:
    """The Configuration of `files` without the reading instance among those that come first.

    It would wait for itself: that is a mistake. `reader` is its name, empty where nobody says, and
    what reads the file.
    """
    instance, read = reader
    pointers = [
        f"{_PLACE}/{number}/instance"
        for number, each in enumerate(configuration.depends_on)
        if each.instance == instance
    ]
    if not pointers:
        return configuration, []
    words = f"{instance!r} is this instance itself; right would be another one"
    found = [
        problem
        for file in files.values()
        for each in file.objects
        if each.sort is Sort.CONFIGURATION
        for problem in _at(each, [(pointer, words) for pointer in pointers], read)
    ]
    others = tuple(each for each in configuration.depends_on if each.instance != instance)
    return msgspec.structs.replace(configuration, depends_on=others), found


def _at(parsed: Parsed, found: list[Mistake], read: Callable[[str], bytes]) -> list[Problem]:
    origin = parsed.resource.origin
    place = Place(origin.path, origin.document, origin.line, parsed.base)
    return problems_at(place, parsed.key, found, ("Invalid", Severity.ERROR), read(origin.blob))
