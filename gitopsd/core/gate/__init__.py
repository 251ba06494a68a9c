"""DOOR 2: which part of a decision may happen now.

Comes in: the decision, the approvals, what is known. Goes out: for every member what it is to hold
and, by name, what it may delete. Creates and changes pass but for stages. Deletions (`scope.py`),
and what must be deleted to be made anew (`recreations.py`), pass the guards (`guards.py`), wait for
their copies elsewhere (`moving.py`), and then for a canary: where more than one member deletes, one
goes first and the others follow once it is done and nothing got worse there for a while
(`canary.py`). Where the fleet has stages, clusters whose stage is not open keep what they have,
deletions or not (`stages.py`): guards look at all deletions, whether a stage holds them or not.
`asked.py` puts all of it together for one member.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gitopsd.core.deletions import deletion_hash
from gitopsd.core.gate.approving import counting
from gitopsd.core.gate.asked import Brakes, asked
from gitopsd.core.gate.canary import Canary, after_canary
from gitopsd.core.gate.guards import Tripped, halved, thresholds, tripped
from gitopsd.core.gate.moving import Losing, Moving, moving
from gitopsd.core.gate.recreations import approved_alone
from gitopsd.core.gate.scope import Scope, narrowed, scope_of
from gitopsd.core.gate.stages import NO_STAGES, Stages, stages
from gitopsd.core.gate.strictness import refusing
from gitopsd.model.decision import RENDERING, UNHEARD, UNREAD, Decision, Wanted
from gitopsd.model.gating import Approval, Gating
from gitopsd.model.snapshot import Known, Loaded, Snapshot


@dataclass(frozen=True, slots=True, eq=False)
class Gated:
    """What every member is to do, what was held back, and what the next gate must know.

    `tripped` names each guard with its cluster and the deletions it holds; `wake_at` is when time
    alone opens something, `scopes` what each member was asked. `deletions` is the hash that an
    approval of all deletions would name.
    """

    wanted: Mapping[str, Wanted]
    tripped: tuple[Tripped, ...] = ()
    deletions: str = ""
    wake_at: datetime | None = None
    scopes: Mapping[str, Scope] = field(default_factory=dict)
    gating: Gating = field(default_factory=Gating)
    stages: Stages = NO_STAGES
    narrow: Mapping[str, Scope] = field(default_factory=dict)


def gate(snapshot: Snapshot, decision: Decision, known: Known, before: Gated | None) -> Gated:
    """The part of a decision that may happen now.

    A member whose inventory was never read deletes nothing. A member for which nothing changed
    keeps the very same Wanted. `before` None: a process that has just started, which goes on as
    memory says.
    """
    last = before.scopes if before else {}
    since = before.gating if before else known.memory.gating
    scopes = {
        name: scope_of(name, decision, known, last.get(name)) for name in sorted(decision.manifests)
    }
    words = _words(scopes, snapshot, known, since)
    limits = thresholds(snapshot, since)
    in_force = halved(limits.in_force) if words.rewritten else limits.in_force
    trips = [
        trip
        for trip in tripped(scopes, in_force, decision, snapshot.loaded.clusters.keys())
        if not words.allow(trip)
    ]
    staged = stages(
        snapshot,
        decision,
        (known, words.approvals),
        (since.rolling, before.stages if before else NO_STAGES),
    )
    held = {**staged.held, **refusing(snapshot.loaded, decision, known)}
    narrow = {
        name: narrowed(scope, held.get(name), before.narrow.get(name) if before else None)
        for name, scope in scopes.items()
    }
    guarded = {trip.cluster: trip for trip in trips}
    free = {name: scope for name, scope in narrow.items() if name not in guarded}
    waits, canary = _timed((narrow, free), snapshot.loaded, (decision, known), since)
    alone = frozenset() if known.unread else words.alone
    brakes = Brakes(guarded, waits, canary, held, alone)
    past = before.wanted if before else {}
    wanted = {
        name: asked(scope, (snapshot, decision), brakes, past.get(name))
        for name, scope in narrow.items()
    }
    return Gated(
        wanted=wanted,
        tripped=tuple(trips),
        deletions=words.hashed,
        wake_at=min(_times(waits.wake_at, canary.wake_at, staged.wake_at), default=None),
        scopes=scopes,
        gating=Gating(
            commit=limits.commit,
            guards=limits.said,
            former=limits.before,
            approved=words.allowed | words.alone,
            rewritten=words.rewritten,
            moving=waits.waits,
            round=canary.round,
            rolling=staged.rolling,
        ),
        stages=staged,
        narrow=narrow,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    """What people said of the deletions that are due, which `hashed` names.

    `allowed` were by a trailer that named the hash of all that were due then, `alone` each by
    itself; `rewritten` came with a rewritten history. `approvals` are those that count now.
    """

    hashed: str
    allowed: frozenset[str]
    alone: frozenset[str]
    rewritten: frozenset[str]
    approvals: tuple[Approval, ...]

    def allow(self, trip: Tripped) -> bool:
        """Whether a person allowed every deletion that this guard holds: an approval covers all."""
        ids = {f"{trip.cluster}/{key.id}" for key in trip.deletions}
        return ids <= self.allowed or any(ids <= each.covers for each in self.approvals)


def _words(scopes: Mapping[str, Scope], snapshot: Snapshot, known: Known, since: Gating) -> _Words:
    """Of the commit, of those before it as far as they are still due, and of the git host."""
    tree = snapshot.tree
    ids = frozenset().union(*(scope.ids for scope in scopes.values()))
    hashed = deletion_hash(ids)
    asked = {f"{name}/{key.id}" for name, scope in scopes.items() for key in scope.refused}
    approvals = counting(snapshot, known)
    return _Words(
        hashed=hashed,
        allowed=_due(since.approved, ids, scopes) | (ids if hashed in tree.approved else set()),
        alone=approved_alone(asked, since.approved | _named(asked, snapshot), approvals),
        rewritten=_due(since.rewritten, ids, scopes) | (ids if tree.anomaly else set()),
        approvals=approvals,
    )


def _named(ids: Iterable[str], snapshot: Snapshot) -> frozenset[str]:
    """Those that a trailer of the commit allows each by the hash of it alone."""
    return frozenset(each for each in ids if deletion_hash((each,)) in snapshot.tree.approved)


def _due(
    before: frozenset[str], ids: frozenset[str], scopes: Mapping[str, Scope]
) -> frozenset[str]:
    """Those of the deletions before that are still due, or may be on a member that is unread."""
    unread = {name for name, scope in scopes.items() if not scope.is_read}
    return frozenset(each for each in before if each in ids or each.partition("/")[0] in unread)


def _timed(
    scopes: tuple[Mapping[str, Scope], Mapping[str, Scope]],
    loaded: Loaded,
    about: tuple[Decision, Known],
    since: Gating,
) -> tuple[Moving, Canary]:
    """What of the deletions waits for its time; `scopes` are all, and those that no guard holds."""
    (every, free), (decision, known) = scopes, about
    prunes = {name: scope.prunes for name, scope in every.items() if scope.prunes}
    if why := _not_now(loaded, decision, known):
        word, words = why
        waiting = {name: dict.fromkeys(scope.deletions, words) for name, scope in free.items()}
        moves = moving(Losing(prunes, frozenset()), decision, known, since.moving)
        return Moving(waiting, moves.waits, why=word), Canary(round=since.round)
    moves = moving(Losing(prunes, free.keys()), decision, known, since.moving)
    still = {
        name: scope.deletions - moves.waiting.get(name, {}).keys() for name, scope in free.items()
    }
    return moves, after_canary(still, decision, known, since.round)


def _not_now(loaded: Loaded, decision: Decision, known: Known) -> tuple[str, str] | None:
    """Why nothing at all may be deleted now, and the word for it.

    While the repository cannot be read, nobody knows what it says by now. What is missing may be
    in what is being rendered. What all members lose is looked at together.
    """
    if known.unread:
        return UNREAD, f"the repository cannot be read: {known.unread}"
    if loaded.rendering:
        return RENDERING, f"{min(loaded.rendering)} is being rendered"
    unheard = next((name for name in sorted(decision.manifests) if name not in known.reports), None)
    return None if unheard is None else (UNHEARD, f"{unheard} was not heard of yet")


def _times(*times: datetime | None) -> Iterable[datetime]:
    return (each for each in times if each is not None)
