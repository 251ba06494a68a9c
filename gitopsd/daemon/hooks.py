"""WEBHOOKS: a git host says that something moved, and the next look is taken at once.

Comes in: a POST of anybody. Goes out: a call to look, nothing else: what is true is read from the
repository. What is not signed is refused before it is parsed, and a flood is cut by its address.
"""

import logging
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gitopsd.core.hosts import Host, Unauthentic, host_of, is_same_repository
from gitopsd.edge import clock
from gitopsd.edge.secrets import secrets
from gitopsd.model.errors import UsageError
from gitopsd.model.hosting import Delivery, Event, EventKind
from gitopsd.model.web import Answer, Question, Taking, text

FLAG = "--webhook-secret-file"
PATH = "/webhook/{host}"
MOST_BYTES = 5 << 20
_REMEMBERED_S, _MOST_REMEMBERED = 600.0, 10_000
_PER_S, _BURST, _MOST_ADDRESSES = 2.0, 60.0, 4096

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Followed:
    """What webhooks are about: the repository, and the branch that is read from it.

    `branch` is empty until it is known. `own` begins the names of the branches that we write.
    """

    url: str
    branch: str
    own: str


class Hooks:
    """The view of `/webhook/<host>`. `results` counts deliveries by host and what came of them."""

    def __init__(
        self, file: Path, followed: Callable[[], Followed], look: Callable[[EventKind], None]
    ) -> None:
        """`look` is called where the branch moved (PUSH), or perhaps a pull request (REVIEW)."""
        secrets(FLAG, file)
        self.results: Counter[tuple[str, str]] = Counter()
        self._file = file
        self._followed = followed
        self._look = look
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._rates: OrderedDict[str, tuple[float, float]] = OrderedDict()

    @property
    def view(self) -> Taking:
        """For the table of routes, at PATH."""
        return Taking(self._received, MOST_BYTES, self._refused)

    def _refused(self, question: Question) -> Answer | None:
        """What is answered without reading a body, to a flood among others."""
        host = host_of(question.parts["host"])
        if host is None:
            return text("no such host is known", 404)
        if self._may_ask(question.remote):
            return None
        self.results[host.names[0], "throttled"] += 1
        return Answer(b"", code=429)

    def _received(self, question: Question) -> Answer:
        host = host_of(question.parts["host"])
        assert host is not None
        result, answer = self._judged(host, Delivery(question.headers, question.body))
        self.results[host.names[0], result] += 1
        return answer

    def _judged(self, host: Host, delivery: Delivery) -> tuple[str, Answer]:
        name = host.names[0]
        try:
            event = host.read_push(delivery, secrets(FLAG, self._file), clock.now())
        except Unauthentic:
            return "refused", Answer(b"", code=401)
        except UsageError as error:
            _log.warning("webhook=%s read=false reason=%r", name, str(error))
            return "refused", Answer(b"", code=401)
        if self._is_replayed(name, event.ids):
            return "replayed", Answer(b"", code=409)
        return self._looked(event), Answer(b"", code=202)

    def _looked(self, event: Event) -> str:
        """Looks where the event points, if that is ours; in one word."""
        followed = self._followed()
        if event.urls and not any(is_same_repository(each, followed.url) for each in event.urls):
            return "ignored"
        if event.kind is EventKind.OTHER:
            return "ignored"
        moved = event.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
        if moved.startswith(followed.own):
            return "ignored"
        is_followed = not (moved and followed.branch) or moved == followed.branch
        # A push to another branch may be one to a pull request.
        is_push = event.kind is EventKind.PUSH and is_followed
        self._look(EventKind.PUSH if is_push else EventKind.REVIEW)
        return "accepted"

    def _is_replayed(self, name: str, ids: tuple[str, ...]) -> bool:
        """Whether this delivery came before, lately."""
        now_s = clock.monotonic()
        while self._seen:
            oldest, at_s = next(iter(self._seen.items()))
            if now_s - at_s < _REMEMBERED_S and len(self._seen) < _MOST_REMEMBERED:
                break
            del self._seen[oldest]
        is_known = any((name, id) in self._seen for id in ids)
        for id in ids:
            self._seen.setdefault((name, id), now_s)
        return is_known

    def _may_ask(self, remote: str) -> bool:
        """One of a bucket of tokens for each address: a burst of 60, then two a second."""
        now_s = clock.monotonic()
        left, at_s = self._rates.pop(remote, (_BURST, now_s))
        left = min(_BURST, left + (now_s - at_s) * _PER_S)
        self._rates[remote] = (max(left - 1, 0.0), now_s)
        while len(self._rates) > _MOST_ADDRESSES:
            self._rates.popitem(last=False)
        return left >= 1
