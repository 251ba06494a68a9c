"""WHAT AN APPLY MEANS once it is answered: what is recorded, remembered and told of it.

Comes in: a step that was done, and the answer. Goes out: the entry, the `Try` and the repairs of
its object, written into the `Sight`. Sends nothing.
"""

import logging
from datetime import datetime, timedelta

import msgspec

from gitopsd.core.plan import PENDING, Live, Step, Try, entry_of, marks
from gitopsd.core.plan.notes import put_back
from gitopsd.core.plan.observed import Accepted, Repair, Repairs
from gitopsd.core.plan.owners import Owned
from gitopsd.daemon.sight import Sight
from gitopsd.edge import clock
from gitopsd.model.api import Applied
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import ActionKind
from gitopsd.model.resource import ResourceKey

_REMEMBERED, _WARNINGS, _LONGEST_WARNING = 32, 3, 200
_REPAIR_S, _LONGEST_REPAIR_S, _CALM_S = 5.0, 300.0, 600.0

_log = logging.getLogger(__name__)


class Noting:
    """Notes what was done on one member."""

    def __init__(self, cluster: str, sight: Sight) -> None:
        self._cluster = cluster
        self._sight = sight

    def let_be(self, key: ResourceKey, manifest: Manifest) -> None:
        """Notes that an object answers its manifest as it is."""
        if (live := self._sight.live.get(key)) is not None:
            self._sight.accepted[key] = Accepted(manifest.hash, manifest.claims, live.fields)

    def applied(self, step: Step, manifest: Manifest, applied: Applied, live: Live) -> None:
        """Notes an object as applied; `live` is what is seen in the answer."""
        sight, key, now = self._sight, step.key, clock.now()
        before, tried = sight.entries.get(key), sight.tries.get(key)
        is_repair = (
            bool(step.drift)
            and before is not None
            and before.hash == manifest.hash
            and PENDING not in before.flags
        )
        sight.accepted[key] = Accepted(manifest.hash, manifest.claims, live.fields)
        entry = entry_of(manifest, live.uid, *marks(step, before))
        sight.record(msgspec.structs.replace(entry, warnings=_warnings(key, applied)))
        action = ActionKind.CREATE if applied.is_created else ActionKind.CONFIGURE
        if applied.is_created and tried is not None and tried.action is ActionKind.RECREATE:
            action = ActionKind.RECREATE
        sight.tally.deeds[action.value, "Drift" if is_repair else ""] += 1
        failures, again, said = 0, None, ""
        if is_repair:
            failures, again = _once_more(tried, now)
            said = put_back(step.drift)
            sight.tally.drift[key.group_kind] += 1
            self._repaired(key, manifest.hash, step.drift)
        sight.tries[key] = Try(manifest.hash, action, "", said, failures, again, now)
        if key.kind == "Namespace" and not key.group:
            if applied.is_created:
                sight.fresh.add(key.name)
            sight.has_namespace(key.name)

    def _repaired(self, key: ResourceKey, digest: str, fields: tuple[Owned, ...]) -> None:
        """Remembers and tells what was put back, and who had changed it."""
        sight = self._sight
        before = sight.repairs.get(key)
        done = before.done if before is not None and before.hash == digest else ()
        news = tuple(Repair(clock.now(), field) for field in fields)
        sight.repairs[key] = Repairs(digest, (*done, *news)[-_REMEMBERED:])
        managers = sorted({manager for field in fields for manager in field.managers})
        _log.info(
            "cluster=%s object=%s drift=corrected manager=%s fields=%r",
            self._cluster,
            key,
            ",".join(managers) or "unknown",
            ", ".join(field.field for field in fields),
        )


def _once_more(tried: Try | None, now: datetime) -> tuple[int, datetime]:
    """How often an object was put back in a row, and when it may be again: ever later."""
    is_calm = tried is None or tried.at is None or (now - tried.at).total_seconds() > _CALM_S
    failures = 1 if is_calm or tried is None else tried.failures + 1
    wait_s = min(_LONGEST_REPAIR_S, _REPAIR_S * 2 ** (failures - 1))
    return failures, now + timedelta(seconds=wait_s)


def _warnings(key: ResourceKey, applied: Applied) -> tuple[str, ...]:
    """What a member warned of; of a Secret nothing, for it may quote it."""
    if key[:2] == ("", "Secret"):
        return ()
    return tuple(each[:_LONGEST_WARNING] for each in applied.warnings[:_WARNINGS])
