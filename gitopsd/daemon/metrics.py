"""METRICS: what the daemon counts, for Prometheus; labels name clusters and kinds, never objects.

Comes in: turns as they are taken, and a `Reading` of everything else when somebody asks. Goes out:
the text of `/metrics`. To add one: its line in `METRICS`, and where its values are in `_values`.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from gitopsd import __version__
from gitopsd.daemon.tally import Tally
from gitopsd.daemon.turn import Turn
from gitopsd.edge import clock
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import ActionKind, Report
from gitopsd.model.web import Answer

BUCKETS_S = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "gitopsd_"

Values = Iterable[tuple[Sequence[str], float]]


@dataclass(frozen=True, slots=True)
class Line:
    """One metric: its name without the prefix, what it is, its labels and what it says."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str


METRICS: tuple[Line, ...] = (
    Line("build_info", "gauge", ("version",), "1, with the version that runs"),
    Line(
        "source_poll_total",
        "counter",
        ("result",),
        "looks at the repository: ok, failed or refused",
    ),
    Line("source_commit_age_seconds", "gauge", (), "age of the commit that is followed"),
    Line("turns_total", "counter", ("result",), "turns taken: ok or failed"),
    Line("turn_duration_seconds", "histogram", (), "from a commit or news to sets handed over"),
    Line(
        "sync_duration_seconds",
        "summary",
        ("cluster", "result"),
        "from a set handed over to a member that is done with it: ok or failed",
    ),
    Line("cluster_up", "gauge", ("cluster",), "1 while the member answers"),
    Line("objects", "gauge", ("cluster", "health"), "objects by health, as last reported"),
    Line(
        "apply_total",
        "counter",
        ("cluster", "action", "reason"),
        "attempts at objects by what they came to",
    ),
    Line("drift_total", "counter", ("cluster", "kind"), "objects put back as they are wanted"),
    Line(
        "api_requests_total",
        "counter",
        ("cluster", "verb", "code"),
        "answers of members; code 0 is no answer",
    ),
    Line("guard_tripped_total", "counter", ("guard",), "times a guard began to hold a member"),
    Line("status_commit_total", "counter", (), "new commits of the status branch"),
    Line(
        "webhook_total",
        "counter",
        ("host", "result"),
        "webhooks: accepted, ignored, refused, replayed or throttled",
    ),
)


