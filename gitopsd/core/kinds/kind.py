"""What is special about a kind, as one value: the form of every file in this folder.

A `Kind` carries data and functions; a function that is None means that nothing is special there.
`KINDS` in `__init__.py` holds them all, and the functions there are what other rooms call. To add
a kind: a file with `KIND`, and its line in `KINDS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import msgspec

from gitopsd.kube.body import Body, dig
from gitopsd.model.decision import Component, Need
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Resource

Status: TypeAlias = Mapping[str, Any]


class Misread(ValueError):
    """An object is not of the shape that its kind has, or lacks what an operation needs."""


class ScriptFailed(Misread):
    """A script of the repository could not say; `problem` names its file, and no object."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def problem_of(error: Misread, template: Resource) -> Problem:
    """What holds this template: a mistake in its own file, or in that of a script for its kind."""
    if isinstance(error, ScriptFailed):
        return msgspec.structs.replace(error.problem, key=template.key.id)
    origin = template.origin
    return Problem(origin.path, origin.line, "", str(error), key=template.key.id)


class Dependency(NamedTuple):
    """What an object refers to and cannot run without, by name or by labels (the name wins)."""

    api_version: str
    kind: str
    namespace: str
    name: str = ""
    label_selector: Mapping[str, Any] | None = None


class Item(NamedTuple):
    """How one object stands in one cluster; Karmada's AggregatedStatusItem.

    `status` is None where none was collected.
    """

    cluster: str
    status: Status | None = None
    applied: bool = False
    message: str = ""
    health: str = ""


Items: TypeAlias = tuple[Item, ...] | None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of one API version, and what is special about it.

    `pod_template` is where its pod template stands, `count` the field that says how many of these
    pods run, `defaults` what an API server fills in. `retain(desired, observed)` gives back what
    the member owns; `aggregate(body, items, now)` lays the sum of the members' statuses on the
    template. `must_depend` says that Karmada's script fails where an object names nothing.
    """

    group: str
    version: str
    name: str
    pod_template: tuple[str, ...] = ()
    count: tuple[str, ...] = ()
    defaults: Callable[[Body], Body] | None = None
    need: Callable[[Body], Need] | None = None
    components: Callable[[Body], tuple[Component, ...]] | None = None
    revise: Callable[[Body, int], Body] | None = None
    retain: Callable[[Body, Body], Body] | None = None
    reflect: Callable[[Body], Status | None] | None = None
    aggregate: Callable[[Body, Items, str], Body] | None = None
    is_healthy: Callable[[Body], bool] | None = None
    dependencies: Callable[[Body], tuple[Dependency, ...]] | None = None
    must_depend: bool = False


def verified(kind: Kind, found: tuple[Dependency, ...]) -> tuple[Dependency, ...]:
    """The same dependencies; raises Misread where Karmada refuses them.

    A reference needs an apiVersion, a kind and a name or labels; some scripts need one reference.
    """
    if kind.must_depend and not found:
        raise Misread("the object names nothing")
    for number, each in enumerate(found):
        if not each.api_version or not each.kind:
            raise Misread(f"dependencies[{number}] has no apiVersion or no kind")
        if not each.name and each.label_selector is None:
            raise Misread(f"dependencies[{number}] has neither a name nor a labelSelector")
    return found


def integer(holder: Any, *path: str) -> int:
    """The whole number at the path, 0 where there is none; raises Misread for anything else."""
    found = dig(holder, *path)
    if found is None:
        return 0
    if isinstance(found, bool) or not isinstance(found, int):
        raise Misread(f"{'.'.join(path)} is {found!r}; right would be a whole number")
    return found


def text(holder: Any, *path: str) -> str:
    """The string at the path, empty where there is none; raises Misread for anything else."""
    found = dig(holder, *path)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise Misread(f"{'.'.join(path)} is {found!r}; right would be a string")
    return found


def mapping(holder: Any, *path: str) -> Mapping[str, Any]:
    """The mapping at the path, an empty one where there is none; raises Misread for another."""
    found = dig(holder, *path)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise Misread(f"{'.'.join(path) or 'it'} is no mapping")
    return found


def mappings(holder: Any, *path: str) -> tuple[Mapping[str, Any], ...]:
    """The list of mappings at the path, empty where there is none; a null in it is an empty one.

    Raises Misread for anything else.
    """
    found = dig(holder, *path, default=())
    if not isinstance(found, (list, tuple)):
        raise Misread(f"{'.'.join(path)} is no list")
    if not all(each is None or isinstance(each, Mapping) for each in found):
        raise Misread(f"{'.'.join(path)} holds something that is no mapping")
    return tuple(each or {} for each in found)


def generation(body: Body) -> int:
    """`metadata.generation`, 0 where there is none."""
    return integer(body, "metadata", "generation")


def namespace(body: Body) -> str:
    """`metadata.namespace`, empty where there is none."""
    return text(body, "metadata", "namespace")


def with_field(body: Body, value: int, *path: str) -> Body:
    """The body with a count replaced where it is written, the very same where it is not.

    Raises Misread where something other than a whole number is written.
    """
    if dig(body, *path) is None:
        return body
    if integer(body, *path) == value:
        return body
    return _replaced(body, value, path)


def _replaced(body: Body, value: Any, path: tuple[str, ...]) -> Body:
    first, rest = path[0], path[1:]
    return {**body, first: _replaced(body[first], value, rest) if rest else value}
