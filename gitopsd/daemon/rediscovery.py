"""WHEN A MEMBER IS ASKED AGAIN WHAT IT SERVES: while a kind is lacking that should be there.

Comes in: what is due and what became of definitions. Goes out: another discovery in the `Sight`.
"""

from gitopsd.daemon.agenda import Agenda
from gitopsd.daemon.session import Session
from gitopsd.daemon.sight import Kind, Sight
from gitopsd.edge import clock
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import Health

_SOON_S, _LATER_S, _PATIENCE_S = 0.5, 10.0, 10.0


class Rediscovery:
    """Knows since when a kind is lacking in one connection."""

    def __init__(self, agenda: Agenda, sight: Sight) -> None:
        self._agenda = agenda
        self._sight = sight
        self._followed = sight.discovery
        self._asked_at = 0.0
        self._lacking_since = 0.0
        self._is_hurried = False

    def hurry(self) -> None:
        """Somebody may have brought kinds just now: the member is asked the next time."""
        self._is_hurried = True

    def wait_s(self) -> float | None:
        """Seconds until the member is asked again; None while nothing is lacking."""
        if not self._lacking_since:
            return None
        return self._asked_at + self._between_s() - clock.monotonic()

    async def ask(self, wanted: Wanted, session: Session) -> bool:
        """Asks again where something is lacking and it is time; whether the answer is another."""
        agenda, sight = self._agenda, self._sight
        if sight.discovery is not self._followed:
            # Somebody else asked, and may have been the first to see a kind.
            self._follow(wanted, session)
        if not (agenda.is_stale or self._lacking_since or agenda.barriers.definitions):
            return False
        missing, is_hurried = self._missing(wanted), self._is_hurried
        self._is_hurried = False
        now = clock.monotonic()
        if not missing:
            self._lacking_since = 0.0
        elif is_hurried or not self._lacking_since:
            self._lacking_since = now
        is_time = bool(missing) and now - self._asked_at >= self._between_s()
        if not (is_time or is_hurried):
            return False
        self._asked_at = now
        before = sight.discovery
        sight.discovery = await session.member.discover()
        if sight.discovery is before:
            return False
        self._follow(wanted, session)
        sight.touched.update(key for key in (*agenda.due, *wanted.deletions) if key[:2] in missing)
        agenda.is_stale = True
        return True

    def _follow(self, wanted: Wanted, session: Session) -> None:
        """Watches what is served by now."""
        session.watch({key[:2] for key in (*wanted.manifests, *self._sight.entries)})
        self._followed = self._sight.discovery

    def _missing(self, wanted: Wanted) -> set[Kind]:
        """Kinds that something waits for, or whose definition is established, but not served."""
        agenda, kinds = self._agenda, self._sight.discovery.kinds
        found: set[Kind] = {
            key[:2] for key in agenda.due if key[:2] not in kinds and key in wanted.manifests
        }
        if partial := self._sight.discovery.partial:
            found.update(key[:2] for key in wanted.deletions if key.group in partial)
        for kind, definition in agenda.barriers.definitions.items():
            outcome = agenda.outcomes.get(definition)
            if kind not in kinds and outcome and outcome.health is Health.CURRENT:
                found.add(kind)
        return found

    def _between_s(self) -> float:
        is_late = clock.monotonic() - self._lacking_since > _PATIENCE_S
        return _LATER_S if is_late else _SOON_S
