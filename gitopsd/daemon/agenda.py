"""WHAT IS DUE AT A MEMBER, in one connection: steps that are planned, waited for and still open.

Comes in: what is wanted, replaced at any time, and what the `Sight` shows. Goes out: the steps that
may go, what became of each object, and when to look again. Sends nothing itself.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime

from gitopsd.core.kinds import NATIVE, Interpreter
from gitopsd.core.plan import (
    HOOK,
    Barriers,
    Step,
    barriers,
    changed,
    is_judged,
    late,
    late_at,
    needed_namespaces,
    plan,
    ready,
    waiting_since,
)
from gitopsd.core.plan.observed import Accepted
from gitopsd.core.plan.scaling import scaled
from gitopsd.daemon.session import Session
from gitopsd.daemon.sight import Kind, Sight
from gitopsd.daemon.telling import Telling
from gitopsd.edge import clock
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import Outcome
from gitopsd.model.resource import ResourceKey


class Agenda:
    """What is due; `planned` is the set that it was planned for, None before the first.

    `is_stale` says that what may go is to be found out anew.
    """

    def __init__(
        self,
        sight: Sight,
        telling: Telling,
        wanted: Wanted | None = None,
        kinds: Interpreter = NATIVE,
    ) -> None:
        self.wanted = wanted
        self.planned: Wanted | None = None
        self.due: dict[ResourceKey, Step] = {}
        self.outcomes: dict[ResourceKey, Outcome] = {}
        self.barriers = Barriers()
        self.is_stale = True
        self._is_behind = False
        self._sight = sight
        self._telling = telling
        self._kinds = kinds
        self._open: set[ResourceKey] = set()
        self._wakes: dict[ResourceKey, datetime] = {}
        self._waiting: dict[ResourceKey, Outcome] = {}
        self._stuck: frozenset[ResourceKey] = frozenset()
        self._waited: Mapping[Kind, datetime] = {}

    def anew(self) -> "Agenda":
        """The agenda of the next connection: the same is wanted, nothing is known."""
        return Agenda(self._sight, self._telling, self.wanted, self._kinds)

    def want(self, wanted: Wanted, kinds: Interpreter) -> bool:
        """What is wanted from now on; whether that is another set than before."""
        is_new = wanted is not self.wanted or kinds is not self._kinds
        self.wanted, self._kinds = wanted, kinds
        return is_new

    @property
    def is_current(self) -> bool:
        """Whether what is wanted now is what was planned."""
        return self.wanted is self.planned

    @property
    def is_done(self) -> bool:
        """Whether nothing is due but what waits for something that will not come by itself."""
        return not self._open and all(
            key in self._waiting and key in self._stuck for key in self.due
        )

    @property
    def is_behind(self) -> bool:
        """Whether something waits for the sets of other instances."""
        return self._is_behind and bool(self.due)

    def wait_s(self) -> float | None:
        """Seconds until time alone makes something due; None where it does not."""
        now = clock.now()
        moments = list(self._wakes.values())
        if (at := late_at(self._waited, now)) is not None:
            moments.append(at)
        return (min(moments) - now).total_seconds() + 0.001 if moments else None

    def awake(self) -> list[ResourceKey]:
        """Objects that time alone made due; given back are those to be read again: their health may
        have changed, or they have been ending for a while and nobody told of the end.
        """
        now, found = clock.now(), []
        for key, at in list(self._wakes.items()):
            if at <= now:
                self._wakes.pop(key)
                self._sight.touched.add(key)
                live = self._sight.live.get(key)
                if live is not None and (
                    live.is_terminating or _is_over(live.finding.wake_at, now)
                ):
                    found.append(key)
        return found

    def plan(self, busy: Set[ResourceKey], session: Session) -> bool:
        """Plans what is new, but for what is `busy`; whether another set was begun."""
        sight, wanted = self._sight, self.wanted
        assert wanted is not None
        keys, sight.touched = sight.touched, set()
        is_new = not self.is_current or self._kinds is not sight.kinds
        if is_new:
            keys |= self._begin(wanted, session)
        elif sight.has_new_namespace:
            self.is_stale = True
            keys |= set(self._waiting)
        sight.has_new_namespace = False
        keys |= {key for key in self._open if key[:2] in sight.fresh_kinds}
        sight.fresh_kinds = set()
        if keys:
            steps = plan(keys - busy, wanted, sight.observed(), clock.now())
            for key, step in steps.items():
                self._take(key, step)
            sight.touched |= keys & busy
        return is_new

    def ready(self, busy: Set[ResourceKey]) -> Sequence[Step]:
        """The steps that may go now, in order; what waits is told for what."""
        assert self.planned is not None
        self.is_stale = False
        steps = [step for key, step in self.due.items() if key not in busy]
        self._sight.late = late(self._waited, clock.now())
        found = ready(steps, self.planned, self.barriers, self._sight.observed(), self.outcomes)
        self._stuck = found.stuck
        self._is_behind = found.is_behind
        self._wait_for(found.waiting)
        return found.go

    def _begin(self, wanted: Wanted, session: Session) -> set[ResourceKey]:
        """Another set is wanted: the objects that are concerned."""
        sight, before = self._sight, self.planned
        keys = changed(before, wanted, sight.observed())
        if self._kinds.scripted or sight.read_as:
            self._read_by_scripts(wanted, session)
        sight.kinds = self._kinds
        if before is None or before.commit != wanted.commit:
            found = [key for key, each in sight.looked.items() if each is not None]
            for key in found:
                sight.looked.pop(key)
            keys.update(found, sight.compared)
            sight.compared.clear()
        if (
            before is None
            or before.manifests is not wanted.manifests
            or before.hooks is not wanted.hooks
            or (wanted.hooks and before.kept.keys() != wanted.kept.keys())
        ):
            keys |= self._arrange(wanted, session)
        self.planned = wanted
        self.is_stale = True
        self._telling.is_news = True
        return keys

    def _arrange(self, wanted: Wanted, session: Session) -> set[ResourceKey]:
        """The order of other manifests or hooks: which objects it concerns beyond themselves."""
        sight = self._sight
        self.barriers = barriers(wanted, sight.entries)
        self._waited = {}
        keys = set(sight.hooks)
        sight.hooks = {hook.key: hook for hook in self.barriers.hooks}
        keys.update(sight.hooks)
        keys.update(key for key, entry in sight.entries.items() if HOOK in entry.flags)
        sight.webhooks = self.barriers.webhooks
        sight.needed = needed_namespaces(wanted)
        sight.scaled = scaled(wanted)
        keys.update(ResourceKey("", "Namespace", "", name) for name in sight.needed)
        session.watch({key[:2] for key in (*wanted.manifests, *wanted.hooks, *sight.entries)})
        return keys

    def _read_by_scripts(self, wanted: Wanted, session: Session) -> None:
        """Reads anew the kinds of which other scripts speak now, or a script for the first time."""
        sight, kinds = self._sight, self._kinds
        before = sight.read_as
        now = {
            key[:2]: each.version
            for key, each in wanted.manifests.items()
            if is_judged(kinds, key, each.version)
        }
        is_other = kinds is not sight.kinds
        sight.kinds, sight.read_as = kinds, now
        other = {kind for kind in {*before, *now} if is_other or before.get(kind) != now.get(kind)}
        session.watch_anew(sorted(other))

    def _take(self, key: ResourceKey, step: Step) -> None:
        if step.accepts is not None and step.manifest is not None:
            made = step.manifest
            self._sight.accepted[key] = Accepted(made.hash, made.claims, step.accepts)
        before = self.due.get(key)
        if step.deed is None:
            self.due.pop(key, None)
            self._waiting.pop(key, None)
        else:
            self.due[key] = step
        if step.deed is not None and (
            before is None or before.deed is not step.deed or before.manifest is not step.manifest
        ):
            self.is_stale = True
        (self._open.add if step.is_open else self._open.discard)(key)
        if step.wake_at is not None:
            self._wakes[key] = step.wake_at
        self._note(key, step.outcome, is_wanted=step.manifest is not None or step.deed is not None)

    def _note(self, key: ResourceKey, outcome: Outcome | None, *, is_wanted: bool) -> None:
        before = self.outcomes.get(key)
        if outcome is None:
            if before is not None and not is_wanted:
                del self.outcomes[key]
                self._telling.is_news = True
        elif outcome != before:
            self.outcomes[key] = outcome
            self._telling.is_news = True
            self.is_stale = self.is_stale or bool(self._waiting)

    def _wait_for(self, waiting: Mapping[ResourceKey, Outcome]) -> None:
        for key in [key for key in self._waiting if key not in waiting]:
            del self._waiting[key]
        for key, outcome in waiting.items():
            self._waiting[key] = outcome
            if self.outcomes.get(key) != outcome:
                self.outcomes[key] = outcome
                self._telling.is_news = True
        kinds = {key[:2] for key, each in waiting.items() if each.reason == "CRDNotEstablished"}
        self._waited = waiting_since(self._waited, kinds, clock.now())


def _is_over(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now
