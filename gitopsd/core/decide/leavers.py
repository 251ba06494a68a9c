"""Clusters that are no longer in the repository and whose objects are still to be removed.

Comes in: the commit's clusters, the members of the turn before, what is known. Goes out: the
clusters that said what is to become of their objects (`gitopsd.io/on-remove`), until that is done.
All others are let go: what they hold stays there.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from gitopsd.core.decide.members import Members
from gitopsd.kube.times import when
from gitopsd.model.cluster import Cluster, Removal
from gitopsd.model.delivery import Report
from gitopsd.model.snapshot import Known

LOST_FOR = timedelta(minutes=5)


def leavers(
    clusters: Mapping[str, Cluster], known: Known, before: Members
) -> Mapping[str, Cluster]:
    """The clusters of the commit, and those that leave it and are not done."""
    former = {**known.memory.clusters, **{name: each.committed for name, each in before.items()}}
    found = {
        name: cluster if cluster.leaving else replace(cluster, leaving=True)
        for name, cluster in former.items()
        if name not in clusters and _is_to_go(name, cluster, known)
    }
    return {**clusters, **found} if found else clusters


def _is_to_go(name: str, cluster: Cluster, known: Known) -> bool:
    """Whether something of it is still to be removed, or nobody knows yet."""
    how, report = cluster.removal, known.reports.get(name)
    if how is Removal.ORPHAN:
        return False
    if report is None:
        return True
    if not report.reachable:
        return how is Removal.PRUNE_AND_WAIT or not _is_given_up(report, known.now)
    return report.inventory is None or bool(report.inventory) or bool(report.source)


def _is_given_up(report: Report, now: datetime) -> bool:
    """Whether a member was not ready for five minutes, or nobody knows since when it is not."""
    conditions = report.facts.conditions if report.facts else ()
    ready = next((each for each in conditions if each.type == "Ready"), None)
    since = when(ready.last_transition_time) if ready else None
    return since is None or now - since >= LOST_FOR
