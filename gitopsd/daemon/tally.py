"""What the task of one member counts, for metrics: numbers that only grow."""

from collections import Counter
from dataclasses import dataclass, field

Requests = Counter[tuple[str, int]]


@dataclass(slots=True, eq=False)
class Tally:
    """`requests` by verb and code (0: no answer), `deeds` by action and reason, `drift` by kind.

    An action is what one attempt at an object came to; a reason is one word, or empty.
    """

    requests: Requests = field(default_factory=Counter)
    deeds: Counter[tuple[str, str]] = field(default_factory=Counter)
    drift: Counter[str] = field(default_factory=Counter)

    def copy(self, *more: Requests) -> "Tally":
        """As it is now, with the requests of connections that are still open."""
        requests = Counter(self.requests)
        for each in more:
            requests.update(each)
        return Tally(requests, Counter(self.deeds), Counter(self.drift))