class Durations:
    """How often it took how long."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BUCKETS_S) + 1)
        self._sum_s = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self._counts[bisect_left(BUCKETS_S, seconds)] += 1
        self._sum_s += seconds

    @property
    def buckets(self) -> tuple[Sequence[tuple[str, float]], float]:
        """Each bucket's bound with the number up to it, and the sum of all."""
        found, total = [], 0
        for bound, count in zip((*BUCKETS_S, float("inf")), self._counts, strict=True):
            total += count
            found.append(("+Inf" if bound == float("inf") else str(bound), float(total)))
        return found, self._sum_s


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Everything that is counted, at one moment; nothing of it changes any more.

    `syncs` has by cluster and result how many there were and how long they took together.
    """

    polls: Mapping[str, int] = field(default_factory=dict)
    commit_age_s: float | None = None
    turns: Mapping[str, int] = field(default_factory=dict)
    durations: tuple[Sequence[tuple[str, float]], float] = ((), 0.0)
    syncs: Mapping[tuple[str, str], tuple[int, float]] = field(default_factory=dict)
    reports: Mapping[str, Report] = field(default_factory=dict)
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    guards: Mapping[str, int] = field(default_factory=dict)
    status_commits: int = 0
    webhooks: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Handed:
    """A set that a member was given, what it had said before, and when."""

    wanted: Wanted
    before: Report | None
    at_s: float
    is_done: bool = False


class Meter:
    """Counts what only turns can tell; `take` each of them."""

    def __init__(self) -> None:
        self.durations = Durations()
        self.turns = 0
        self.guards: Counter[str] = Counter()
        self.syncs: dict[tuple[str, str], tuple[int, float]] = {}
        self._handed: dict[str, _Handed] = {}
        self._tripped: frozenset[tuple[str, str]] = frozenset()

    def take(self, turn: Turn) -> None:
        """One more turn."""
        self.turns += 1
        self.durations.add(turn.took_s)
        tripped = frozenset((each.guard, each.cluster) for each in turn.gated.tripped)
        self.guards.update(guard for guard, _ in tripped - self._tripped)
        self._tripped = tripped
        now_s = clock.monotonic()
        for name in [name for name in self._handed if name not in turn.gated.wanted]:
            self._forget(name)
        for name, wanted in turn.gated.wanted.items():
            self._follow(name, wanted, turn.known.reports.get(name), now_s)

    def _follow(self, name: str, wanted: Wanted, report: Report | None, now_s: float) -> None:
        handed = self._handed.get(name)
        if handed is None or handed.wanted is not wanted:
            self._handed[name] = _Handed(wanted, report, now_s)
            return
        if handed.is_done or report is None or report is handed.before:
            return
        if not (report.reachable and report.is_finished and report.commit == wanted.commit):
            return
        handed.is_done = True
        has_failed = any(each.action is ActionKind.FAIL for each in report.outcomes.values())
        key = (name, "failed" if has_failed else "ok")
        count, took_s = self.syncs.get(key, (0, 0.0))
        self.syncs[key] = (count + 1, took_s + now_s - handed.at_s)

    def _forget(self, name: str) -> None:
        del self._handed[name]
        self.syncs = {key: sums for key, sums in self.syncs.items() if key[0] != name}


class Exposition(Collector):
    """Readings as text, for one thread at a time."""

    def __init__(self) -> None:
        self._reading = Reading()
        self._healths: dict[str, tuple[Report, Counter[str]]] = {}
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def answer(self, reading: Reading) -> Answer:
        """What Prometheus reads."""
        self._reading = reading
        return Answer(generate_latest(self._registry), CONTENT_TYPE)

    def collect(self) -> Iterator[Metric]:
        """Every metric of the table, those without a value too."""
        reading = self._reading
        values = _values(reading, self._by_health(reading.reports))
        for line in METRICS:
            if line.kind == "histogram":
                yield _histogram(line, reading)
            elif line.kind == "summary":
                yield _summary(line, reading)
            else:
                yield _plain(line, values[line.name])

    def _by_health(self, reports: Mapping[str, Report]) -> Mapping[str, Counter[str]]:
        """Objects of every member by health, counted again only for a newer report."""
        found = {}
        for name, report in reports.items():
            last = self._healths.get(name)
            if last is None or last[0] is not report:
                last = (report, Counter(each.health.value for each in report.outcomes.values()))
            found[name] = last
        self._healths = found
        return {name: counts for name, (_, counts) in found.items()}


def _values(reading: Reading, healths: Mapping[str, Counter[str]]) -> Mapping[str, Values]:
    tallies = sorted(reading.tallies.items())
    age_s = reading.commit_age_s
    return {
        "build_info": [((__version__,), 1)],
        "source_poll_total": [((result,), count) for result, count in reading.polls.items()],
        "source_commit_age_seconds": [] if age_s is None else [((), age_s)],
        "turns_total": [((result,), count) for result, count in reading.turns.items()],
        "cluster_up": [
            ((name,), float(report.reachable)) for name, report in sorted(reading.reports.items())
        ],
        "objects": [
            ((name, health), count)
            for name, counts in sorted(healths.items())
            for health, count in sorted(counts.items())
        ],
        "apply_total": [
            ((name, *deed), count)
            for name, tally in tallies
            for deed, count in sorted(tally.deeds.items())
        ],
        "drift_total": [
            ((name, kind), count)
            for name, tally in tallies
            for kind, count in sorted(tally.drift.items())
        ],
        "api_requests_total": [
            ((name, verb, str(code)), count)
            for name, tally in tallies
            for (verb, code), count in sorted(tally.requests.items())
        ],
        "guard_tripped_total": [((guard,), n) for guard, n in sorted(reading.guards.items())],
        "status_commit_total": [((), reading.status_commits)],
        "webhook_total": sorted(reading.webhooks.items()),
    }


def _plain(line: Line, values: Values) -> Metric:
    family = CounterMetricFamily if line.kind == "counter" else GaugeMetricFamily
    metric = family(PREFIX + line.name, line.help, labels=line.labels)
    for labels, value in values:
        metric.add_metric(labels, value)
    return metric


def _histogram(line: Line, reading: Reading) -> Metric:
    metric = HistogramMetricFamily(PREFIX + line.name, line.help, labels=line.labels)
    buckets, sum_s = reading.durations
    if buckets:
        metric.add_metric((), buckets, sum_s)
    return metric


def _summary(line: Line, reading: Reading) -> Metric:
    metric = SummaryMetricFamily(PREFIX + line.name, line.help, labels=line.labels)
    for labels, (count, sum_s) in sorted(reading.syncs.items()):
        metric.add_metric(labels, count, sum_s)
    return metric
