"""Where more than one member deletes, one goes first.

Comes in: the deletions that no guard holds. Goes out: those that may happen now. The canary is the
first reachable member that has something to delete, in the order of label `gitopsd.io/canary`, then
name. The others follow once its deletions are done and nothing wanted there got worse for ten
seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gitopsd.model.decision import Decision
from gitopsd.model.delivery import Health, Report
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known

LABEL = "gitopsd.io/canary"
QUIET_FOR = timedelta(seconds=10)

Deletions = Mapping[str, frozenset[ResourceKey]]


@dataclass(frozen=True, slots=True, eq=False)
class Canary:
    """Who went first, with what, and since when that is done.

    `asked` are the deletions of the canary when it was chosen; they name the round. `healthy` is
    how many wanted objects were Current there then. `quiet_since` None: not done yet. `open` are
    the deletions allowed now.
    """

    cluster: str = ""
    asked: frozenset[ResourceKey] = frozenset()
    healthy: int = 0
    quiet_since: datetime | None = None
    passed: bool = False
    open: Deletions = field(default_factory=dict)
    wake_at: datetime | None = None


def after_canary(free: Deletions, decision: Decision, known: Known, before: Canary) -> Canary:
    """The deletions that may happen now; all of them where at most one member deletes.

    A member deletes what the canary of a finished round has deleted before; new deletions start a
    new round. An unreachable member is no canary and waits for one.
    """
    deleting = {name: keys for name, keys in free.items() if keys}
    if before.cluster and before.cluster in decision.manifests:
        rest = {name: keys - before.asked for name, keys in deleting.items()}
        if not any(rest.values()) and set(deleting) - {before.cluster}:
            return _continue(deleting, decision, known, before)
    if len(deleting) <= 1:
        return Canary(open=deleting)
    first = _choose(deleting, decision, known)
    if first is None:
        return Canary()
    asked = frozenset().union(*deleting.values())
    return Canary(
        cluster=first,
        asked=asked,
        healthy=_healthy(first, decision, known),
        open={first: deleting[first]},
    )


def _continue(deleting: Deletions, decision: Decision, known: Known, before: Canary) -> Canary:
    if before.passed:
        return Canary(before.cluster, before.asked, before.healthy, None, True, deleting)
    own = deleting.get(before.cluster, frozenset())
    report = known.reports.get(before.cluster)
    is_done = report is not None and report.reachable and not own - _refused(report)
    if not is_done or _healthy(before.cluster, decision, known) < before.healthy:
        return Canary(
            before.cluster,
            before.asked,
            before.healthy,
            None,
            False,
            {before.cluster: own} if own else {},
        )
    since = before.quiet_since or known.now
    if known.now - since >= QUIET_FOR:
        return Canary(before.cluster, before.asked, before.healthy, since, True, deleting)
    return Canary(before.cluster, before.asked, before.healthy, since, False, {}, since + QUIET_FOR)


def _refused(report: Report) -> frozenset[ResourceKey]:
    """What the member will not delete before a person says more: nobody need wait for that."""
    return frozenset(
        key for key, outcome in report.outcomes.items() if outcome.reason == "AwaitingApproval"
    )


def _choose(deleting: Deletions, decision: Decision, known: Known) -> str | None:
    reachable = [
        name for name in deleting if (report := known.reports.get(name)) and report.reachable
    ]
    return min(
        reachable,
        key=lambda name: (LABEL not in decision.clusters[name].labels, name),
        default=None,
    )


def _healthy(cluster: str, decision: Decision, known: Known) -> int:
    """How many objects that are wanted there are Current; what is deleted does not count."""
    report = known.reports.get(cluster)
    if report is None:
        return 0
    wanted = decision.manifests[cluster]
    return sum(
        outcome.health is Health.CURRENT
        for key, outcome in report.outcomes.items()
        if key in wanted
    )
