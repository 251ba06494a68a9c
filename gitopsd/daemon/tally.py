"""What the task of one member counts, for metrics: numbers that only grow."""

from collections import Counter
from dataclasses import dataclass, field, replace

Requests = Counter[tuple[str, int]]


@dataclass(slots=True, eq=False)
class Tally:
    """`requests` by verb and code (0: no answer), `deeds` by action and reason, `drift` by kind.

    An action is what one attempt at an object came to; a reason is one word, or empty. `restarts`
    are watches that ended, by why; `prunes` are deletions, `ok` or `failed`; `throttled_s` is how
    long nothing was sent for the member's sake; `depth` says how many objects something is to be
    done about now.
    """

    requests: Requests = field(default_factory=Counter)
    deeds: Counter[tuple[str, str]] = field(default_factory=Counter)
    drift: Counter[str] = field(default_factory=Counter)
    restarts: Counter[str] = field(default_factory=Counter)
    prunes: Counter[str] = field(default_factory=Counter)
    throttled_s: float = 0.0
    depth: int = 0

    def copy(self, *more: Requests) -> "Tally":
        """As it is now, with the requests of connections that are still open."""
        requests = Counter(self.requests)
        for each in more:
            requests.update(each)
        return replace(
            self,
            requests=requests,
            deeds=Counter(self.deeds),
            drift=Counter(self.drift),
            restarts=Counter(self.restarts),
            prunes=Counter(self.prunes),
        )
