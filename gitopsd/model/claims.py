"""What we claim of an object where others have a say in it too: whole objects and single fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from gitopsd.model.policy import ClusterAffinity, LabelSelector, Wire

TAKE, YIELD, FAIL = "take", "yield", "fail"


class Mode(StrEnum):
    """How an object is applied: annotation `gitopsd.io/apply`."""

    ENFORCE = "Enforce"
    CREATE_ONLY = "CreateOnly"
    MERGE = "Merge"
    IGNORE = "Ignore"
    OBSERVE = "Observe"


@dataclass(frozen=True, slots=True)
class Claims:
    """What holds for one manifest. Places are JSON pointers into its body.

    `is_healed`: what others change is put back. `adopts` an object that another tool marked, too.
    `on_conflict` is the object's own word and `otherwise` the repository's, for fields that others
    own; of single fields `forced` are taken, `yielded` let be. `ignored` places, and whatever
    `ignored_managers` own, are neither compared nor changed. Fields of `trusted` managers (globs)
    are taken whatever the repository says.
    """

    mode: Mode = Mode.ENFORCE
    is_healed: bool = True
    adopts: bool = False
    on_conflict: str = ""
    otherwise: str = TAKE
    forced: tuple[str, ...] = ()
    yielded: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    ignored_managers: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()

    @property
    def is_written(self) -> bool:
        """Whether the object is ever written at all."""
        return self.mode not in (Mode.IGNORE, Mode.OBSERVE)


NO_CLAIMS = Claims()


class IgnoreTarget(Wire, frozen=True):
    """Which objects a rule means; what is left out means all. Names and namespaces are globs."""

    group: str | None = None
    kind: str | None = None
    name: str | None = None
    namespace: str | None = None
    label_selector: LabelSelector | None = None
    cluster_selector: ClusterAffinity | None = None


class IgnoreRule(Wire, frozen=True):
    """Fields that are neither compared nor changed: by path, or by who owns them."""

    target: IgnoreTarget = IgnoreTarget()
    paths: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()


class Conflicts(Wire, frozen=True):
    """What happens where another field manager owns a field that is declared."""

    on_conflict: str = TAKE
    trusted_managers: tuple[str, ...] = ()


class FieldTerms(msgspec.Struct, frozen=True):
    """What a repository says of the fields of one template; of `ignore` only what means it."""

    is_healed: bool = True
    conflicts: Conflicts = Conflicts()
    ignore: tuple[IgnoreRule, ...] = ()


NO_TERMS = FieldTerms()

# The annotations of an object, by which it speaks for itself.
APPLY = "gitopsd.io/apply"
ADOPT = "gitopsd.io/adopt"
SELF_HEAL = "gitopsd.io/self-heal"
ON_CONFLICT = "gitopsd.io/on-conflict"
FORCE_FIELDS = "gitopsd.io/force-fields"
YIELD_FIELDS = "gitopsd.io/yield-fields"

WORDS: Mapping[str, tuple[str, ...]] = {
    APPLY: tuple(Mode),
    ADOPT: ("always",),
    SELF_HEAL: ("true", "false"),
    ON_CONFLICT: (TAKE, YIELD, FAIL),
}
