"""Which clusters get a change after which others.

Comes in: the Rollout of the repository, or labels of its Clusters where there is none. Goes out:
the stages in their order, each with its clusters; no stage at all where nobody asks for any. A
cluster is in the first stage that means it; those that none means follow in a stage of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from gitopsd.model.cluster import Cluster
from gitopsd.model.rollout import Pace, Rollout, RolloutStage
from gitopsd.model.selecting import ClusterSelector
from gitopsd.model.snapshot import Loaded

LABEL = "gitopsd.io/stage"
REST = "all others"
_PACE = Pace(timedelta(minutes=1), timedelta(minutes=10))
_KIND = ("gitopsd.io", "Rollout")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: what is asked of it, how fast it goes, and its clusters by name."""

    asked: RolloutStage
    pace: Pace
    clusters: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.asked.name

    @property
    def most_running(self) -> int:
        """How many clusters may be on their way at once, soaking ones among them."""
        return max(1, amount(self.asked.max_concurrency, len(self.clusters)))

    @property
    def most_unwell(self) -> int:
        """How many clusters may be on their way and not well; never all of several."""
        total = len(self.clusters)
        return max(1, min(amount(self.asked.max_unavailable, total), total - 1))

    @property
    def most_failed(self) -> int:
        return amount(self.asked.max_failures, len(self.clusters))


@dataclass(frozen=True, slots=True)
class Order:
    """The stages of a fleet; `paused` says in words why no further cluster gets the change."""

    stages: tuple[Stage, ...] = ()
    paused: str = ""


def order_of(
    loaded: Loaded, clusters: Mapping[str, Cluster], last: Rollout | None, *, began: bool
) -> tuple[Order, Rollout | None]:
    """The stages now, and the Rollout that they come from.

    A Rollout that cannot be read any more is the `last` one, and nothing further opens; so it is
    where a file cannot be read that may hold it and a rollout `began` before.
    """
    staying = {name: each for name, each in sorted(clusters.items()) if not each.leaving}
    found = loaded.rollouts[0] if loaded.rollouts else None
    is_broken = any(key[:2] == _KIND for key in loaded.invalid)
    if found is None and (is_broken or (loaded.unreadable and began)):
        words = "the Rollout cannot be read"
        return Order(_stages(last, staying) or _labelled(staying, more=True), words), last
    if found is None:
        return Order(_labelled(staying)), None
    return Order(_stages(found, staying), "it is paused" if found.spec.paused else ""), found


def amount(said: int | str, total: int) -> int:
    """So many of `total`: a number as it is, a percentage rounded down."""
    return said if isinstance(said, int) else int(said.rstrip("%")) * total // 100


def spoken(time: timedelta) -> str:
    """A time as a Rollout says it: `90s`, `10m`, `2h`."""
    seconds = int(time.total_seconds())
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _stages(rollout: Rollout | None, clusters: Mapping[str, Cluster]) -> tuple[Stage, ...]:
    if rollout is None:
        return ()
    left = dict(clusters)
    found = []
    for each in rollout.spec.stages:
        selector = ClusterSelector(each.clusters)
        names = [name for name, cluster in left.items() if selector.matches(cluster)]
        for name in names:
            del left[name]
        found.append(Stage(each, rollout.paces[each.name], tuple(names)))
    return (*found, *_rest(left))


def _labelled(clusters: Mapping[str, Cluster], *, more: bool = False) -> tuple[Stage, ...]:
    """A stage for each value of the label; `more`: also where no cluster has it."""
    left = dict(clusters)
    by_value: dict[str, list[str]] = {}
    for name, cluster in clusters.items():
        if (value := cluster.labels.get(LABEL)) is not None:
            by_value.setdefault(value, []).append(name)
            del left[name]
    if not by_value and not more:
        return ()
    found = [
        Stage(RolloutStage(value), _PACE, tuple(by_value[value]))
        for value in sorted(by_value, key=_rank)
    ]
    return (*found, *_rest(left))


def _rank(value: str) -> tuple[bool, int, str]:
    """Numbers by size, before words by the alphabet."""
    is_number = value.isascii() and value.isdigit()
    return not is_number, int(value) if is_number else 0, value


def _rest(names: Iterable[str]) -> tuple[Stage, ...]:
    left = tuple(names)
    return (Stage(RolloutStage(REST), _PACE, left),) if left else ()
