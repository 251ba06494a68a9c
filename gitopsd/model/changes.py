"""What a decision changes against what is applied: what hashes, guards and plans read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from gitopsd.model.decision import Manifest, Share
from gitopsd.model.delivery import ActionKind
from gitopsd.model.problem import Problem
from gitopsd.model.resource import ResourceKey
from gitopsd.model.rollout import StagePlan


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One object of one cluster. `before` is the hash applied now, `after` what it becomes.

    `action` is CREATE, CONFIGURE, RECREATE or PRUNE. `after` is None for a deletion; `held` says
    why a deletion does not happen yet (a guard), empty when it does.
    """

    cluster: str
    key: ResourceKey
    action: ActionKind
    before: str = ""
    after: Manifest | None = None
    held: str = ""


class Reason(NamedTuple):
    """Why these clusters of a move are not what they were: the rule's folder and name, its words.

    `rule` is empty where no rule of the scheduler had a say.
    """

    clusters: tuple[str, ...]
    rule: str
    words: str


@dataclass(frozen=True, slots=True)
class Move:
    """A template whose clusters or shares change, with what caused it.

    `cause` says by which policy, or why by none any more; `reasons` what was found of the clusters.
    """

    key: ResourceKey
    before: tuple[Share, ...]
    after: tuple[Share, ...]
    cause: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """All changes sorted by cluster and object, and their two hashes.

    `plan_hash` covers every intent, `deletion_hash` deletes and recreates alone (empty for none).
    `exact` is False where the answer depends on facts that are only assumed.
    """

    changes: tuple[Change, ...]
    moves: tuple[Move, ...]
    plan_hash: str
    deletion_hash: str
    problems: tuple[Problem, ...] = ()
    exact: bool = True
    clusters: tuple[str, ...] = ()
    before: Mapping[str, Mapping[ResourceKey, Manifest]] = field(default_factory=dict)

    @property
    def deletions(self) -> frozenset[str]:
        """`cluster/object id` of everything that is deleted or recreated: what approvals name."""
        return frozenset(
            f"{change.cluster}/{change.key.id}"
            for change in self.changes
            if change.action in (ActionKind.PRUNE, ActionKind.RECREATE)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """A plan: changes, what they lead from and to, and what a reader must know besides.

    `base` and `head` name commits or `what is applied`, `the working tree`. `guards` has a sentence
    for each guard that holds deletions until a person approves them. `namespaces` are those that
    nobody declares and that are made where they are missing, each with these clusters. `losses` has
    a sentence for each deletion that an approval alone does not allow. `hooks` has a
    line for each hook that the sync would run. `brings_trouble`: not every problem and guard was
    there before. `at` is when the plan was made. `stages` are those it goes through, none where
    every cluster gets all at once.
    """

    changes: Changes
    base: str = ""
    head: str = ""
    guards: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    namespaces: tuple[tuple[str, tuple[str, ...]], ...] = ()
    losses: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    brings_trouble: bool = True
    at: datetime | None = None
    stages: tuple[StagePlan, ...] = ()
