"""WHEN ONE WEBHOOK FAILS MOST OBJECTS: one of them goes on trying, the others wait for it.

Comes in: attempts as they end. Goes out: attempts that wait longer, or may go at once, written into
the `Sight`. Stands alone because it is the one thing that an object's attempt says of others.
"""

from dataclasses import replace
from datetime import timedelta

from gitopsd.core.plan import Try
from gitopsd.daemon.sight import Sight
from gitopsd.model.resource import ResourceKey

_LEAST = 5
_WAIT = timedelta(minutes=10)


class Breaker:
    """The webhooks of one member that fail objects now, with these objects."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._failing: dict[str, set[ResourceKey]] = {}

    def failed(self, key: ResourceKey, tried: Try) -> None:
        """An attempt failed; it waits where its webhook fails more than half of all objects."""
        if not tried.webhook or tried.at is None:
            return
        failing = self._failing.setdefault(tried.webhook, set())
        failing.add(key)
        tries = self._sight.tries
        is_most = len(failing) >= _LEAST and 2 * len(failing) > len(tries)
        if not is_most or key == min(failing):
            return
        words = f"{tried.message}; it fails {len(failing)} of {len(tries)} objects, one is tried"
        tries[key] = replace(tried, message=words, again_at=tried.at + _WAIT)

    def done(self, key: ResourceKey) -> None:
        """An attempt did not fail; if it had before, its webhook answers again, for all."""
        for name in [name for name, failing in self._failing.items() if key in failing]:
            for each in self._failing.pop(name) - {key}:
                if (tried := self._sight.tries.get(each)) is not None and tried.webhook == name:
                    self._sight.tries[each] = replace(tried, again_at=tried.at)
                    self._sight.touched.add(each)
