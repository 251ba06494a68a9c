"""HOW AN OBJECT IS MADE ANEW on a member that refuses a change because nobody could make it.

Comes in: a refusal. Goes out: requests, and what became of it written into the `Sight`. First it is
made certain that the object itself is right: the member is asked, without any effect, whether it
would take it under a name that nobody has. It is made again by the next step, as anything that is
not there.
"""

import logging
from datetime import datetime, timedelta

from msgspec.structs import replace

from gitopsd.core.fixed import flagged, is_candidate, with_live
from gitopsd.core.health import is_finished
from gitopsd.core.plan import AWAITING, Step, Try, Way, probe, ruled
from gitopsd.core.plan.told import PERMANENT_S, backoff
from gitopsd.daemon.sight import Sight
from gitopsd.edge import clock
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body
from gitopsd.kube.wire import decode, encode
from gitopsd.model.api import Applied, Served
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import ActionKind
from gitopsd.model.errors import Immutable, NotThere, ObjectError, Rejected

_JOB = ("batch", "Job")

_log = logging.getLogger(__name__)


class Recreating:
    """Judges refusals of one member."""

    def __init__(self, member: Member, sight: Sight) -> None:
        self._member = member
        self._sight = sight

    async def refused(
        self, step: Step, body: Body, served: Served, error: Rejected
    ) -> Applied | None:
        """The answer to an apply that leaves alone what cannot be changed, where that is asked for.

        None where the object is being deleted, or waits. Raises the refusal where the object is
        wrong in itself, and Immutable where it asks for nothing else or may not be deleted.
        """
        manifest, live = step.manifest, self._sight.live.get(step.key)
        is_candidate_ = error.status == 422 and is_candidate(step.key[:2], error.causes)
        if manifest is None or live is None or not is_candidate_:
            raise error
        await self._certain(body, served, step.key.namespace, error)
        entry = self._sight.entries.get(step.key)
        ruling = ruled(step, live, entry, self._member.name)
        words = f"{error.reason}; {ruling.words}"
        path = served.path(step.key.namespace, step.key.name, manifest.version)
        match ruling.way:
            case Way.LET_BE:
                return await self._let_be(body, path, step, error)
            case Way.FAIL:
                raise Immutable(error.subject, words, status=error.status)
            case Way.ASK:
                self._ask(step, manifest, words)
            case Way.DELETE:
                await self._delete(step, manifest, path, ruling.propagation)
        return None

    async def _certain(self, body: Body, served: Served, namespace: str, error: Rejected) -> None:
        """Raises the refusal unless the member would take the object if it were new."""
        probed = probe(body)
        version = str(body["apiVersion"]).rpartition("/")[2]
        path = served.path(namespace, probed["metadata"]["name"], version)
        try:
            answer = await self._member.apply(path, encode(probed), dry_run=True)
        except ObjectError:
            raise error from None
        if not answer.is_created:
            raise error

    async def _let_be(self, body: Body, path: str, step: Step, error: Rejected) -> Applied:
        live, seen = await self._member.get(path), self._sight.live[step.key]
        ours = decode(seen.fields) if seen.fields else {}
        kept = with_live(body, live, ours, (step.key[:2], error.causes))
        return await self._member.apply(path, encode(kept))

    def _ask(self, step: Step, manifest: Manifest, words: str) -> None:
        """Tells what a person would have to allow, and records it for the next turn's gate."""
        sight, key = self._sight, step.key
        if (entry := sight.entries.get(key)) is not None:
            sight.record(replace(entry, flags=flagged(entry, manifest)))
        self._waits(step, manifest, (AWAITING, words), timedelta(seconds=PERMANENT_S))

    async def _delete(self, step: Step, manifest: Manifest, path: str, propagation: str) -> None:
        sight, key = self._sight, step.key
        live = sight.live[key]
        try:
            if key[:2] == _JOB and not is_finished(await self._member.get(path)):
                words = "it is made anew once the Job that runs is finished"
                self._waits(step, manifest, ("DependencyNotReady", words), backoff(4))
                return
            await self._member.delete(path, uid=live.uid, propagation=propagation)
        except NotThere:
            sight.gone(key)
            sight.looked[key] = None
        else:
            sight.deleting(key)
        _log.info("cluster=%s object=%s deed=recreate", self._member.name, key)
        at = clock.now()
        sight.tries[key] = Try(manifest.hash, ActionKind.RECREATE, at=at)

    def _waits(
        self, step: Step, manifest: Manifest, told: tuple[str, str], wait: timedelta
    ) -> None:
        """The attempt ends as one that is told and made again later."""
        reason, words = told
        now: datetime = clock.now()
        self._sight.tries[step.key] = Try(
            manifest.hash, ActionKind.SKIP, reason, words, 1, now + wait, now, now
        )
        self._sight.tally.deeds[ActionKind.SKIP.value, reason] += 1
