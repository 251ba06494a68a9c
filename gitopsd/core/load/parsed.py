"""What one file holds, on its own: typed values, what depends on other files, and Problems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gitopsd.core.load.secrets import NOTHING, Hidden
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Resource, ResourceKey


class Sort(StrEnum):
    """What an object is to us."""

    TEMPLATE = "template"
    CUSTOM = "custom"
    CRD = "crd"
    CLUSTER = "cluster"
    POLICY = "policy"
    OVERRIDE = "override"
    CUSTOMIZATION = "customization"
    OTHER = "other"
    CONFIGURATION = "configuration"
    APPROVAL = "approval"
    CHART = "chart"
    ROLLOUT = "rollout"


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """One object. `value` is the typed one, where there is one: a Cluster, a policy, ….

    A CUSTOM object is of a kind that only CRDs of the commit, or members, know; `base` is the
    JSON pointer of the object in its document, `/items/0` in a list; `hidden` what was encrypted.
    """

    sort: Sort
    resource: Resource
    value: Any = None
    base: str = ""
    hidden: Hidden = NOTHING

    @property
    def key(self) -> ResourceKey:
        return self.resource.key


@dataclass(frozen=True, slots=True, eq=False)
class ParsedFile:
    """One file at one blob. `is_unreadable` when it may hold objects that are not known,
    `is_rendering` when they will be known soon.

    `invalid` are ids of objects that are wrong, each with its first Problem.
    """

    path: str
    blob: str
    objects: tuple[Parsed, ...] = ()
    problems: tuple[Problem, ...] = ()
    is_unreadable: bool = False
    invalid: Mapping[ResourceKey, Problem] = field(default_factory=dict)
    documents: int = 0
    is_rendering: bool = False
