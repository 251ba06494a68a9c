"""How a change goes through the stages: which clusters may have it by now.

Comes in: the stages, how clusters fare, and how far the change was. Goes out: how far it is, and
when time alone changes that. Clusters only open, as long as the change is the same one; a stage
goes on to the next when every reachable cluster of it has passed. One that was not reachable when
its stage was opened gets the change when it answers, and nobody waits for it then.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from gitopsd.core.gate.differing import hash_of_stage
from gitopsd.core.gate.faring import Faring, Word
from gitopsd.core.gate.staging import Order, Stage, spoken
from gitopsd.core.gate.windows import opens_at
from gitopsd.model.rollout import OnFailure, Opened, Rolling, StageLine, StageState

# So long a cluster has after a restart, however late it is by then.
_HEARING = timedelta(minutes=1)
HALTED = frozenset({StageState.PAUSED, StageState.GOING_BACK})


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of the clusters now.

    `fares` is asked only of clusters that are open; `is_idle` says that a cluster lacks nothing of
    the change. `approved` are the hashes that people named.
    """

    now: datetime
    reachable: frozenset[str]
    fares: Callable[[str], Faring]
    is_idle: Callable[[str], bool]
    approved: frozenset[str] = frozenset()


def roll(order: Order, sight: Sight, before: Rolling) -> tuple[Rolling, datetime | None]:
    """The change one look further; at most `most_running` clusters of a stage are on their way."""
    course = _Course(sight, before, order.paused)
    lines: list[StageLine] = []
    barrier = order.paused
    for number, stage in enumerate(order.stages):
        later = {name for each in order.stages[number + 1 :] for name in each.clusters}
        line = course.walk(stage, barrier)
        lines.append(line)
        is_halted = line.state in HALTED
        if is_halted or (line.state is not StageState.DONE and later.isdisjoint(before.opened)):
            barrier = barrier or f"stage {stage.name} is not done"
    members = {name for stage in order.stages for name in stage.clusters}
    if all(
        course.is_through(name) if name in course.opened else sight.is_idle(name)
        for name in members
    ):
        return Rolling(before.intent, is_over=True, commit=before.commit), None
    rolling = Rolling(
        intent=before.intent,
        touched=before.touched,
        opened=dict(sorted(course.opened.items())),
        approved=before.approved | (sight.approved & course.asked),
        stages=tuple(lines),
        commit=before.commit,
        sound=before.sound,
    )
    return rolling, min(course.times, default=None)


def resumed(order: Order, before: Rolling, now: datetime) -> Rolling:
    """The same for a process that has just started: no deadline ends before members were heard."""
    opened = dict(before.opened)
    for stage in order.stages:
        latest = now - stage.pace.deadline + min(stage.pace.deadline, _HEARING)
        for name in stage.clusters:
            if (found := opened.get(name)) is not None and found.since < latest:
                opened[name] = Opened(latest, found.well_since, found.passed)
    return replace(before, opened=opened)


