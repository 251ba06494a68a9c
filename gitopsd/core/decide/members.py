"""The clusters of a commit with what is known of each.

Comes in: the commit's Clusters and what is known. Goes out: a `Member` for each: its facts (the
last report's, else remembered ones, else the `status` that was committed), and the taints that
follow from them. A member that is not ready, or was not reached, has Karmada's NoSchedule taint:
it keeps what it has and gets nothing new. A member for which nothing changed is the very same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from gitopsd.model.cluster import Cluster, Facts, Taint
from gitopsd.model.snapshot import Known

NOT_READY = "cluster.karmada.io/not-ready"
UNREACHABLE = "cluster.karmada.io/unreachable"


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One cluster: as committed, and as the scheduler is to see it."""

    committed: Cluster
    is_reachable: bool
    cluster: Cluster

    @property
    def facts(self) -> Facts | None:
        return self.cluster.facts


Members = Mapping[str, Member]


def members(clusters: Mapping[str, Cluster], known: Known, before: Members) -> Members:
    """Every cluster as a member, by name; the very same mapping where nothing changed."""
    found = {name: _member(clusters[name], known, before.get(name)) for name in sorted(clusters)}
    return before if found == before else found


def differ_in_room_only(before: Members, now: Members) -> bool:
    """Whether members differ in free capacity and nodes at most."""
    return before.keys() == now.keys() and all(
        last is now[name] or _differs_in_room_only(last, now[name]) for name, last in before.items()
    )


def _member(committed: Cluster, known: Known, last: Member | None) -> Member:
    report = known.reports.get(committed.name)
    is_reachable = report is None or report.reachable
    facts = (report.facts if report else None) or _remembered(committed, known)
    if (
        last is not None
        and last.is_reachable == is_reachable
        and last.committed is committed
        and (last.facts is facts or last.facts == facts)
    ):
        return last
    taints = (*committed.taints, *_derived(committed, facts, is_reachable))
    return Member(committed, is_reachable, replace(committed, facts=facts, taints=taints))


def _remembered(committed: Cluster, known: Known) -> Facts | None:
    remembered = known.memory.clusters.get(committed.name)
    return (remembered.facts if remembered else None) or committed.facts


def _derived(committed: Cluster, facts: Facts | None, is_reachable: bool) -> tuple[Taint, ...]:
    """The taint that Karmada's cluster controller would add for the condition Ready."""
    if is_reachable and (facts is None or facts.assumed or facts.is_ready):
        return ()
    ready = [each.status for each in facts.conditions if each.type == "Ready"] if facts else []
    key = UNREACHABLE if is_reachable and ready == ["Unknown"] else NOT_READY
    if any(each.key == key and each.effect == "NoSchedule" for each in committed.taints):
        return ()
    return (Taint(key, "NoSchedule"),)


def _differs_in_room_only(before: Member, now: Member) -> bool:
    if before.committed is not now.committed or before.cluster.taints != now.cluster.taints:
        return False
    if before.facts is None or now.facts is None:
        return False
    return _without_room(before.facts) == _without_room(now.facts)


def _without_room(facts: Facts) -> Facts:
    return msgspec.structs.replace(facts, resource_summary=None, node_summary=None)
