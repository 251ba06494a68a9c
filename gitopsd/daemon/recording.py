"""WHEN A MEMBER'S INVENTORY IS WRITTEN: before anything is made, and once nothing is on its way.

Comes in: the steps that may go, and what is known of the member. Goes out: entries in the `Sight`,
and an inventory that names every object of ours that may be there, after a crash too.
"""

import logging
from collections.abc import Mapping, Sequence

import msgspec

from gitopsd.core.hooks import Phase
from gitopsd.core.plan import (
    DUE,
    PENDING,
    Deed,
    Step,
    entry_of,
    entry_of_hook,
    is_done,
    marks,
    remarked,
)
from gitopsd.daemon.ledger import Ledger
from gitopsd.daemon.session import Session
from gitopsd.daemon.sight import Sight
from gitopsd.edge.member import Member
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import Entry
from gitopsd.model.errors import ClusterError, TooLarge
from gitopsd.model.resource import ResourceKey

_log = logging.getLogger(__name__)


class Recording:
    """Brings the entries of a `Sight` into the ledger."""

    def __init__(self, ledger: Ledger, sight: Sight) -> None:
        self._ledger = ledger
        self._sight = sight
        self._remarked: tuple[Wanted, Mapping[ResourceKey, Entry]] | None = None

    async def announce(
        self, wanted: Wanted, go: Sequence[Step], session: Session
    ) -> Sequence[Step]:
        """Records every object before it is made, so that a crash leaves none unknown.

        Gives back the steps that may go: what cannot be recorded is not made.
        """
        fresh = [
            step
            for step in go
            if step.deed in (Deed.CREATE, Deed.ADOPT)
            and step.manifest is not None
            and step.key not in self._ledger.recorded
        ]
        runs = self._announce_hooks(go)
        if not (fresh or runs):
            return go
        added = {step.key for step in fresh} - self._sight.entries.keys()
        for step in fresh:
            assert step.manifest is not None
            if step.key in added:
                entry = entry_of(step.manifest, "", PENDING, *marks(step, None))
                self._sight.record(msgspec.structs.replace(entry, hash=""))
        try:
            await self._write(wanted, session.member)
        except TooLarge as error:
            for key in added:
                self._sight.entries.pop(key, None)
            for step in fresh:
                session.deeds.refuse(step, error)
            refused = {step.key for step in fresh}
            self._sight.is_unrecorded = self._sight.entries != self._ledger.recorded
            return [step for step in go if step.key not in refused]
        return go

    def _announce_hooks(self, go: Sequence[Step]) -> bool:
        """Records runs of hooks before they begin, and that those after deletions are due."""
        sight = self._sight
        begun = [sight.hooks[step.key] for step in go if step.deed is Deed.RUN]
        due = []
        if any(step.deed is Deed.DELETE for step in go):
            due = [hook for hook in sight.hooks.values() if hook.phase is Phase.POST_DELETE]
        fresh = [
            (hook, flags)
            for hooks, flags in ((begun, ()), (due, (DUE,)))
            for hook in hooks
            if (entry := sight.entries.get(hook.key)) is None or entry.hash != hook.manifest.hash
        ]
        for hook, flags in fresh:
            sight.record(entry_of_hook(hook, "", *flags))
        return bool(fresh)

    async def settle(self, wanted: Wanted, member: Member) -> bool:
        """Writes what is not written yet, or takes the inventory away after all that it named.

        Whether there was anything to do. What we made for others stays.
        """
        sight = self._sight
        if wanted.is_last and self._ledger.is_there and is_done(sight.entries):
            await self._ledger.remove(member)
            sight.entries.clear()
            sight.is_unrecorded = False
            return True
        self._remark(wanted)
        if not sight.is_unrecorded:
            return False
        try:
            await self._write(wanted, member)
        except TooLarge as error:
            # Every object stands there already, as one that was about to be made.
            _log.warning("cluster=%s recorded=false reason=%r", member.name, error.reason)
            sight.is_unrecorded = False
        return True

    def _remark(self, wanted: Wanted) -> None:
        """Once for every set, and for entries that were read anew: applies say it by themselves."""
        entries, last = self._sight.entries, self._remarked
        if last is not None and last[0] is wanted and last[1] is entries:
            return
        for entry in tuple(remarked(wanted, entries)):
            self._sight.record(entry)
        if not self._ledger.says(wanted):
            self._sight.is_unrecorded = True
        self._remarked = wanted, entries

    async def _write(self, wanted: Wanted, member: Member) -> None:
        """Writes the inventory as it is now; what changes meanwhile is written another time."""
        sight = self._sight
        sight.is_unrecorded = False
        recorded = dict(sight.entries)
        try:
            news = await self._ledger.write(member, wanted, recorded)
        except ClusterError:
            sight.is_unrecorded = True
            raise
        for key, entry in news.items():
            if sight.entries.get(key) == recorded.get(key):
                sight.learn(key, entry)
        if news:
            _log.warning("cluster=%s inventory=merged objects=%d", member.name, len(news))
