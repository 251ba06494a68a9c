"""Which of the candidates are chosen, so that the spread constraints are satisfied.

Comes in: the candidates. Goes out: the chosen ones in order of preference, or `Unmet` with what is
missing. One constraint by region, provider or label is Karmada's region algorithm, by cluster its
cluster algorithm (karmada-io/karmada pkg/scheduler/core/spreadconstraint); zones, of which a
cluster may have many, and several constraints at once are a search of ours.
"""

from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass

from gitopsd.core.schedule.divide import Unmet
from gitopsd.core.schedule.groups import Candidate, Demand, choose
from gitopsd.core.schedule.options import FIELDS, Options
from gitopsd.core.schedule.prepare import Strategy
from gitopsd.core.schedule.standing import Standing
from gitopsd.model.policy import SpreadConstraint

_WEIGHT = 1000
_STEPS = 20_000


def select(candidates: Standing) -> Sequence[int]:
    """The chosen candidates, best first where order matters; raises `Unmet`."""
    prepared = candidates.attempt.prepared
    spread, options = prepared.spread, candidates.options
    if not spread or prepared.ignores_spread:
        ordered = prepared.strategy == Strategy.AGGREGATED
        return candidates.ranked if ordered else candidates.members
    fields = [field for field in FIELDS if field in spread and field in options.groups_by]
    if len(fields) > 1 or fields == ["zone"]:
        return _Cover(candidates, fields).select()
    if fields:
        return _by_group(candidates, spread[fields[0]])
    if "cluster" in spread:
        return _by_cluster(candidates, spread["cluster"])
    raise Unmet("SchedulerError", "only constraints by cluster and region are supported")


def maximum(constraint: SpreadConstraint | None, options: Options, unbounded: int) -> int:
    """The most groups that a constraint allows; 0 is the same as not written, as in the API."""
    written = (constraint and constraint.max_groups) or options.omitted_maximum
    return unbounded if written is None else written


def _by_cluster(candidates: Standing, constraint: SpreadConstraint) -> Sequence[int]:
    """So many of the best that `maxGroups` allows, changed for larger ones until all find room."""
    ranked = list(candidates.ranked)
    if len(ranked) < constraint.min_groups:
        raise Unmet("SchedulerError", _too_few(constraint, ranked, ()))
    count = min(maximum(constraint, candidates.options, len(ranked)), len(ranked))
    chosen, rest = ranked[:count], ranked[count:]
    if candidates.attempt.prepared.strategy == Strategy.DUPLICATED:
        return chosen
    needed, total = candidates.attempt.need.replicas, sum(map(candidates.available, chosen))
    for place in range(count - 1, -1, -1):
        if total >= needed or not rest:
            break
        best = max(range(len(rest)), key=lambda at: candidates.available(rest[at]))
        gain = candidates.available(rest[best]) - candidates.available(chosen[place])
        if gain > 0:
            chosen[place], rest[best] = rest[best], chosen[place]
            total += gain
    if total < needed or not chosen:
        raise Unmet(
            "SchedulerError",
            f"{_counted(count, constraint)}, as many as the placement allows, with room for "
            f"{total} of {needed} replicas",
        )
    return chosen


def _by_group(candidates: Standing, constraint: SpreadConstraint) -> Sequence[int]:
    """The best clusters of the best groups: as few groups as will do."""
    options, ranked = candidates.options, candidates.ranked
    clusters = candidates.attempt.prepared.spread.get("cluster")
    belongs = candidates.groups(constraint)
    groups: dict[str, list[int]] = {}
    for n in ranked:
        for name in belongs[n]:
            groups.setdefault(name, []).append(n)
    if len(groups) < constraint.min_groups:
        raise Unmet("SchedulerError", _too_few(constraint, groups, groups))
    demand = Demand(
        least=constraint.min_groups,
        most=maximum(constraint, options, len(groups)),
        clusters=clusters.min_groups if clusters else 0,
    )
    rating = _Rating(candidates, constraint.min_groups, max(demand.clusters, demand.least))
    rated = [Candidate(name, len(each), rating.of(each)) for name, each in groups.items()]
    chosen = [each.name for each in choose(rated, demand)]
    if not chosen:
        raise Unmet("SchedulerError", _no_combination(constraint, demand, groups))
    most = maximum(clusters, options, len(ranked))
    selected = _best_of(chosen, groups, ranked, most)
    by_score = sorted(rated, key=lambda each: (-each.score, each.name))
    for name in (each.name for each in by_score if each.name not in chosen):
        if len(chosen) >= demand.most or not _lacks_room(candidates, selected):
            break
        chosen.append(name)
        selected = _best_of(chosen, groups, ranked, most)
    return selected


def _best_of(
    chosen: Sequence[str], groups: Mapping[str, Sequence[int]], ranked: Sequence[int], most: int
) -> Sequence[int]:
    """Of each chosen group its best cluster, then the best of all that is left in them."""
    firsts = [groups[name][0] for name in chosen]
    pooled = {n for name in chosen for n in groups[name][1:]}
    return firsts + [n for n in ranked if n in pooled][: max(most - len(firsts), 0)]


def _lacks_room(candidates: Standing, selected: Sequence[int]) -> bool:
    """Whether more groups could help: replicas are divided by room, and there is too little."""
    if not candidates.options.widens_for_room:
        return False
    if candidates.attempt.prepared.strategy not in (Strategy.DYNAMIC, Strategy.AGGREGATED):
        return False
    return sum(map(candidates.available, selected)) < candidates.attempt.need.replicas


