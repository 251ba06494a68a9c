"""What was said of every cluster, put into words only when somebody reads it.

An assignment may be kept for long, so it holds no more than it takes to find the words again: a
fleet and what it remembers are let go as soon as there is a newer one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import overload
from weakref import ref

from gitopsd.core.schedule.filters import FILTERS
from gitopsd.core.schedule.fleet import Fleet
from gitopsd.core.schedule.options import Options
from gitopsd.core.schedule.prepare import Attempt, Strategy
from gitopsd.core.schedule.standing import Standing
from gitopsd.model.decision import Request, Share, Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """How one affinity group was decided: the bits of the selected clusters, and their shares.

    No cluster is selected where nothing would do.
    """

    attempt: Attempt
    options: Options
    selected: int = 0
    shares: tuple[Share, ...] = ()


class Verdicts(Sequence[Verdict]):
    """One verdict for each cluster of the fleet, by name; equal when all verdicts are."""

    __slots__ = ("_clusters", "_fleet", "_outcome")

    def __init__(self, outcome: Outcome, fleet: Fleet) -> None:
        self._outcome = outcome
        self._clusters = fleet.clusters
        self._fleet = ref(fleet)

    def __len__(self) -> int:
        return len(self._clusters)

    @overload
    def __getitem__(self, at: int) -> Verdict: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Verdict]: ...
    def __getitem__(self, at: int | slice) -> Verdict | Sequence[Verdict]:
        if isinstance(at, slice):
            return tuple(self)[at]
        return self._reading().verdict(range(len(self))[at])

    def __iter__(self) -> Iterator[Verdict]:
        reading = self._reading()
        return map(reading.verdict, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, (Verdicts, tuple)):
            return NotImplemented
        return tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def _reading(self) -> "_Reading":
        fleet = self._fleet() or Fleet(self._clusters)
        return _Reading(self._outcome, fleet)


def says_the_same(request: Request, before: Fleet, after: Fleet) -> bool:
    """Whether on both fleets the same clusters are refused by the same filters in the same words.

    What is said of those that are let in (room, score) is not compared.
    """
    if before is after:
        return True
    if (before.names, before.candidates) != (after.names, after.candidates):
        return False
    prepared = after.prepared(request.placement)
    held = dict(request.previous)
    return all(
        _is_refused_alike(Attempt(request, prepared, group, held), before, after)
        for group in prepared.groups
    )


def _is_refused_alike(attempt: Attempt, before: Fleet, after: Fleet) -> bool:
    """What decides is the first filter that refuses a cluster; only these are compared."""
    other: set[int] = set()
    for rule in FILTERS:
        was, now = (fleet.refusals(rule, attempt).reasons for fleet in (before, after))
        if was != now:
            other.update(n for n, reason in enumerate(now) if reason != was[n])
    if not other:
        return True
    was_said, now_said = before.objections(attempt), after.objections(attempt)
    return all(was_said(n) == now_said(n) for n in other)


class _Reading:
    """An outcome on its fleet, as long as it is read."""

    def __init__(self, outcome: Outcome, fleet: Fleet) -> None:
        self._names = fleet.names
        self._objection = fleet.objections(outcome.attempt)
        self._attempt = outcome.attempt
        self._selected = outcome.selected
        self._shares: Mapping[str, int] = dict(outcome.shares)
        self._candidates = Standing(fleet, outcome.attempt, outcome.options)
        # Rated as it stands with this outcome, so that deciding again says the same.
        held = dict(outcome.shares) or outcome.attempt.held
        self._scores = Standing(fleet, replace(outcome.attempt, held=held), outcome.options).scores

    def verdict(self, number: int) -> Verdict:
        name = self._names[number]
        stage, reason = self._objection(number)
        if stage:
            return Verdict(name, False, stage, reason)
        score = self._scores[number]
        if not self._selected:
            return Verdict(name, False, "divide", f"would do{self._fitness(number)}", score)
        if not self._selected >> number & 1:
            return Verdict(name, False, "spread", self._passed_over(number), score)
        if name not in self._shares:
            return Verdict(name, False, "divide", f"gets nothing{self._fitness(number)}", score)
        replicas = self._shares[name]
        return Verdict(name, True, "divide", self._given(number, replicas), score, replicas)

    def _passed_over(self, number: int) -> str:
        where = ", ".join(self._groups(number))
        return "others are preferred by the spread constraints" + (f" ({where})" if where else "")

    def _given(self, number: int, replicas: int) -> str:
        need = self._attempt.need
        where = ", ".join(self._tier(number) + self._groups(number))
        tail = f" ({where})" if where else ""
        if replicas == 0:
            return ("keeps 0 replicas" if need.is_scalable else "gets the object") + tail
        if self._attempt.prepared.strategy == Strategy.DUPLICATED:
            return (f"gets all {replicas} replicas" if replicas > 1 else "gets the replica") + tail
        return f"gets {replicas} of {need.replicas} replicas{self._fitness(number)}{tail}"

    def _fitness(self, number: int) -> str:
        """What speaks for a cluster when replicas are divided."""
        strategy = self._attempt.prepared.strategy
        if strategy == Strategy.DUPLICATED or self._attempt.need.replicas == 0:
            return ""
        if strategy == Strategy.STATIC:
            return ", by static weight"
        held = self._candidates.held.get(number, 0)
        had = f", had {held}" if held else ""
        return f"{had}, room for {self._candidates.room[number]}{' more' if held else ''}"

    def _tier(self, number: int) -> list[str]:
        group, tiers = self._attempt.group, self._candidates.tiers
        if not group.name:
            return []
        tier = tiers[number] if tiers else 0
        return [f"group {group.name}, overflow tier {tier}" if tier else f"group {group.name}"]

    def _groups(self, number: int) -> list[str]:
        return [
            f"{field} {'+'.join(self._candidates.groups(constraint)[number]) or 'unknown'}"
            for field, constraint in self._attempt.prepared.spread.items()
            if field != "cluster"
        ]
