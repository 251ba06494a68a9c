"""Which hooks the sync of a plan would run; a plan runs none.

Comes in: the changes, and the decisions before and now. Goes out: a line for each hook with its
clusters, in the order of their moments. A hook runs where anything of the set changes, itself too.
"""

from collections.abc import Mapping

from gitopsd.core.hooks import Phase
from gitopsd.model.changes import Changes
from gitopsd.model.decision import Decision, Manifest
from gitopsd.model.resource import ResourceKey


def hooked(changes: Changes, was: Decision | None, now: Decision) -> tuple[str, ...]:
    """`pre-sync Job.batch shop/migrate on eu-1, us-1`."""
    changed = {each.cluster for each in changes.changes}
    found: dict[tuple[int, ResourceKey], list[str]] = {}
    for name, own in sorted(now.hooks.items()):
        before = was.hooks.get(name, {}) if was is not None else {}
        if not own or not (name in changed or (was is not None and _differ(before, own))):
            continue
        for key, manifest in own.items():
            moment = list(Phase).index(Phase(manifest.hook))
            found.setdefault((moment, key), []).append(name)
    return tuple(
        f"{list(Phase)[moment]} {key} on {', '.join(names)}"
        for (moment, key), names in sorted(found.items())
    )


def _differ(before: Mapping[ResourceKey, Manifest], now: Mapping[ResourceKey, Manifest]) -> bool:
    return {key: each.hash for key, each in before.items()} != {
        key: each.hash for key, each in now.items()
    }
