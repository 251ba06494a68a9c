"""HOW HOOKS ARE RUN on a member: made once, watched to their end, and deleted when that is asked.

Comes in: the step of a hook. Goes out: requests, and what became of it written into the `Sight`.
The object is made by POST: whatever has its name already is not ours to run.
"""

import logging

from gitopsd.core.plan import DONE, FAILED, Deed, Hook, Step, Try, entry_of_hook, tracked
from gitopsd.daemon.sight import Sight
from gitopsd.edge import clock
from gitopsd.edge.member import Member
from gitopsd.kube.body import dig
from gitopsd.kube.wire import encode
from gitopsd.model.api import Served
from gitopsd.model.delivery import ActionKind
from gitopsd.model.errors import NotThere

_log = logging.getLogger(__name__)


class Hooking:
    """Does the deeds of hooks on one member."""

    def __init__(self, member: Member, sight: Sight) -> None:
        self._member = member
        self._sight = sight

    async def do(self, step: Step, served: Served | None) -> None:
        """Makes, ends or sweeps a run; raises what the member answers."""
        hook = self._sight.hooks.get(step.key)
        if step.deed is Deed.SWEEP:
            await self._sweep(step, served)
        elif hook is not None and step.deed is Deed.RUN:
            await self._run(hook, served)
        elif hook is not None:
            self._end(hook, step)

    async def _run(self, hook: Hook, served: Served | None) -> None:
        sight, key, manifest = self._sight, hook.key, hook.manifest
        if served is None:
            raise NotThere(str(key), f"the member does not serve {key.group_kind}")
        sight.ask(key)
        path = served.path(key.namespace, "", manifest.version)
        body = await self._member.create(path, encode(tracked(manifest, sight.set_id)))
        sight.answered(key, body, served)
        sight.record(entry_of_hook(hook, dig(body, "metadata", "uid", default="")))
        sight.tries[key] = Try(manifest.hash, ActionKind.CREATE, at=clock.now())
        sight.tally.deeds[ActionKind.CREATE.value, "Hook"] += 1
        _log.info("cluster=%s object=%s hook=%s", self._member.name, key, hook.phase)

    def _end(self, hook: Hook, step: Step) -> None:
        sight, live = self._sight, self._sight.live.get(hook.key)
        is_failed = step.outcome is not None and step.outcome.action is ActionKind.FAIL
        uid = live.uid if live is not None else ""
        sight.record(entry_of_hook(hook, uid, FAILED if is_failed else DONE))
        end = FAILED if is_failed else DONE
        _log.info("cluster=%s object=%s hook=%s", self._member.name, hook.key, end)

    async def _sweep(self, step: Step, served: Served | None) -> None:
        """Deletes the very object of a run; whoever takes its place stays."""
        sight, key = self._sight, step.key
        live = sight.live.get(key)
        if served is None or live is None or not live.run:
            return
        try:
            await self._member.delete(
                served.path(key.namespace, key.name), uid=live.uid, propagation="Background"
            )
        except NotThere:
            sight.gone(key)
            return
        sight.deleting(key)
