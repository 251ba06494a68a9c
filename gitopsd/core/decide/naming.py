"""What objects name as what they depend on, checked against each member's set.

Comes in: the sets, and which bindings changed. Goes out: a Problem for every object that can never
go to a member, because what it names is not wanted there or waits for it. Only templates that name
anything are looked at, and only on members whose set changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gitopsd.core.decide.sets import Set
from gitopsd.core.decide.spaces import Change
from gitopsd.core.depends import impossible, named, problem
from gitopsd.model.problem import Problem
from gitopsd.model.resource import ResourceKey


@dataclass(frozen=True, slots=True, eq=False)
class Naming:
    """`keys` are templates that name something somewhere; `seen` the sets that were checked."""

    keys: frozenset[ResourceKey] = frozenset()
    seen: Mapping[str, Set] = field(default_factory=dict)
    problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)


def naming(changes: Iterable[Change], sets: Mapping[str, Set], last: Naming) -> Naming:
    """The Problems by member; the very same where nothing changed."""
    keys = set(last.keys)
    for key, _, binding in changes:
        manifests = {*binding.manifests.values()} if binding else set()
        (keys.add if any(named(each.body) for each in manifests) else keys.discard)(key)
    if sets is last.seen:
        return last
    problems = {
        name: last.problems.get(name, ())
        if last.seen.get(name) is each
        else tuple(_of_member(name, each, keys))
        for name, each in sets.items()
    }
    return Naming(frozenset(keys), sets, {name: own for name, own in problems.items() if own})


def _of_member(cluster: str, own: Set, keys: Iterable[ResourceKey]) -> Iterable[Problem]:
    names = {key: found for key in sorted(keys) if key in own and (found := named(own[key].body))}
    for key, words in sorted(impossible(own, names).items()):
        yield problem(key, own[key].origin, words, cluster)
