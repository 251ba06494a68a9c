"""WHAT A MEMBER'S TASK TELLS: Reports, one at a time, ten a second at most.

Comes in: that there is news, and Reports that are made of it. Goes out: those Reports.
"""

from collections.abc import Callable

from gitopsd.edge import clock
from gitopsd.model.delivery import Report

_TELL_S = 0.1

Tell = Callable[[Report], None]


class Telling:
    """Tells of one member; `last` is the Report that was told last."""

    def __init__(self, cluster: str, tell: Tell) -> None:
        self.last = Report(cluster, False, "NotContacted", "was not asked yet")
        self.is_news = True
        self._told_at = 0.0
        self._tell = tell

    def begin(self) -> None:
        """A connection begins: whatever it shows first is news, and told at once."""
        self.is_news = True
        self._told_at = 0.0

    @property
    def is_due(self) -> bool:
        """Whether the last Report is long enough ago."""
        return self.wait_s() <= 0.0

    def wait_s(self) -> float:
        """Seconds until the next Report may be told."""
        return self._told_at + _TELL_S - clock.monotonic()

    def send(self, report: Report) -> None:
        """Tells this."""
        self.last = report
        self.is_news = False
        self._told_at = clock.monotonic()
        self._tell(report)
