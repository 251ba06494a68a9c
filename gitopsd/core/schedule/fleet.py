"""The clusters of one moment, and everything that was already found out about them.

Clusters are numbered in the order of their names, and a set of them is the bits of an integer:
what passes every filter is one `&`. Whatever depends on a part of a request only (a filter's
answers, the room for a request, an order) is found out once for all requests that share this part.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from gitopsd.core.schedule.capacity import Room
from gitopsd.core.schedule.filters import FILTERS
from gitopsd.core.schedule.prepare import Attempt, Prepared, key_of, prepare
from gitopsd.core.schedule.rules import Filter
from gitopsd.core.schedule.scores import SCORES
from gitopsd.model.cluster import Cluster
from gitopsd.model.policy import Placement

_NUMBERS_KEPT = 4_000_000

T = TypeVar("T")


class Refusals:
    """A filter's answers for all clusters: the bits of those it lets in, the words for the rest."""

    __slots__ = ("admitted", "reasons")

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        self.admitted = bits_of(n for n, reason in enumerate(reasons) if not reason)


class Fleet:
    """All clusters with their facts, as a value: made anew whenever one of them changes.

    It remembers what it was asked, so it serves one thread. `leaving` clusters are members of the
    fleet but candidates for nothing. `is_assumed` says that of some the room is not known.
    """

    def __init__(self, clusters: Mapping[str, Cluster] | Iterable[Cluster]) -> None:
        given = clusters.values() if isinstance(clusters, Mapping) else clusters
        self.clusters: tuple[Cluster, ...] = tuple(sorted(given, key=lambda each: each.name))
        self.names: tuple[str, ...] = tuple(each.name for each in self.clusters)
        self.number = {name: n for n, name in enumerate(self.names)}
        self.candidates = bits_of(n for n, each in enumerate(self.clusters) if not each.leaving)
        self.is_assumed = any(each.facts and each.facts.assumed for each in self.clusters)
        self._limit = max(_NUMBERS_KEPT // (len(self.clusters) + 40), 1000)
        self._memory: dict[Hashable, Any] = {}
        self._prepared: dict[int, tuple[Placement, Prepared]] = {}

    @cached_property
    def room(self) -> Room:
        return Room(self.clusters)

    def remember(self, key: Hashable, find: Callable[[], T]) -> T:
        """What `find` gives, asked once for each key."""
        found: T
        try:
            found = self._memory[key]
        except KeyError:
            if len(self._memory) >= self._limit:
                self._memory.clear()
            found = self._memory[key] = find()
        return found

    def prepared(self, placement: Placement) -> Prepared:
        """The placement made ready; the very same value for equal placements."""
        known = self._prepared.get(id(placement))
        if known is None:
            if len(self._prepared) >= self._limit:
                self._prepared.clear()
            key = ("placement", key_of(placement))
            known = (placement, self.remember(key, lambda: prepare(placement)))
            self._prepared[id(placement)] = known
        return known[1]

    def refusals(self, rule: Filter, attempt: Attempt) -> Refusals:
        """What this filter says of every cluster."""
        return self.remember(
            (rule.stage, rule.about(attempt)),
            lambda: Refusals([rule.check(attempt, each) for each in self.clusters]),
        )

    def admitted(self, attempt: Attempt) -> int:
        """The clusters that no filter refuses."""
        held = bits_of(self.number[name] for name in attempt.held if name in self.number)
        found = self.candidates
        for rule in FILTERS:
            admitted = self.refusals(rule, attempt).admitted
            found &= admitted | held if rule.spares_placed else admitted
        return found

    def objections(self, attempt: Attempt) -> Callable[[int], tuple[str, str]]:
        """For a cluster the first filter that refuses it, and its words; empty when none does."""
        said = [(rule, self.refusals(rule, attempt).reasons) for rule in FILTERS]

        def objection(number: int) -> tuple[str, str]:
            if not self.candidates >> number & 1:
                return "leaving", "is leaving the fleet"
            for rule, reasons in said:
                reason = reasons[number]
                if reason and not (rule.spares_placed and self.names[number] in attempt.held):
                    return rule.stage, reason
            return "", ""

        return objection

    def scores(self, attempt: Attempt) -> list[int]:
        """The sum of all scores, for every cluster."""
        key = ("scores", *(rule.about(attempt) for rule in SCORES))
        return self.remember(
            key,
            lambda: [sum(rule.rate(attempt, each) for rule in SCORES) for each in self.clusters],
        )

    def members(self, bits: int) -> tuple[int, ...]:
        """The numbers of a set of clusters, ascending."""
        return self.remember(("members", bits), lambda: _members(bits))


def bits_of(numbers: Iterable[int]) -> int:
    """The set of these numbers."""
    bits = 0
    for number in numbers:
        bits |= 1 << number
    return bits


def _members(bits: int) -> tuple[int, ...]:
    text = bin(bits)[:1:-1]
    return tuple(n for n, digit in enumerate(text) if digit == "1")
