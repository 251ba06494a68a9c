"""A MEMBER'S TASK: connects, sees, plans, does, records and reports, for as long as it is a member.

Comes in: the Cluster, and what is wanted of it, replaced at any time. Goes out: Reports. What goes
wrong here stays here: a lost member is looked for every five seconds and delivered to at once when
it answers.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Set
from contextlib import suppress
from dataclasses import replace

from gitopsd.core.facts import Observation, facts
from gitopsd.core.kinds import Interpreter
from gitopsd.core.plan import under_templates
from gitopsd.core.plan.inventory import applyset_id
from gitopsd.daemon.agenda import Agenda
from gitopsd.daemon.awaiting import Awaiting
from gitopsd.daemon.dispatch import Dispatch
from gitopsd.daemon.ledger import NAMESPACE, Ledger, NotOurs
from gitopsd.daemon.looking import NODES, PODS, check, member_of, observation
from gitopsd.daemon.pulse import patiently, sound
from gitopsd.daemon.recording import Recording
from gitopsd.daemon.rediscovery import Rediscovery
from gitopsd.daemon.searching import search
from gitopsd.daemon.session import Session, Setup
from gitopsd.daemon.sight import Kind, Sight
from gitopsd.daemon.surroundings import Surroundings
from gitopsd.daemon.tally import Requests, Tally
from gitopsd.daemon.telling import Tell, Telling
from gitopsd.daemon.watcher import RESYNC_S
from gitopsd.edge import clock
from gitopsd.edge.member import Member
from gitopsd.model.api import Discovery
from gitopsd.model.cluster import Cluster, Facts
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import Report
from gitopsd.model.errors import ClusterError, GitopsdError, Throttled
from gitopsd.model.token import Token

PROBE_S, AWAY_S, CAPACITY_S = 10.0, 5.0, 60.0
_BATCH_S, _FINISH_S = 0.02, 10.0

_log = logging.getLogger(__name__)


class Follower:
    """One member. `want` may be called at any time; `run` goes on for ever."""

    def __init__(
        self, cluster: Cluster, setup: Setup, tell: Tell, facts: Facts | None = None
    ) -> None:
        """`facts` are those last known of it, perhaps by another process."""
        self.cluster = cluster
        self.measures = False
        # The kinds of the commit, wherever they go.
        self.kinds: Set[Kind] = frozenset()
        self.token: Token | None = None
        self._setup = setup
        config = setup.config
        self._sight = Sight(
            config.field_manager,
            applyset_id(config.inventory_name, NAMESPACE),
            Discovery({}, frozenset(), ()),
        )
        self._ledger = Ledger(config.inventory_name, setup.source, config.take_over_from)
        self._recording = Recording(self._ledger, self._sight)
        self._telling = Telling(cluster.name, tell)
        self._facts = facts
        self._is_ending = False
        self._wake = asyncio.Event()
        self._awaiting = Awaiting(config.instance, self._sight, self._ledger, self._wake.set)
        self._requests: Requests = Counter()
        self._begin(Agenda(self._sight, self._telling))

    def _begin(self, agenda: Agenda) -> None:
        """What belongs to one connection begins anew."""
        self._agenda = agenda
        self._dispatch = Dispatch(agenda, self._sight, self._wake.set)
        self._rediscovery = Rediscovery(agenda, self._sight)
        self._surroundings = Surroundings(self._sight)
        self._telling.begin()

    @property
    def is_settled(self) -> bool:
        """Whether the last report tells of what is wanted now, and nothing is on its way."""
        last = self._telling.last
        if not last.reachable:
            return last.reason != "NotContacted"
        return not self._telling.is_news and self._is_finished()

    @property
    def tally(self) -> Tally:
        """What was counted so far; a copy."""
        return replace(self._sight.tally.copy(self._requests), depth=len(self._agenda.due))

    def end(self) -> None:
        """Tells the task that it is about to be cancelled for good, which it could not know."""
        self._is_ending = True

    def beside(self, others: Collection[str]) -> None:
        """These are the names of all other members."""
        self._ledger.others = others

    def want(self, wanted: Wanted, kinds: Interpreter) -> None:
        """This is what the member is to hold now; whatever was begun for another set ends there."""
        if self._agenda.want(wanted, kinds):
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
        self._begin(self._agenda.anew())
        self._sight.forget_live()
        member = member_of(self.cluster, self._setup.config, self.token)
        self._requests = member.requests
        try:
            await check(member, self.cluster)
            await patiently(member.recognise)
            self._sight.discovery = await patiently(member.discover)
            self._sight.entries = dict(await patiently(lambda: self._ledger.read(member)))
            self._sight.is_unrecorded = not self._ledger.names(member)
            self._sight.is_rebuilding = not self._ledger.is_there
            if self._sight.is_rebuilding:
                await search(member, self._sight)
            await patiently(lambda: self._look_around(member))
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
        is_told = self._is_ending
        await self._dispatch.end(_FINISH_S if is_told else 0.0)
        planned = self._agenda.planned
        if is_told and planned is not None and self._sight.is_unrecorded:
            with suppress(ClusterError, TimeoutError):
                async with asyncio.timeout(_FINISH_S):
                    await self._ledger.write(member, planned, self._sight.entries)

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
        self._telling.is_news = self._telling.is_news or self._facts is not before

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
                elif now - measured > CAPACITY_S and (self.measures or self._lacks_kinds):
                    if self._lacks_kinds:
                        self._sight.discovery = await member.discover()
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

    @property
    def _lacks_kinds(self) -> bool:
        """Whether somebody may yet bring a kind to the member that the commit has objects of."""
        return not self.kinds <= self._sight.discovery.kinds.keys()

    async def _follow(self, session: Session) -> None:
        flights = self._dispatch.flights
        while True:
            await self._moment()
            if flights.lost is not None:
                raise flights.lost
            if self._agenda.wanted is not None:
                try:
                    await self._act(self._agenda.wanted, session)
                except Throttled as error:
                    self._dispatch.wait_with_all(error)
                except ClusterError as error:
                    flights.lose(error)
                    if flights.lost is not None:
                        raise
            self._report_now()

    async def _act(self, wanted: Wanted, session: Session) -> None:
        self._dispatch.plan(session)
        session.ask()
        if self._dispatch.flights.is_paused():
            return
        self._dispatch.look_again(await self._surroundings.learn(wanted, session.member), session)
        if self._awaiting.learn(wanted):
            self._agenda.is_stale = True
            if self._sight.behind is None:
                self._rediscovery.hurry()
        if await self._rediscovery.ask(wanted, session):
            await self._look_around(session.member)
            self._wake.set()
        await self._dispatch.start(session, self._recording)
        if self._agenda.is_behind:
            self._awaiting.look(session)
        if self._dispatch.is_idle and not self._sight.touched:
            is_news = await self._recording.settle(wanted, session.member)
            self._telling.is_news = self._telling.is_news or is_news

    async def _moment(self) -> None:
        """Until something is new or due; what comes close together is one moment."""
        wait_s = self._wait_s()
        try:
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()
        if self._dispatch.flights.keys and self._agenda.is_current:
            await asyncio.sleep(_BATCH_S)

    def _wait_s(self) -> float | None:
        waits = [self._agenda.wait_s(), self._rediscovery.wait_s()]
        if self._agenda.is_behind:
            waits.append(self._awaiting.wait_s())
        if paused_until := self._dispatch.flights.paused_until:
            waits.append(paused_until - clock.monotonic())
        if self._telling.is_news:
            waits.append(self._telling.wait_s())
        due = [each for each in waits if each is not None]
        return max(0.0, min(due)) if due else None

    def _report_now(self) -> None:
        telling, wanted = self._telling, self._agenda.wanted
        is_due = telling.is_news and (wanted is None or telling.is_due)
        if is_due or (wanted is not None and self._is_finished() != telling.last.is_finished):
            telling.send(self._made(wanted))

    def _made(self, wanted: Wanted | None) -> Report:
        entries = self._sight.entries
        inventory = self._telling.last.inventory
        if inventory is None or inventory != entries:
            inventory = dict(entries)
        return Report(
            cluster=self.cluster.name,
            reachable=True,
            facts=self._facts,
            commit=wanted.commit if wanted else "",
            inventory=inventory,
            source=self._setup.source if self._ledger.is_there else "",
            outcomes=under_templates(self._agenda.outcomes, self._agenda.barriers.hooks),
            is_finished=wanted is not None and self._is_finished(),
            wake_at=None,
        )

    def _is_finished(self) -> bool:
        agenda, sight = self._agenda, self._sight
        return (
            agenda.is_current
            and agenda.is_done
            and self._dispatch.is_idle
            and not (sight.touched or sight.is_unrecorded or sight.unjudged)
        )

    def _away(self, error: GitopsdError) -> None:
        """Tells that nothing can be done there.

        Its facts say that it is lost only where that may be so: not where it is the wrong one or
        another repository's, where the mistake is ours, or where it has too much to do. Nothing
        moves away from such a member.
        """
        reason = "OwnershipConflict" if isinstance(error, NotOurs) else "ClusterUnreachable"
        words, last = error.reason, self._telling.last
        is_new = last.reachable or last.message != words
        if is_new:
            _log.warning("cluster=%s reachable=false reason=%r", self.cluster.name, words)
        if self._facts is not None and error.retry and not isinstance(error, Throttled):
            lost = Observation(is_ready=None, reason="ClusterNotReachable", message="no answer")
            self._facts = facts(lost, self._facts, clock.now())
        if is_new:
            away = replace(last, reachable=False, reason=reason, message=words)
            self._telling.send(replace(away, facts=self._facts))


def _first(errors: BaseException) -> BaseException:
    """The first error of a group of groups."""
    while isinstance(errors, BaseExceptionGroup):
        errors = errors.exceptions[0]
    return errors
