"""A MEMBER'S TASK: connects, sees, plans, does, records and reports, for as long as it is a member.

Comes in: the Cluster, and what is wanted of it, replaced at any time. Goes out: Reports. What goes
wrong here stays here: a lost member is looked for every five seconds and delivered to at once when
it answers.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from gitopsd.core.facts import Observation, facts
from gitopsd.core.kinds import NATIVE, Interpreter
from gitopsd.core.plan import (
    HOOK,
    REMOVALS,
    Barriers,
    Deed,
    Step,
    barriers,
    changed,
    is_judged,
    late,
    late_at,
    needed_namespaces,
    plan,
    ready,
    under_templates,
    waiting_since,
)
from gitopsd.core.plan.inventory import applyset_id
from gitopsd.core.plan.observed import Accepted
from gitopsd.core.plan.scaling import scaled
from gitopsd.daemon.deeds import Deeds
from gitopsd.daemon.flights import Flights, Keys
from gitopsd.daemon.ledger import NAMESPACE, Ledger, NotOurs
from gitopsd.daemon.looking import NODES, PODS, check, member_of, observation
from gitopsd.daemon.pulse import patiently, sound
from gitopsd.daemon.recording import Recording
from gitopsd.daemon.searching import search
from gitopsd.daemon.session import Session, Setup
from gitopsd.daemon.sight import Kind, Sight
from gitopsd.daemon.tally import Requests, Tally
from gitopsd.daemon.watcher import RESYNC_S
from gitopsd.edge import clock
from gitopsd.edge.member import Member
from gitopsd.model.api import Discovery
from gitopsd.model.cluster import Cluster, Facts
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import Health, Outcome, Report
from gitopsd.model.errors import (
    ClusterError,
    GitopsdError,
    Throttled,
)
from gitopsd.model.resource import ResourceKey
from gitopsd.model.token import Token

PROBE_S, AWAY_S, CAPACITY_S = 10.0, 5.0, 60.0
_BATCH_S, _TELL_S, _REDISCOVER_S, _PATIENCE_S = 0.02, 0.1, 0.5, 10.0
_FINISH_S = 10.0

_log = logging.getLogger(__name__)

Tell = Callable[[Report], None]


class Follower:
    """One member. `want` may be called at any time; `run` goes on for ever."""

    def __init__(
        self, cluster: Cluster, setup: Setup, tell: Tell, facts: Facts | None = None
    ) -> None:
        """`facts` are those last known of it, perhaps by another process."""
        self.cluster = cluster
        self.measures = False
        self.token: Token | None = None
        self._setup = setup
        self._tell = tell
        config = setup.config
        self._sight = Sight(
            config.field_manager,
            applyset_id(config.inventory_name, NAMESPACE),
            Discovery({}, frozenset(), ()),
        )
        self._ledger = Ledger(config.inventory_name, setup.source, config.take_over_from)
        self._recording = Recording(self._ledger, self._sight)
        self._wanted: Wanted | None = None
        self._planned: Wanted | None = None
        self._kinds = NATIVE
        self._barriers = Barriers()
        self._report = Report(cluster.name, False, "NotContacted", "was not asked yet")
        self._facts = facts
        self._is_ending = False
        self._wake = asyncio.Event()
        self._requests: Requests = Counter()
        self._reset()

    def _reset(self) -> None:
        """Forgets what belongs to one connection."""
        self._due: dict[ResourceKey, Step] = {}
        self._open: set[ResourceKey] = set()
        self._wakes: dict[ResourceKey, datetime] = {}
        self._outcomes: dict[ResourceKey, Outcome] = {}
        self._waiting: dict[ResourceKey, Outcome] = {}
        self._stuck: frozenset[ResourceKey] = frozenset()
        self._waited: Mapping[Kind, datetime] = {}
        self._queue: deque[tuple[Step, ...]] = deque()
        self._flights = Flights(self._sight.tally, lambda: bool(self._queue))
        self._is_stale = True
        self._told_at = 0.0
        self._is_news = True
        self._discovered_at = 0.0
        self._lacking_since = 0.0

    @property
    def is_settled(self) -> bool:
        """Whether the last report tells of what is wanted now, and nothing is on its way."""
        if not self._report.reachable:
            return self._report.reason != "NotContacted"
        return not self._is_news and self._wanted is self._planned and self._is_finished()

    @property
    def tally(self) -> Tally:
        """What was counted so far; a copy."""
        return replace(self._sight.tally.copy(self._requests), depth=len(self._due))

    def end(self) -> None:
        """Tells the task that it is about to be cancelled for good, which it could not know."""
        self._is_ending = True

    def want(self, wanted: Wanted, kinds: Interpreter) -> None:
        """This is what the member is to hold now; whatever was begun for another set ends there."""
        if wanted is not self._wanted or kinds is not self._kinds:
            self._wanted, self._kinds = wanted, kinds
            self._wake.set()

    async def run(self) -> None:
        """Follows the member until it is cancelled."""
        if self.cluster.sync_mode == "Pull":
            words = "its syncMode is Pull, and there is no agent yet: it is left alone"
            self._away(ClusterError(self.cluster.name, words))
            await asyncio.Event().wait()
        while True:
            wait_s = 0.0
            try:
                await self._connect()
            except* GitopsdError as errors:
                found = _first(errors)
                assert isinstance(found, GitopsdError)
                self._away(found)
                if isinstance(found, Throttled):
                    wait_s = found.wait_s
            except* (OSError, TimeoutError) as errors:
                self._away(ClusterError(self.cluster.name, str(_first(errors)) or "no answer"))
            except* Exception as errors:
                error = _first(errors)
                _log.error("cluster=%s", self.cluster.name, exc_info=error)
                words = f"internal error: {type(error).__name__}: {error}"
                self._away(ClusterError(self.cluster.name, words, retry=False))
            if self._is_ending:
                # A group of tasks that ends with an error too tells of that alone.
                raise asyncio.CancelledError
            await asyncio.sleep(clock.jitter(wait_s or AWAY_S))

    async def _connect(self) -> None:
        """One connection, from the first answer until the member is lost."""
        self._reset()
        self._sight.forget_live()
        member = member_of(self.cluster, self._setup.config, self.token)
        self._requests = member.requests
        try:
            await check(member, self.cluster)
            self._sight.discovery = await patiently(member.discover)
            self._sight.entries = dict(await patiently(lambda: self._ledger.read(member)))
            self._sight.is_unrecorded = False
            self._sight.is_rebuilding = not self._ledger.is_there
            if self._sight.is_rebuilding:
                await search(member, self._sight)
            await patiently(lambda: self._look_around(member))
            self._planned = None
            _log.info("cluster=%s reachable=true", self.cluster.name)
            async with asyncio.TaskGroup() as tasks:
                session = Session(member, tasks, self._sight, self._wake, self._setup)
                tasks.create_task(self._keep(member))
                tasks.create_task(self._follow(session))
        finally:
            self._setup.seats.ask(self.cluster.name, ())
            await self._finish(member)
            self._sight.tally.requests.update(self._requests)
            self._requests = Counter()
            await member.close()

    async def _finish(self, member: Member) -> None:
        """Nothing new is begun; when we are told to end, what is under way is done and recorded."""
        self._queue.clear()
        is_told = self._is_ending
        await self._flights.end(_FINISH_S if is_told else 0.0)
        if is_told and self._planned is not None and self._sight.is_unrecorded:
            with suppress(ClusterError, TimeoutError):
                async with asyncio.timeout(_FINISH_S):
                    await self._ledger.write(member, self._planned.commit, self._sight.entries)

    async def _look_around(self, member: Member) -> None:
        """Facts: what is served, and how much room there is where a policy asks for it."""
        lists = set()
        if self.measures or self._facts is None or self._facts.node_summary is None:
            lists.add(NODES)
        if self.measures:
            lists.add(PODS)
        seen = await observation(member, self.cluster, self._sight.discovery, lists)
        before = self._facts
        self._facts = facts(seen, before, clock.now())
        self._is_news = self._is_news or self._facts is not before

    async def _keep(self, member: Member) -> None:
        """Asks the member now and then whether it is there; renews what may have become old."""
        looked = measured = clock.monotonic()
        while True:
            await asyncio.sleep(clock.jitter(PROBE_S))
            await sound(member)
            now = clock.monotonic()
            try:
                if now - looked > RESYNC_S:
                    self._sight.discovery = await member.discover()
                    self._sight.look_again()
                    await self._look_around(member)
                    looked = now
                    self._wake.set()
                elif self.measures and now - measured > CAPACITY_S:
                    await self._look_around(member)
                    measured = now
                    self._wake.set()
            except Throttled as error:
                await asyncio.sleep(clock.jitter(error.wait_s))
            except ClusterError as error:
                # It says that it is ready: what it serves and has room for may wait.
                words = error.reason
                _log.warning("cluster=%s facts=unread reason=%r", self.cluster.name, words)
                looked = measured = now

    async def _follow(self, session: Session) -> None:
        while True:
            await self._moment()
            if self._flights.lost is not None:
                raise self._flights.lost
            if self._wanted is not None:
                try:
                    await self._act(self._wanted, session)
                except Throttled as error:
                    self._flights.wait_with_all(error)
                    self._is_stale = True
                except ClusterError as error:
                    self._flights.lose(error)
                    if self._flights.lost is not None:
                        raise
            self._report_now()

    async def _act(self, wanted: Wanted, session: Session) -> None:
        self._plan(wanted, session)
        session.ask()
        if self._flights.is_paused():
            return
        await self._discover(wanted, session)
        await self._start(wanted, session)
        if not (self._flights.keys or self._queue or self._sight.touched):
            self._is_news = await self._recording.settle(wanted, session.member) or self._is_news

    async def _moment(self) -> None:
        """Until something is new or due; what comes close together is one moment."""
        wait_s = self._wait_s()
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()
        if self._flights.keys and self._wanted is self._planned:
            await asyncio.sleep(_BATCH_S)

    def _wait_s(self) -> float | None:
        waits = []
        if (at := late_at(self._waited, clock.now())) is not None:
            waits.append((at - clock.now()).total_seconds() + 0.001)
        if self._wakes:
            waits.append((min(self._wakes.values()) - clock.now()).total_seconds() + 0.001)
        if paused_until := self._flights.paused_until:
            waits.append(paused_until - clock.monotonic())
        if self._is_news:
            waits.append(self._told_at + _TELL_S - clock.monotonic())
        if self._lacking_since:
            waits.append(self._discovered_at + self._rediscover_s() - clock.monotonic())
        return max(0.0, min(waits)) if waits else None

    # Planning

    def _plan(self, wanted: Wanted, session: Session) -> None:
        sight, now = self._sight, clock.now()
        keys = sight.touched
        sight.touched = set()
        if wanted is not self._planned or self._kinds is not sight.kinds:
            keys |= self._begin(wanted, session)
        elif sight.has_new_namespace:
            self._is_stale = True
            keys |= set(self._waiting)
        sight.has_new_namespace = False
        keys |= {key for key in self._open if key[:2] in sight.fresh_kinds}
        sight.fresh_kinds = set()
        for key, at in list(self._wakes.items()):
            if at <= now:
                keys.add(key)
                self._wakes.pop(key)
                self._recheck(key, now, session)
        if keys:
            for key, step in plan(keys - self._flights.keys, wanted, sight.observed(), now).items():
                self._take(key, step)
            sight.touched |= keys & self._flights.keys

    def _begin(self, wanted: Wanted, session: Session) -> set[ResourceKey]:
        """A new set: what was queued for the one before is not begun any more."""
        sight = self._sight
        keys = changed(self._planned, wanted, sight.observed())
        if self._kinds.scripted or sight.read_as:
            self._read_by_scripts(wanted, session)
        sight.kinds = self._kinds
        if self._planned is None or self._planned.commit != wanted.commit:
            found = [key for key, each in sight.looked.items() if each is not None]
            for key in found:
                sight.looked.pop(key)
            keys.update(found, sight.compared)
            sight.compared.clear()
        before = self._planned
        if (
            before is None
            or before.manifests is not wanted.manifests
            or before.hooks is not wanted.hooks
        ):
            self._barriers = barriers(wanted)
            keys.update(sight.hooks)
            sight.hooks = {hook.key: hook for hook in self._barriers.hooks}
            keys.update(sight.hooks)
            keys.update(key for key, entry in sight.entries.items() if HOOK in entry.flags)
            self._waited = {}
            sight.webhooks = self._barriers.webhooks
            sight.needed = needed_namespaces(wanted)
            sight.scaled = scaled(wanted)
            keys.update(ResourceKey("", "Namespace", "", name) for name in sight.needed)
            session.watch({key[:2] for key in (*wanted.manifests, *wanted.hooks, *sight.entries)})
        self._planned = wanted
        self._queue.clear()
        self._is_stale = True
        self._is_news = True
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

    def _recheck(self, key: ResourceKey, now: datetime, session: Session) -> None:
        """Reads an object again where time alone may have changed its health."""
        live = self._sight.live.get(key)
        at = live.finding.wake_at if live else None
        if at is not None and at <= now:
            landed = partial(self._landed, session)
            self._flights.start((key,), lambda: session.deeds.look_at(key), landed)

    def _take(self, key: ResourceKey, step: Step) -> None:
        if step.accepts is not None and step.manifest is not None:
            made = step.manifest
            self._sight.accepted[key] = Accepted(made.hash, made.claims, step.accepts)
        before = self._due.get(key)
        if step.deed is None:
            self._due.pop(key, None)
            self._waiting.pop(key, None)
        else:
            self._due[key] = step
        if step.deed is not None and (
            before is None or before.deed is not step.deed or before.manifest is not step.manifest
        ):
            self._is_stale = True
        (self._open.add if step.is_open else self._open.discard)(key)
        if step.wake_at is not None:
            self._wakes[key] = step.wake_at
        self._note(key, step.outcome, is_wanted=step.manifest is not None or step.deed is not None)

    def _note(self, key: ResourceKey, outcome: Outcome | None, *, is_wanted: bool) -> None:
        before = self._outcomes.get(key)
        if outcome is None:
            if before is not None and not is_wanted:
                del self._outcomes[key]
                self._is_news = True
        elif outcome != before:
            self._outcomes[key] = outcome
            self._is_news = True
            self._is_stale = self._is_stale or bool(self._waiting)

    # Doing

    async def _discover(self, wanted: Wanted, session: Session) -> None:
        """Learns what is served again while a kind is lacking that should be there."""
        if not (self._is_stale or self._lacking_since or self._barriers.definitions):
            return
        missing = self._missing(wanted)
        now = clock.monotonic()
        if not missing:
            self._lacking_since = 0.0
            return
        self._lacking_since = self._lacking_since or now
        if now - self._discovered_at < self._rediscover_s():
            return
        self._discovered_at = now
        before = self._sight.discovery
        self._sight.discovery = await session.member.discover()
        if self._sight.discovery is not before:
            session.watch({key[:2] for key in (*wanted.manifests, *self._sight.entries)})
            self._sight.touched.update(
                key for key in (*self._due, *wanted.deletions) if key[:2] in missing
            )
            self._is_stale = True
            await self._look_around(session.member)
            self._wake.set()

    def _missing(self, wanted: Wanted) -> set[Kind]:
        """Kinds that something waits for, or whose definition is established, but not served."""
        kinds = self._sight.discovery.kinds
        found: set[Kind] = {
            key[:2] for key in self._due if key[:2] not in kinds and key in wanted.manifests
        }
        if partial := self._sight.discovery.partial:
            found.update(key[:2] for key in wanted.deletions if key.group in partial)
        for kind, definition in self._barriers.definitions.items():
            outcome = self._outcomes.get(definition)
            if kind not in kinds and outcome and outcome.health is Health.CURRENT:
                found.add(kind)
        return found

    def _rediscover_s(self) -> float:
        is_late = clock.monotonic() - self._lacking_since > _PATIENCE_S
        return PROBE_S if is_late else _REDISCOVER_S

    async def _start(self, wanted: Wanted, session: Session) -> None:
        if self._is_stale or (self._due and not self._queue and not self._flights.keys):
            self._is_stale = False
            steps = [step for key, step in self._due.items() if key not in self._flights.keys]
            self._sight.late = late(self._waited, clock.now())
            found = ready(steps, wanted, self._barriers, self._sight.observed(), self._outcomes)
            self._stuck = found.stuck
            self._wait_for(found.waiting)
            go = await self._recording.announce(wanted.commit, found.go, session)
            self._queue = deque(_jobs(self._unhurried(go, wanted)))
        self._pump(session)

    def _unhurried(self, go: Sequence[Step], wanted: Wanted) -> Sequence[Step]:
        """Without removals while something wanted is on its way: they come after it."""
        if self._flights.keys.isdisjoint(wanted.manifests):
            return go
        return [step for step in go if step.deed not in REMOVALS]

    def _wait_for(self, waiting: Mapping[ResourceKey, Outcome]) -> None:
        for key in [key for key in self._waiting if key not in waiting]:
            del self._waiting[key]
        for key, outcome in waiting.items():
            self._waiting[key] = outcome
            if self._outcomes.get(key) != outcome:
                self._outcomes[key] = outcome
                self._is_news = True
        kinds = {key[:2] for key, each in waiting.items() if each.reason == "CRDNotEstablished"}
        self._waited = waiting_since(self._waited, kinds, clock.now())

    def _pump(self, session: Session) -> None:
        """Starts what may be done at once; a newer set stops it at once."""
        if self._wanted is not self._planned:
            return
        if self._flights.is_paused():
            return
        while self._queue and self._flights.has_room:
            steps = self._queue.popleft()
            if any(
                step.key in self._flights.keys or step.key in self._sight.touched for step in steps
            ):
                # Something is new there: what was planned may not be right any more.
                self._is_stale = True
                continue
            landed = partial(self._landed, session)
            keys = tuple(step.key for step in steps)
            self._flights.start(keys, _work(session.deeds, steps), landed)

    def _landed(self, session: Session, keys: Keys) -> None:
        """What is due of these objects is found out anew."""
        self._sight.touched.update(keys)
        for key in keys:
            self._due.pop(key, None)
        if self._flights.paused_until:
            self._is_stale = True
        self._wake.set()
        if self._flights.lost is None:
            self._pump(session)

    # Reporting

    def _report_now(self) -> None:
        if self._wanted is None:
            if self._is_news:
                self._send(self._made(None))
            return
        is_due = clock.monotonic() - self._told_at >= _TELL_S
        if (self._is_news and is_due) or self._is_finished() != self._report.is_finished:
            self._send(self._made(self._wanted))

    def _made(self, wanted: Wanted | None) -> Report:
        entries = self._sight.entries
        inventory = self._report.inventory
        if inventory is None or inventory != entries:
            inventory = dict(entries)
        return Report(
            cluster=self.cluster.name,
            reachable=True,
            facts=self._facts,
            commit=wanted.commit if wanted else "",
            inventory=inventory,
            source=self._setup.source if self._ledger.is_there else "",
            outcomes=under_templates(self._outcomes, self._barriers.hooks),
            is_finished=wanted is not None and self._is_finished(),
            wake_at=None,
        )

    def _is_finished(self) -> bool:
        is_stuck = all(key in self._waiting and key in self._stuck for key in self._due)
        return is_stuck and not (
            self._queue
            or self._flights.keys
            or self._open
            or self._sight.touched
            or self._sight.is_unrecorded
            or self._sight.unjudged
            or self._wanted is not self._planned
        )

    def _send(self, report: Report) -> None:
        self._report = report
        self._is_news = False
        self._told_at = clock.monotonic()
        self._tell(report)

    def _away(self, error: GitopsdError) -> None:
        """Tells that nothing can be done there.

        Its facts say that it is lost only where that may be so: not where it is the wrong one or
        another repository's, where the mistake is ours, or where it has too much to do. Nothing
        moves away from such a member.
        """
        reason = "OwnershipConflict" if isinstance(error, NotOurs) else "ClusterUnreachable"
        words = error.reason
        if self._report.reachable or self._report.message != words:
            _log.warning("cluster=%s reachable=false reason=%r", self.cluster.name, words)
        if self._facts is not None and error.retry and not isinstance(error, Throttled):
            lost = Observation(is_ready=None, reason="ClusterNotReachable", message="no answer")
            self._facts = facts(lost, self._facts, clock.now())
        report = replace(
            self._report, reachable=False, reason=reason, message=words, facts=self._facts
        )
        if self._report.reachable or self._report.message != words:
            self._send(report)


def _work(deeds: Deeds, steps: tuple[Step, ...]) -> Callable[[], Awaitable[None]]:
    return lambda: deeds.do(steps[0]) if len(steps) == 1 else deeds.look(steps)


def _jobs(go: Sequence[Step]) -> list[tuple[Step, ...]]:
    """Steps in their order; look-ups of one kind and namespace go together."""
    found: list[tuple[Step, ...]] = []
    looks: dict[tuple[str, str, str], int] = {}
    for step in go:
        if step.deed is not Deed.LOOK:
            found.append((step,))
            continue
        place = step.key[:3]
        if place in looks:
            found[looks[place]] = (*found[looks[place]], step)
        else:
            looks[place] = len(found)
            found.append((step,))
    return found


def _first(errors: BaseException) -> BaseException:
    """The first error of a group of groups."""
    while isinstance(errors, BaseExceptionGroup):
        errors = errors.exceptions[0]
    return errors
