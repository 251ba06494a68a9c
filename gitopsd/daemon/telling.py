"""WHAT A MEMBER'S TASK TELLS: Reports, one at a time, ten a second at most.

Comes in: that there is news, and Reports that are made of it. Goes out: those Reports, and a line
of the log when all of a commit is done there.
"""

import logging
from collections.abc import Callable

from gitopsd.edge import clock
from gitopsd.model.delivery import ActionKind, Report

_TELL_S = 0.1

_log = logging.getLogger(__name__)

Tell = Callable[[Report], None]


class Telling:
    """Tells of one member; `last` is the Report that was told last."""

    def __init__(self, cluster: str, tell: Tell) -> None:
        self.last = Report(cluster, False, "NotContacted", "was not asked yet")
        self.is_news = True
        self._told_at = 0.0
        self._done = ("", 0)
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
        self._say(report)
        self.last = report
        self.is_news = False
        self._told_at = clock.monotonic()
        self._tell(report)

    def _say(self, report: Report) -> None:
        failed = sum(each.action is ActionKind.FAIL for each in report.outcomes.values())
        done = (report.commit, failed)
        if report.is_finished and done != self._done:
            self._done = done
            words = (report.cluster, report.commit, len(report.outcomes), failed)
            _log.info("cluster=%s commit=%s finished=true objects=%d failed=%d", *words)