@dataclass(frozen=True, slots=True)
class _Rating:
    """What groups are worth: first room for their part of the replicas, then score."""

    candidates: Standing
    parts: int
    least: int

    def of(self, members: Sequence[int]) -> int:
        if self.candidates.attempt.prepared.strategy == Strategy.DUPLICATED:
            return self._duplicated(members)
        return self._divided(members)

    def _duplicated(self, members: Sequence[int]) -> int:
        scores, needed = self.candidates.scores, self.candidates.attempt.need.replicas
        fit = [scores[n] for n in members if self.candidates.available(n) >= needed]
        return _WEIGHT * len(fit) + sum(fit) // len(fit) if fit else 0

    def _divided(self, members: Sequence[int]) -> int:
        part = -(-self.candidates.attempt.need.replicas // max(self.parts, 1))
        room, held, scores = self.candidates.room, self.candidates.held, self.candidates.scores
        available = score = 0
        for count, n in enumerate(members, start=1):
            available += room[n] + held.get(n, 0)
            score += scores[n]
            if count >= self.least and available >= part:
                return _WEIGHT * part + score // count
        return _WEIGHT * min(available, part) + score // len(members)


class _Cover:
    """Clusters that reach every minimum without passing any maximum, in as few groups as will do;
    then as many clusters of these groups as allowed.
    """

    def __init__(self, candidates: Standing, fields: Sequence[str]) -> None:
        spread = candidates.attempt.prepared.spread
        self._candidates = candidates
        self._ranked = candidates.ranked
        self._constraints = [
            spread.get("cluster", SpreadConstraint(spread_by_field="cluster", min_groups=1)),
            *(spread[field] for field in fields),
        ]
        self._most = [
            maximum(each, candidates.options, len(self._ranked) * 100) for each in self._constraints
        ]
        belongs = [candidates.groups(each) for each in self._constraints]
        self._groups = {n: [frozenset(each[n]) for each in belongs] for n in self._ranked}
        self._steps = _STEPS

    def select(self) -> Sequence[int]:
        for at, constraint in enumerate(self._constraints):
            there = frozenset[str]().union(*(groups[at] for groups in self._groups.values()))
            if len(there) < constraint.min_groups:
                raise Unmet("SchedulerError", _too_few(constraint, there, there))
        nothing = [frozenset[str]()] * len(self._constraints)
        chosen = self._search([], nothing)
        if chosen is None:
            wanted = ", ".join(_counted(each.min_groups, each) for each in self._constraints)
            message = f"no clusters satisfy all spread constraints: {wanted} at least"
            raise Unmet("SchedulerError", message)
        return self._filled(chosen)

    def _search(self, chosen: list[int], reached: list[frozenset[str]]) -> list[int] | None:
        """Depth first, clusters that help most constraints first, then by rank."""
        unmet = [
            at for at, each in enumerate(self._constraints) if len(reached[at]) < each.min_groups
        ]
        if not unmet:
            return chosen
        helpful = []
        for rank, n in enumerate(self._ranked):
            after = self._after(n, reached)
            helps = sum(len(after[at]) > len(reached[at]) for at in unmet) if after else 0
            if helps and n not in chosen:
                helpful.append((-helps, rank, n, after))
        for _, _, n, after in sorted(helpful, key=lambda each: each[:2]):
            self._steps -= 1
            if self._steps < 0:
                return None
            found = self._search([*chosen, n], after)
            if found is not None:
                return found
        return None

    def _after(self, n: int, reached: Sequence[frozenset[str]]) -> list[frozenset[str]]:
        """The groups reached with one cluster more; empty where that passes a maximum."""
        groups = self._groups[n]
        if not all(groups):
            return []
        after = [old | new for old, new in zip(reached, groups, strict=True)]
        fits = all(len(each) <= most for each, most in zip(after, self._most, strict=True))
        return after if fits else []

    def _filled(self, chosen: list[int]) -> Sequence[int]:
        reached = [frozenset[str]()] * len(self._constraints)
        for n in chosen:
            reached = self._after(n, reached)
        chosen = list(chosen)
        for n in self._ranked:
            after = self._after(n, reached) if n not in chosen else []
            if after and (after[1:] == reached[1:] or _lacks_room(self._candidates, chosen)):
                chosen.append(n)
                reached = after
        return chosen


def _counted(count: int, constraint: SpreadConstraint) -> str:
    """`1 cluster`, `2 values of label rack`."""
    plural = "" if count == 1 else "s"
    if constraint.spread_by_label:
        return f"{count} value{plural} of label {constraint.spread_by_label}"
    return f"{count} {constraint.spread_by_field or 'cluster'}{plural}"


def _too_few(constraint: SpreadConstraint, there: Sized, names: Iterable[str]) -> str:
    listed = f" ({', '.join(sorted(names))})" if names else ""
    wanted = _counted(constraint.min_groups, constraint)
    return f"the placement asks for {wanted} at least, {len(there)} fit{listed}"


def _no_combination(
    constraint: SpreadConstraint, demand: Demand, groups: Mapping[str, Sequence[int]]
) -> str:
    sizes = ", ".join(f"{name} {len(each)}" for name, each in sorted(groups.items()))
    wanted = _counted(demand.most, constraint)
    return (
        f"no {demand.least} to {wanted} have {demand.clusters} clusters together, as the placement "
        f"asks; clusters that fit: {sizes}"
    )
