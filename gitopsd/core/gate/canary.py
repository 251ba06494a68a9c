"""Where more than one member deletes, one goes first.

Comes in: the deletions that no guard holds. Goes out: those that may happen now. The canary is the
first reachable member that has something to delete, in the order of label `gitopsd.io/canary`, then
name. The others follow once its deletions are done and nothing wanted there got worse for ten
seconds. One that is lost for five minutes is canary no more: the next one goes first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from gitopsd.model.decision import Decision
from gitopsd.model.delivery import Health, Report
from gitopsd.model.gating import Round
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known

LABEL = "gitopsd.io/canary"
QUIET_FOR = timedelta(seconds=10)
LOST_FOR = timedelta(minutes=5)

Deletions = Mapping[str, frozenset[ResourceKey]]


@dataclass(frozen=True, slots=True, eq=False)
class Canary:
    """The deletions allowed now, the round they are part of, and when time alone allows more."""

    open: Deletions = field(default_factory=dict)
    round: Round = field(default_factory=Round)
    wake_at: datetime | None = None


def after_canary(free: Deletions, decision: Decision, known: Known, before: Round) -> Canary:
    """The deletions that may happen now; all of them where at most one member deletes.

    A member deletes what the canary of a finished round has deleted before; new deletions start a
    new round. An unreachable member is no canary and waits for one.
    """
    deleting = {name: keys for name, keys in free.items() if keys}
    if before.cluster and before.cluster in decision.manifests:
        rest = {name: keys - before.asked for name, keys in deleting.items()}
        if not any(rest.values()) and set(deleting) - {before.cluster}:
            found = _continue(deleting, decision, known, before)
            if found is not None:
                return found
    if len(deleting) <= 1:
        return Canary(deleting)
    first = _choose(deleting, decision, known)
    if first is None:
        return Canary()
    asked = frozenset().union(*deleting.values())
    healthy = _healthy(first, decision, known)
    return Canary({first: deleting[first]}, Round(first, asked, healthy))


def _continue(
    deleting: Deletions, decision: Decision, known: Known, before: Round
) -> Canary | None:
    """How the round goes on; None where its canary is lost for good."""
    if before.passed:
        return Canary(deleting, replace(before, quiet_since=None))
    own = deleting.get(before.cluster, frozenset())
    report = known.reports.get(before.cluster)
    if report is None or not report.reachable:
        since = before.lost_since or known.now
        if known.now - since >= LOST_FOR:
            return None
        lost = replace(before, quiet_since=None, lost_since=since)
        return Canary({before.cluster: own} if own else {}, lost, since + LOST_FOR)
    there = replace(before, lost_since=None)
    # What the member refused stays asked for: else it would no longer say that it refuses it.
    first = {before.cluster: own} if own else {}
    is_done = report.inventory is not None and not own - _refused(report)
    if not is_done or _healthy(before.cluster, decision, known) < before.healthy:
        return Canary(first, replace(there, quiet_since=None))
    since = before.quiet_since or known.now
    if known.now - since >= QUIET_FOR:
        return Canary(deleting, replace(there, quiet_since=since, passed=True))
    return Canary(first, replace(there, quiet_since=since), since + QUIET_FOR)


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
