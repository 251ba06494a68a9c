"""The questions that other rooms ask of an object of any kind.

Comes in: a body and which kind it is. Goes out: what `KIND` of that kind answers, or what holds
where nothing is special. Stands alone as a value because a repository may bring kinds of its own,
or rules for known ones: then `kind_of` is another (`custom.py`).
"""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from functools import wraps
from typing import ParamSpec, TypeVar

from gitopsd.core.kinds.kind import Dependency, Items, Kind, Misread, Status
from gitopsd.core.kinds.statuses import reflect_whole
from gitopsd.kube.body import Body, dig
from gitopsd.model.decision import Component, Need
from gitopsd.model.resource import Resource, ResourceKey

P = ParamSpec("P")
R = TypeVar("R")


def _misread(ask: Callable[P, R]) -> Callable[P, R]:
    """The same question; a rule that met another shape than it knows has misread the object.

    Objects of kinds without a schema have any shape, and rules look only at what they need.
    """

    @wraps(ask)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return ask(*args, **kwargs)
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            kind = type(error).__name__  # what it says may quote the object
            raise Misread(f"it is not of the shape that its kind has ({kind})") from error

    return asked


@dataclass(frozen=True, slots=True, eq=False)
class Interpreter:
    """Answers by what `kind_of(group, version, name)` gives; it must always give the same.

    Every method raises Misread for a body of another shape; ScriptFailed, which is one, where a
    script of the repository failed. `scripted` are the kinds, by group, version and name, for which
    a script is asked, and by which fields of their `Kind`: it takes a while to answer.
    """

    kind_of: Callable[[str, str, str], Kind | None]
    scripted: Mapping[tuple[str, str, str], Set[str]] = field(default_factory=dict)

    def asks(self, question: str, key: ResourceKey, version: str) -> bool:
        """Whether a script of the repository answers this for objects of the kind."""
        if not self.scripted:
            return False
        return question in self.scripted.get((key.group, version, key.kind), ())

    @_misread
    def need(self, body: Body, key: ResourceKey, version: str) -> Need:
        """Replicas and requirements of a template, defaults filled in as an API server would.

        Nothing for what is no workload.
        """
        kind = self.kind_of(key.group, version, key.kind)
        if kind is None or kind.need is None:
            return Need()
        return kind.need(kind.defaults(body) if kind.defaults else body)

    @_misread
    def components(self, body: Body, key: ResourceKey, version: str) -> tuple[Component, ...]:
        """The pod templates of a workload that has several; none for any other."""
        kind = self.kind_of(key.group, version, key.kind)
        return kind.components(body) if kind and kind.components else ()

    @_misread
    def revise(self, body: Body, key: ResourceKey, version: str, replicas: int) -> Body:
        """The body with so many replicas, the very same where it has them already.

        A count that is not written and would become the same by default stays unwritten: an
        autoscaler may own it.
        """
        kind = self.kind_of(key.group, version, key.kind)
        if kind is None or kind.revise is None:
            return body
        if not kind.count or kind.defaults is None or dig(body, *kind.count) is not None:
            return kind.revise(body, replicas)
        filled = kind.defaults(body)
        return body if dig(filled, *kind.count) == replicas else kind.revise(filled, replicas)

    @_misread
    def retain(self, desired: Body, observed: Body, key: ResourceKey, version: str) -> Body:
        """The desired body with what the member gave out or owns; the very same for most kinds."""
        kind = self.kind_of(key.group, version, key.kind)
        return kind.retain(desired, observed) if kind and kind.retain else desired

    @_misread
    def reflect(self, body: Body, key: ResourceKey, version: str) -> Status | None:
        """The part of a member's status that is collected, None where there is none."""
        kind = self.kind_of(key.group, version, key.kind)
        return kind.reflect(body) if kind and kind.reflect else reflect_whole(body)

    @_misread
    def aggregate(self, template: Resource, items: Items, now: str) -> Body:
        """The template's body with the members' statuses as one; the very same without a rule.

        `items` come sorted by cluster; `now` is the time that new conditions get.
        """
        body = template.body
        kind = self.kind_of(template.key.group, template.version, template.key.kind)
        return kind.aggregate(body, items, now) if kind and kind.aggregate else body

    @_misread
    def is_healthy(self, body: Body, key: ResourceKey, version: str) -> bool:
        """Whether a member's object does what it is for; kinds without a rule always do."""
        kind = self.kind_of(key.group, version, key.kind)
        return kind.is_healthy(body) if kind and kind.is_healthy else True

    @_misread
    def dependencies(self, body: Body, key: ResourceKey, version: str) -> tuple[Dependency, ...]:
        """What an object names and cannot run without; none for kinds without a rule.

        A reference that leaves the name out (a certificate by default) is none.
        """
        kind = self.kind_of(key.group, version, key.kind)
        found = kind.dependencies(body) if kind and kind.dependencies else ()
        return tuple(each for each in found if each.name or each.label_selector is not None)
