"""What was said of every cluster, put into words only when somebody reads it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

from gitopsd.core.schedule.prepare import Strategy
from gitopsd.core.schedule.standing import Standing
from gitopsd.model.decision import Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """How one affinity group was decided: None in `selected` means that nothing was selected.

    `failure` says why there are no shares.
    """

    candidates: Standing
    selected: Sequence[int] | None
    shares: Mapping[int, int]
    failure: str = ""


class Verdicts(Sequence[Verdict]):
    """One verdict for each cluster of the fleet, by name; equal when all verdicts are."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    @cached_property
    def _all(self) -> tuple[Verdict, ...]:
        count = len(self._outcome.candidates.fleet.clusters)
        chosen = frozenset(self._outcome.selected or ())
        return tuple(_verdict(self._outcome, n, n in chosen) for n in range(count))

    def __len__(self) -> int:
        return len(self._outcome.candidates.fleet.clusters)

    @overload
    def __getitem__(self, at: int) -> Verdict: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Verdict]: ...
    def __getitem__(self, at: int | slice) -> Verdict | Sequence[Verdict]:
        return self._all[at]

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self._all)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return tuple(other) == self._all if isinstance(other, (Verdicts, tuple)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._all)

    def __repr__(self) -> str:
        return repr(self._all)


def _verdict(outcome: Outcome, number: int, is_chosen: bool) -> Verdict:
    candidates = outcome.candidates
    name = candidates.fleet.names[number]
    stage, reason = candidates.fleet.refusal(candidates.attempt, number)
    if stage:
        return Verdict(name, False, stage, reason)
    score = candidates.scores[number]
    if outcome.failure:
        return Verdict(name, False, "divide", f"would do, {_fitness(candidates, number)}", score)
    if not is_chosen:
        return Verdict(name, False, "spread", _passed_over(candidates, number), score)
    if number not in outcome.shares:
        reason = f"gets no replica, {_fitness(candidates, number)}"
        return Verdict(name, False, "divide", reason, score)
    replicas = outcome.shares[number]
    return Verdict(name, True, "divide", _given(candidates, number, replicas), score, replicas)


def _passed_over(candidates: Standing, number: int) -> str:
    named = ", ".join(_groups(candidates, number))
    where = f" ({named})" if named else ""
    return f"others are preferred by the spread constraints{where}"


def _given(candidates: Standing, number: int, replicas: int) -> str:
    need = candidates.attempt.need
    where = ", ".join(_tier(candidates, number) + _groups(candidates, number))
    tail = f" ({where})" if where else ""
    if replicas == 0:
        return f"{'keeps 0 replicas' if need.is_scalable else 'gets the object'}{tail}"
    if candidates.attempt.prepared.strategy == Strategy.DUPLICATED:
        return f"gets all {replicas} replicas{tail}"
    fitness = _fitness(candidates, number)
    return f"gets {replicas} of {need.replicas} replicas, {fitness}{tail}"


def _fitness(candidates: Standing, number: int) -> str:
    strategy = candidates.attempt.prepared.strategy
    if strategy == Strategy.STATIC:
        return "by static weight"
    if strategy == Strategy.DUPLICATED:
        return "duplicated"
    held = candidates.held.get(number, 0)
    had = f"had {held}, " if held else ""
    return f"{had}room for {candidates.room[number]}{' more' if held else ''}"


def _tier(candidates: Standing, number: int) -> list[str]:
    group = candidates.attempt.group
    if not group.name:
        return []
    tier = candidates.tiers[number] if candidates.tiers else 0
    return [f"group {group.name}, overflow tier {tier}" if tier else f"group {group.name}"]


def _groups(candidates: Standing, number: int) -> list[str]:
    spread = candidates.attempt.prepared.spread
    return [
        f"{field} {'+'.join(candidates.groups(constraint)[number]) or 'unknown'}"
        for field, constraint in spread.items()
        if field != "cluster"
    ]
