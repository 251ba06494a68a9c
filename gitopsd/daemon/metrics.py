"""METRICS: what the daemon counts, for Prometheus; labels name clusters and kinds, never objects.

Comes in: turns as they are taken, and a `Reading` of everything else when somebody asks. Goes out:
the text of `/metrics`. To add one: its line in `METRICS`, and where its values are in `_values`.
"""

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
from gitopsd.daemon.durations import Buckets, Durations
from gitopsd.daemon.tally import Tally
from gitopsd.daemon.turn import Turn
from gitopsd.edge import clock
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import ActionKind, Health, Report
from gitopsd.model.web import Answer

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
    Line("fetch_duration_seconds", "histogram", (), "from a new commit to its files"),
    Line("render_duration_seconds", "histogram", (), "from files to objects, kustomize and Helm"),
    Line("schedule_duration_seconds", "histogram", (), "from objects to what each member holds"),
    Line(
        "commit_to_healthy_seconds",
        "summary",
        ("cluster",),
        "from a set handed over to a member on which all of it is well",
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
    Line(
        "api_throttled_seconds_total",
        "counter",
        ("cluster",),
        "time in which nothing was sent because the member asked for patience",
    ),
    Line(
        "watch_restarts_total",
        "counter",
        ("cluster", "reason"),
        "watches that ended: ended, gone, throttled, forbidden or error",
    ),
    Line("workqueue_depth", "gauge", ("cluster",), "objects that something is to be done about"),
    Line("prune_total", "counter", ("cluster", "result"), "deletions asked for: ok or failed"),
    Line("guard_tripped_total", "counter", ("guard",), "times a guard began to hold a member"),
    Line("status_commit_total", "counter", (), "new commits of the status branch"),
    Line(
        "webhook_total",
        "counter",
        ("host", "result"),
        "webhooks: accepted, ignored, refused, replayed or throttled",
    ),
)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Everything that is counted, at one moment; nothing of it changes any more.

    `syncs` has by cluster and result how many there were and how long they took together, `healthy`
    the same by cluster; `durations` has buckets by metric.
    """

    polls: Mapping[str, int] = field(default_factory=dict)
    commit_age_s: float | None = None
    turns: Mapping[str, int] = field(default_factory=dict)
    durations: Mapping[str, Buckets] = field(default_factory=dict)
    healthy: Mapping[str, tuple[int, float]] = field(default_factory=dict)
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
    is_healthy: bool = False


class Meter:
    """Counts what only turns can tell; `take` each of them."""

    def __init__(self) -> None:
        self.durations = Durations()
        self.turns = 0
        self.guards: Counter[str] = Counter()
        self.syncs: dict[tuple[str, str], tuple[int, float]] = {}
        self.healthy: dict[str, tuple[int, float]] = {}
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
        if handed.is_healthy or report is None or report is handed.before:
            return
        if not (report.reachable and report.is_finished and report.commit == wanted.commit):
            return
        outcomes = report.outcomes.values()
        if not handed.is_done:
            handed.is_done = True
            has_failed = any(each.action is ActionKind.FAIL for each in outcomes)
            key = (name, "failed" if has_failed else "ok")
            count, took_s = self.syncs.get(key, (0, 0.0))
            self.syncs[key] = (count + 1, took_s + now_s - handed.at_s)
        if all(each.health is Health.CURRENT for each in outcomes):
            handed.is_healthy = True
            count, took_s = self.healthy.get(name, (0, 0.0))
            self.healthy[name] = (count + 1, took_s + now_s - handed.at_s)

    def _forget(self, name: str) -> None:
        del self._handed[name]
        self.syncs = {key: sums for key, sums in self.syncs.items() if key[0] != name}
        self.healthy.pop(name, None)


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
        "api_throttled_seconds_total": [((name,), each.throttled_s) for name, each in tallies],
        "watch_restarts_total": [
            ((name, reason), count)
            for name, tally in tallies
            for reason, count in sorted(tally.restarts.items())
        ],
        "workqueue_depth": [((name,), each.depth) for name, each in tallies],
        "prune_total": [
            ((name, result), count)
            for name, tally in tallies
            for result, count in sorted(tally.prunes.items())
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
    if found := reading.durations.get(line.name):
        metric.add_metric((), *found)
    return metric


def _summary(line: Line, reading: Reading) -> Metric:
    metric = SummaryMetricFamily(PREFIX + line.name, line.help, labels=line.labels)
    values: dict[tuple[str, ...], tuple[int, float]] = {
        (cluster, result): sums for (cluster, result), sums in reading.syncs.items()
    }
    if line.name == "commit_to_healthy_seconds":
        values = {(name,): sums for name, sums in reading.healthy.items()}
    for labels, (count, sum_s) in sorted(values.items()):
        metric.add_metric(labels, count, sum_s)
    return metric