class _Course:
    """One look at all stages, in their order."""

    def __init__(self, sight: Sight, before: Rolling, paused: str) -> None:
        self.opened: dict[str, Opened] = {}
        self.times: list[datetime] = []
        self.asked: set[str] = set()
        self._sight = sight
        self._before = before
        self._paused = paused
        self._failed: dict[str, str] = {}
        self._unwell: set[str] = set()
        self._lenient: set[str] = set()

    def is_through(self, name: str) -> bool:
        """Whether nothing more is expected of a cluster that is open: it passed, or may fail."""
        found = self.opened.get(name)
        return found is not None and (found.passed or name in self._lenient)

    def walk(self, stage: Stage, barrier: str) -> StageLine:
        """How one stage goes on; a `barrier` says why nothing of it may open now."""
        for name in stage.clusters:
            if (old := self._before.opened.get(name)) is not None:
                self._look(name, old, stage)
        failed = {name: self._failed[name] for name in stage.clusters if name in self._failed}
        if len(failed) <= stage.most_failed or stage.asked.on_failure is OnFailure.CONTINUE:
            self._lenient.update(failed)
        hashed = hash_of_stage(self._before.intent, stage.name)
        is_approved = hashed in self._before.approved | self._sight.approved
        self.asked.add(hashed)
        due = [name for name in stage.clusters if self._is_due(name)]
        opens = opens_at(() if is_approved else stage.pace.windows, self._sight.now)
        approve, words = "", ""
        if not self._lenient.issuperset(failed):
            state, words = self._stopped(stage, failed)
        elif not due and self._is_away(stage):
            state, words = StageState.WAITING, "none of its clusters is reachable"
        elif not due:
            state, words = StageState.DONE, self._deferred(stage)
        elif barrier:
            state = StageState.PAUSED if self._paused else StageState.WAITING
            words = self._paused or barrier
        elif stage.asked.approval and not is_approved:
            state, approve = StageState.AWAITING_APPROVAL, hashed
            words = f"a person opens it {_by(hashed)}"
        elif opens > self._sight.now and not self.opened.keys() >= set(due):
            state, words = (
                StageState.WAITING,
                f"opens at {opens:%Y-%m-%dT%H:%MZ}, sooner {_by(hashed)}",
            )
            self.times.append(opens)
        else:
            self._open(stage)
            state, words = StageState.OPEN, self._waiting(stage)
        passed = sum(self._is_done(name) for name in stage.clusters)
        return StageLine(stage.name, state, len(stage.clusters), passed, words, approve)

    def _stopped(self, stage: Stage, failed: Mapping[str, str]) -> tuple[StageState, str]:
        """More of a stage failed than may: whether that only stops the change or takes it back."""
        name, why = next(iter(failed.items()))
        words = f"{len(failed)} failed; {name}: {why}"
        if stage.asked.on_failure is not OnFailure.ROLLBACK or self._paused:
            return StageState.PAUSED, words
        sound = self._before.sound.get(stage.name)
        if sound is None or sound.intent == self._before.intent:
            return StageState.PAUSED, f"{words}; no other commit is known that it went through"
        return StageState.GOING_BACK, f"{words}; back to {sound.commit[:12]}"

    def _look(self, name: str, old: Opened, stage: Stage) -> None:
        """How a cluster that is open stands now."""
        now, fares = self._sight.now, self._sight.fares(name)
        if fares.word is Word.WELL:
            since = old.well_since or now
            ends = since + stage.pace.soak
            passed = old.passed or ends <= now
            self.opened[name] = Opened(old.since, None if passed else since, passed)
            if not passed:
                self.times.append(ends)
                self._unwell.discard(name)
            return
        self.opened[name] = Opened(old.since, None, old.passed)
        if not old.passed:
            self._unwell.add(name)
        ends = old.since + stage.pace.deadline
        if fares.word is Word.FAILED:
            self._failed[name] = fares.why
        elif not old.passed and ends <= now:
            self._failed[name] = f"not well in time: {fares.why}"
        elif not old.passed:
            self.times.append(ends)

    def _open(self, stage: Stage) -> None:
        """Opens as many clusters as may be on their way."""
        now = self._sight.now
        for name in stage.clusters:
            if name in self.opened or not self._is_due(name):
                continue
            way = [each for each in self.opened if each in stage.clusters]
            way = [each for each in way if not self.is_through(each)]
            unwell = sum(each in self._unwell for each in way)
            if len(way) >= stage.most_running or unwell >= stage.most_unwell:
                return
            self.opened[name] = Opened(now)
            self._unwell.add(name)
            self.times.append(now + stage.pace.deadline)

    def _is_due(self, name: str) -> bool:
        """Whether its stage waits for this cluster: not for one that was away from the start."""
        if name in self.opened:
            return not self.is_through(name)
        return name in self._sight.reachable and not self._sight.is_idle(name)

    def _is_done(self, name: str) -> bool:
        """Whether a cluster has the change, or lacks nothing of it."""
        found = self.opened.get(name)
        return found.passed if found is not None else self._sight.is_idle(name)

    def _is_away(self, stage: Stage) -> bool:
        """Whether nobody could try the change: it lacks everywhere, and nobody answers."""
        return bool(stage.clusters) and not any(
            name in self.opened or self._sight.is_idle(name) for name in stage.clusters
        )

    def _deferred(self, stage: Stage) -> str:
        """Who gets the change later, because nobody could be asked when the stage was open."""
        left = [name for name in stage.clusters if not self._is_done(name)]
        left = [name for name in left if name not in self.opened]
        return f"later, when it answers: {_listed(left)}" if left else ""

    def _waiting(self, stage: Stage) -> str:
        """What an open stage waits for; without any time, so that it does not tick."""
        way = [name for name in stage.clusters if name in self.opened and self._is_due(name)]
        unwell = [name for name in way if name in self._unwell]
        if unwell:
            return f"{_some(unwell)} to be well"
        return f"{_some(way)} to stay well for {spoken(stage.pace.soak)}"


def _by(hashed: str) -> str:
    return f"by `Gitopsd-Approve: {hashed}` in a commit message"


def _some(names: list[str]) -> str:
    return f"waits for {_listed(names)}"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"
