"""A repository's own kinds: ResourceInterpreterCustomizations, whose scripts come before our rules.

Comes in: the customizations of a commit, and `interpret`, which runs a script. Goes out: an
Interpreter in which a kind that scripts speak of asks them; what they do not say is said by our own
rule for it. See karmada-io/karmada pkg/resourceinterpreter/customized/declarative/configmanager.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from gitopsd.core.kinds import NATIVE
from gitopsd.core.kinds.interpreter import Interpreter
from gitopsd.core.kinds.kind import Kind
from gitopsd.core.kinds.scripted import Interpret, Script, Scripted, failed
from gitopsd.kube.body import dig
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Resource, split_api_version


class Rule(NamedTuple):
    """What a rule of a customization defines: a function of the script, and one of `Kind`."""

    function: str
    attribute: str


RULES: Mapping[str, Rule] = {
    "retention": Rule("Retain", "retain"),
    "replicaResource": Rule("GetReplicas", "need"),
    "componentResource": Rule("GetComponents", "components"),
    "replicaRevision": Rule("ReviseReplica", "revise"),
    "statusReflection": Rule("ReflectStatus", "reflect"),
    "statusAggregation": Rule("AggregateStatus", "aggregate"),
    "healthInterpretation": Rule("InterpretHealth", "is_healthy"),
    "dependencyInterpretation": Rule("GetDependencies", "dependencies"),
}
_UNITED = "dependencyInterpretation"
_LOADED = "function Loaded_(name) return type(_G[name]) == 'function' end"


def interpreter(customizations: Iterable[Resource], interpret: Interpret) -> Interpreter:
    """Our own rules with these customizations before them; `NATIVE` itself for none.

    Where two speak of the same operation of a kind, the first by name is asked.
    """
    own: dict[tuple[str, str, str], dict[str, tuple[Script, ...]]] = defaultdict(dict)
    for each in sorted(customizations, key=lambda each: each.key.name):
        target = dig(each.body, "spec", "target", default={})
        group, version = split_api_version(target.get("apiVersion", ""))
        scripts = own[group, version, target.get("kind", "")]
        for name, script in _scripts(each):
            if name == _UNITED:
                scripts[name] = (*scripts.get(name, ()), script)
            else:
                scripts.setdefault(name, (script,))
    if not own:
        return NATIVE
    kinds = {key: _kind_with(key, Scripted(scripts, interpret)) for key, scripts in own.items()}

    def kind_of(group: str, version: str, name: str) -> Kind | None:
        return kinds.get((group, version, name)) or NATIVE.kind_of(group, version, name)

    asked = {
        key: frozenset(RULES[name].attribute for name in scripts) for key, scripts in own.items()
    }
    return Interpreter(kind_of, asked)


def targets(customizations: Iterable[Resource]) -> frozenset[tuple[str, str]]:
    """The groups and kinds that these customizations speak of."""
    found = (dig(each.body, "spec", "target", default={}) for each in customizations)
    return frozenset(
        (split_api_version(each.get("apiVersion", ""))[0], each.get("kind", "")) for each in found
    )


def _scripts(source: Resource) -> Iterable[tuple[str, Script]]:
    rules = dig(source.body, "spec", "customizations", default={})
    for name, rule in RULES.items():
        text = dig(rules, name, "luaScript", default="")
        if text:
            pointer = f"/spec/customizations/{name}/luaScript"
            yield name, Script(text, rule.function, pointer, source)


def _kind_with(key: tuple[str, str, str], own: Scripted) -> Kind:
    """Our kind with what the scripts say in place of what we say."""
    kind = NATIVE.kind_of(*key) or Kind(*key)
    functions: dict[str, Any] = {
        attribute: getattr(own, attribute)
        for attribute in (RULES[name].attribute for name in own.scripts)
    }
    if "revise" in functions:  # a script decides by itself what it writes
        kind = replace(kind, count=())
    if "dependencies" in functions:
        kind = replace(kind, must_depend=False)
    return replace(kind, **functions)


def mistakes(customizations: Iterable[Resource], interpret: Interpret) -> tuple[Problem, ...]:
    """What can be known of scripts without an object: those that cannot be loaded or lack their
    function, and those that are never asked, because another customization comes first.
    """
    found: list[Problem] = []
    first: dict[tuple[str, str, str], Script] = {}
    for each in sorted(customizations, key=lambda each: each.key.name):
        target = dig(each.body, "spec", "target", default={})
        for name, script in _scripts(each):
            answer = interpret(f"{script.text}\n{_LOADED}", "Loaded_", (script.function,))
            if isinstance(answer, Problem):
                found.append(failed(script, answer.message).problem)
            elif answer != (True,):
                found.append(failed(script, "the script defines no such function").problem)
            what = (target.get("apiVersion", ""), target.get("kind", ""), name)
            before = first.setdefault(what, script)
            if before is not script and name != _UNITED:
                words = f"never asked: {before.source.origin} says it, the first by name"
                found.append(failed(script, words).problem)
    return tuple(sorted(found))
