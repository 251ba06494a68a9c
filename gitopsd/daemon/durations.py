"""HOW LONG THINGS TAKE: counted in buckets, for metrics."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gitopsd.edge import clock

BUCKETS_S = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)

Buckets = tuple[Sequence[tuple[str, float]], float]


class Durations:
    """How often it took how long."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BUCKETS_S) + 1)
        self._sum_s = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self._counts[bisect_left(BUCKETS_S, seconds)] += 1
        self._sum_s += seconds

    @contextmanager
    def timed(self) -> Iterator[None]:
        """One more, as long as the context is open; an error does not count."""
        began = clock.monotonic()
        yield
        self.add(clock.monotonic() - began)

    @property
    def buckets(self) -> Buckets:
        """Each bucket's bound with the number up to it, and the sum of all."""
        found, total = [], 0
        for bound, count in zip((*BUCKETS_S, float("inf")), self._counts, strict=True):
            total += count
            found.append(("+Inf" if bound == float("inf") else str(bound), float(total)))
        return found, self._sum_s
