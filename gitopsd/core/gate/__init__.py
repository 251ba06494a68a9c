"""DOOR 2: which part of a decision may happen now.

Comes in: the decision, the approvals, what is known. Goes out: for every member what it is to hold
and, by name, what it may delete. Creates and changes always pass; deletions pass the guards
(`guards.py`) and then a canary: where more than one member deletes, one goes first and the others
follow once it is done and nothing got worse there for a while (`canary.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gitopsd.core.changes import deletion_hash, is_preserved, is_prunable
from gitopsd.core.gate.canary import Canary, after_canary
from gitopsd.core.gate.guards import Scope, Thresholds, Tripped, thresholds, tripped
from gitopsd.model.decision import Decision, Wanted
from gitopsd.model.delivery import Entry
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Approval, Known, Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Gated:
    """What every member is to do, what was held back, and what the next gate must know.

    `tripped` names each guard with its cluster and the deletions it holds; `wake_at` is when time
    alone opens something, `scopes` what each member was asked. `deletions` is the hash that an
    approval of all deletions would name, `approved` are deletions that a person allowed by it and
    that are not done yet.
    """

    wanted: Mapping[str, Wanted]
    tripped: tuple[Tripped, ...] = ()
    deletions: str = ""
    canary: Canary = field(default_factory=Canary)
    wake_at: datetime | None = None
    scopes: Mapping[str, Scope] = field(default_factory=dict)
    approved: frozenset[str] = frozenset()
    thresholds: Thresholds | None = None


def gate(snapshot: Snapshot, decision: Decision, known: Known, before: Gated | None) -> Gated:
    """The part of a decision that may happen now.

    A member whose inventory was never read deletes nothing. A member for which nothing changed
    keeps the very same Wanted.
    """
    last = before.scopes if before else {}
    scopes = {
        name: _scope(name, decision, known, last.get(name)) for name in sorted(decision.manifests)
    }
    ids = frozenset(f"{name}/{key.id}" for name, scope in scopes.items() for key in scope.deletions)
    hashed = deletion_hash(ids)
    allowed = ids & before.approved if before else frozenset()
    if hashed in snapshot.tree.approved:
        allowed = ids
    limits = thresholds(snapshot, before.thresholds if before else None)
    trips = [
        trip
        for trip in tripped(scopes, limits.in_force, snapshot.tree.anomaly)
        if not is_approved(trip, snapshot, allowed, known.now)
    ]
    guarded = {trip.cluster: trip for trip in trips}
    free = {name: scope.deletions for name, scope in scopes.items() if name not in guarded}
    canary = after_canary(free, decision, known, before.canary if before else Canary())
    wanted = {}
    for name, scope in scopes.items():
        trip = guarded.get(name)
        now = canary.open.get(name, frozenset())
        wanted[name] = Wanted(
            cluster=name,
            commit=decision.commit,
            manifests=decision.manifests[name],
            deletions=now,
            releases=_releases(scope),
            guarded=dict.fromkeys(sorted(scope.deletions), trip.guard)
            if trip
            else dict.fromkeys(sorted(scope.deletions - now), "Canary"),
            kept=scope.held,
        )
    return Gated(
        wanted={
            name: _same_or(before.wanted.get(name) if before else None, each)
            for name, each in wanted.items()
        },
        tripped=tuple(trips),
        deletions=hashed,
        canary=canary,
        wake_at=canary.wake_at,
        scopes=scopes,
        approved=allowed,
        thresholds=limits,
    )


def is_approved(trip: Tripped, snapshot: Snapshot, allowed: frozenset[str], now: datetime) -> bool:
    """Whether a person allowed every deletion that this guard holds.

    `allowed` are those that a trailer allowed, which named the hash of all that were due then; an
    Approval object must cover these and not be expired.
    """
    ids = {f"{trip.cluster}/{key.id}" for key in trip.deletions}
    return ids <= allowed or any(
        ids <= approval.covers and not _is_expired(approval, now)
        for approval in snapshot.loaded.approvals
    )


def _is_expired(approval: Approval, now: datetime) -> bool:
    return approval.expires is not None and approval.expires <= now


_NOTHING: Mapping[ResourceKey, Entry] = {}
_NONE_HELD: Mapping[ResourceKey, str] = {}


def _scope(name: str, decision: Decision, known: Known, last: Scope | None) -> Scope:
    """What a member is asked; the very same as last time where nothing of it is new."""
    report = known.reports.get(name)
    inventory = _NOTHING
    if report is not None and report.inventory is not None:
        inventory = report.inventory
    wanted, held = decision.manifests[name], decision.held.get(name, _NONE_HELD)
    if (
        last is not None
        and last.inventory is inventory
        and last.wanted is wanted
        and last.held is held
    ):
        return last
    return Scope(
        cluster=name,
        inventory=inventory,
        wanted=wanted,
        deletions=frozenset(
            key
            for key, entry in inventory.items()
            if key not in wanted and key not in held and is_prunable(entry)
        ),
        held=held,
    )


def _releases(scope: Scope) -> frozenset[ResourceKey]:
    """What was applied to be preserved and is wanted no more."""
    return frozenset(
        key
        for key, entry in scope.inventory.items()
        if is_preserved(entry) and key not in scope.wanted and key not in scope.held
    )


def _same_or(before: Wanted | None, now: Wanted) -> Wanted:
    if (
        before is not None
        and before.commit == now.commit
        and before.manifests is now.manifests
        and before.deletions == now.deletions
        and before.releases == now.releases
        and before.guarded == now.guarded
        and before.kept == now.kept
    ):
        return before
    return now
