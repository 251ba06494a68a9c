"""What the scripts of one kind answer, read as what each operation asks for.

Comes in: scripts and `interpret`, which runs one. Goes out: the functions of a `Kind`. A script
that fails, or returns something else than its operation asks for, raises ScriptFailed. See
karmada-io/karmada pkg/resourceinterpreter/customized/declarative/luavm/lua.go.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import msgspec

from gitopsd.core.kinds.kind import Dependency, Item, Items, Kind, Misread, ScriptFailed, verified
from gitopsd.core.kinds.tables import Empties, empties, restored
from gitopsd.kube.body import Body, without
from gitopsd.kube.quantity import nano
from gitopsd.model.decision import Component, Need, Requirements
from gitopsd.model.policy import Wire
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Resource

# `interpret(script, function, arguments)`: what the function returns, `[]` for any empty table, or
# a Problem without a place. The same arguments have the same answer.
Interpret: TypeAlias = Callable[[str, str, tuple[Any, ...]], tuple[Any, ...] | Problem]

_LARGEST = 2**31
_ANY = Kind("", "", "")


class Script(NamedTuple):
    """One script, and where it stands."""

    text: str
    function: str
    pointer: str
    source: Resource


Scripts: TypeAlias = Mapping[str, tuple[Script, ...]]


class _Reference(Wire, frozen=True):
    """Karmada's DependentObjectReference."""

    api_version: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    label_selector: Mapping[str, Any] | None = None


class _Part(Wire, frozen=True):
    """Karmada's Component."""

    name: str = ""
    replicas: int = 0
    replica_requirements: Requirements | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Scripted:
    """The operations of one kind, each as a function of `Kind`; only those may be called that
    `scripts`, by the name of their rule, speak of.
    """

    scripts: Scripts
    interpret: Interpret

    def need(self, body: Body) -> Need:
        script = self.scripts["replicaResource"][0]
        count, asked = self._run(script, body)
        if isinstance(count, bool) or not isinstance(count, (int, float)):
            raise failed(script, f"it returned {_kind(count)} for a number of replicas")
        if asked is not None and not isinstance(asked, (list, Mapping)):
            raise failed(script, f"it returned {_kind(asked)} for requirements")
        found = None if asked is None else _read(script, asked or {}, Requirements)
        return Need(_whole(script, count), _checked(script, found), is_scalable=True)

    def components(self, body: Body) -> tuple[Component, ...]:
        script = self.scripts["componentResource"][0]
        (found,) = self._run(script, body)
        if found is None:
            return ()
        parts = _read(script, _table(script, found), tuple[_Part, ...])
        return tuple(
            Component(each.name, each.replicas, _checked(script, each.replica_requirements))
            for each in parts
        )

    def revise(self, body: Body, replicas: int) -> Body:
        return self._object(self.scripts["replicaRevision"][0], (body, replicas), empties(body))

    def retain(self, desired: Body, observed: Body) -> Body:
        script = self.scripts["retention"][0]
        return self._object(script, (desired, observed), empties(desired, observed))

    def reflect(self, body: Body) -> Any:
        script = self.scripts["statusReflection"][0]
        (found,) = self._run(script, body)
        return restored(_table(script, found)) or {}

    def aggregate(self, body: Body, items: Items, now: str) -> Body:
        script = self.scripts["statusAggregation"][0]
        given = None if items is None else [_told(each) for each in items]
        found = self._object(script, (body, given), Empties())
        return (
            {**body, "status": found.get("status")}
            if "status" in found
            else without(body, "status")
        )

    def is_healthy(self, body: Body) -> bool:
        script = self.scripts["healthInterpretation"][0]
        (found,) = self._run(script, body)
        if not isinstance(found, bool):
            raise failed(script, f"it returned {_kind(found)}; right would be true or false")
        return found

    def dependencies(self, body: Body) -> tuple[Dependency, ...]:
        """What all scripts together say, sorted; a reference by name once."""
        named: set[tuple[str, str, str, str]] = set()
        selected: list[Dependency] = []
        for script in self.scripts["dependencyInterpretation"]:
            for each in self._references(script, body):
                if each.label_selector is None:
                    named.add((each.api_version, each.kind, each.namespace, each.name))
                else:
                    selected.append(each)
        found = [*(Dependency(*each) for each in named), *selected]
        return tuple(sorted(found, key=lambda each: each[:4]))

    def _references(self, script: Script, body: Body) -> tuple[Dependency, ...]:
        (found,) = self._run(script, body)
        references = _read(script, restored(_table(script, found)), tuple[_Reference, ...])
        listed = tuple(
            Dependency(each.api_version, each.kind, each.namespace, each.name, each.label_selector)
            for each in references
        )
        try:
            return verified(_ANY, listed)
        except Misread as error:
            raise failed(script, str(error)) from None

    def _object(self, script: Script, arguments: tuple[Any, ...], known: Empties) -> Body:
        """The whole object that a script returns."""
        (found,) = self._run(script, *arguments)
        body = restored(_table(script, found), known)
        if not isinstance(body, Mapping) or not isinstance(body.get("kind"), str):
            raise failed(script, "it returned no object with a kind")
        return body

    def _run(self, script: Script, *arguments: Any) -> tuple[Any, ...]:
        """What the script returns; what one for Secrets says when it fails may be their values."""
        answer = self.interpret(script.text, script.function, arguments)
        if isinstance(answer, Problem):
            is_secret = arguments[0].get("kind") == "Secret"
            raise failed(script, "it failed" if is_secret else answer.message)
        return answer


def _told(item: Item) -> Mapping[str, Any]:
    """An item as Karmada gives it to scripts: what is empty is not there."""
    given = {
        "clusterName": item.cluster,
        "status": item.status,
        "applied": item.applied or None,
        "appliedMessage": item.message or None,
        "health": item.health or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _table(script: Script, found: Any) -> Any:
    if not isinstance(found, (list, Mapping)):
        raise failed(script, f"it returned {_kind(found)}; right would be a table")
    return found


def _read(script: Script, found: Any, form: Any) -> Any:
    try:
        return msgspec.convert(restored(found), form)
    except msgspec.ValidationError as error:
        raise failed(script, f"it returned something else: {error}") from None


def _checked(script: Script, asked: Requirements | None) -> Requirements | None:
    """The same requirements, once every quantity in them is one."""
    try:
        for quantity in ((asked and asked.resource_request) or {}).values():
            nano(quantity)
    except ValueError as error:
        raise failed(script, f"it returned requirements in which {error}") from None
    return asked


def _whole(script: Script, count: int | float) -> int:
    if abs(count) >= _LARGEST:
        raise failed(script, f"it returned {count} replicas")
    return int(count)


def _kind(found: Any) -> str:
    return "nil" if found is None else type(found).__name__


def failed(script: Script, message: str) -> ScriptFailed:
    """The error that says where the script stands and what is wrong with it."""
    origin = script.source.origin
    words = f"{script.function}: {message}"
    return ScriptFailed(Problem(origin.path, origin.line, script.pointer, words, "Script", key=""))
