"""One commit of the repository, read and checked as far as it can be offline."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from gitopsd.model.claims import Conflicts, IgnoreRule
from gitopsd.model.cluster import Cluster
from gitopsd.model.delivery import Report
from gitopsd.model.gating import Approval, Guards
from gitopsd.model.memory import Memory
from gitopsd.model.policy import OverridePolicy, PropagationPolicy
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Resource, ResourceKey
from gitopsd.model.rollout import Rollout
from gitopsd.model.token import Token
from gitopsd.model.trust import Refusal, Seal


class TreeEntry(msgspec.Struct, frozen=True):
    """A file of a tree: git mode (octal as in git), blob id and size in bytes."""

    mode: int
    blob: str
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """What git holds at one commit: every path with its entry, nothing read yet.

    `anomaly` is ForcePush, TagMoved or empty; `previous` the commit it replaced, empty at first.
    `approved` are the deletion hashes that trailers `Gitopsd-Approve` since `previous` name. `tag`
    is the id of the annotated tag that is followed, empty where none is. `seal` says who signed it,
    None where nobody asked; `refused` is a newer commit that is not acted on.
    """

    url: str
    branch: str
    commit: str
    entries: Mapping[str, TreeEntry]
    previous: str = ""
    anomaly: str = ""
    approved: frozenset[str] = frozenset()
    message: str = ""
    author: str = ""
    time: datetime | None = None
    tag: str = ""
    seal: Seal | None = None
    refused: Refusal | None = None


class SetDependency(msgspec.Struct, frozen=True, rename="camel"):
    """A set that comes first on every member: that of another instance there."""

    instance: str


class Configuration(msgspec.Struct, frozen=True, rename="camel"):
    """`gitopsd.yaml`: tightens what the operator's flags allow, never loosens it."""

    paths: tuple[str, ...] = ()
    guards: Guards = Guards()
    self_heal: bool = True
    conflicts: Conflicts = Conflicts()
    ignore: tuple[IgnoreRule, ...] = ()
    depends_on: tuple[SetDependency, ...] = ()

    @property
    def after(self) -> tuple[str, ...]:
        """The instances whose sets come first on every member, sorted."""
        return tuple(sorted(each.instance for each in self.depends_on))


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """All objects of a commit, sorted by key where they are tuples, and every mistake.

    `unreadable` are paths that could not be read as a whole: what was last seen from them is held.
    `invalid` are ids whose object is wrong or stands twice: only these are held. `others` are
    accepted kinds of ours and Karmada's that later stages read by kind. `tokens` are logins by the
    name of the Cluster; their Secrets are no templates. `sealed` are templates that hold stand-ins
    for encrypted values: nobody but a reader may get them. `crds` are the repository's
    CustomResourceDefinitions, which are templates too. `rendering` are paths of which what they
    come to is still being rendered; they are unreadable as yet.
    """

    templates: Mapping[ResourceKey, Resource] = field(default_factory=dict)
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    policies: tuple[PropagationPolicy, ...] = ()
    overrides: tuple[OverridePolicy, ...] = ()
    customizations: tuple[Resource, ...] = ()
    others: tuple[Resource, ...] = ()
    configuration: Configuration = field(default_factory=Configuration)
    approvals: tuple[Approval, ...] = ()
    rollouts: tuple[Rollout, ...] = ()
    tokens: Mapping[str, Token] = field(default_factory=dict)
    sealed: frozenset[ResourceKey] = frozenset()
    problems: tuple[Problem, ...] = ()
    unreadable: frozenset[str] = frozenset()
    rendering: frozenset[str] = frozenset()
    invalid: Mapping[ResourceKey, Problem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A commit and what stands in it."""

    tree: Tree
    loaded: Loaded


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What one turn may know of the world, frozen: reports of the members, memory and the time.

    `unread` says why the repository cannot be read now, so that there may be a newer commit.
    """

    reports: Mapping[str, Report]
    memory: Memory
    now: datetime
    unread: str = ""
