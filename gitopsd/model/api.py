"""What a member's Kubernetes API says: which kinds it serves, and its answers as values.

The edge makes these, the core reads them. Bodies are as they came: nothing below `metadata` is
checked, so whoever reads deeper expects any type there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from gitopsd.kube.body import Body
from gitopsd.model.cluster import ApiEnablement


@dataclass(frozen=True, slots=True)
class Served:
    """A kind that a member serves.

    `versions` are all that have this kind, the preferred one first, which is also `version`;
    plural, scope and verbs are those of that one.
    """

    group: str
    version: str
    kind: str
    plural: str
    is_namespaced: bool
    verbs: frozenset[str]
    versions: tuple[str, ...]

    def path(self, namespace: str = "", name: str = "", version: str = "") -> str:
        """The path of an object, or of the list where there is no name, quoted for a URL.

        Without a namespace it is the list of all namespaces; a kind without namespaces ignores it.
        No name, however it is written, leads to another object or to a subresource.
        """
        top = f"/apis/{self.group}" if self.group else "/api"
        inside = f"/namespaces/{_segment(namespace)}" if self.is_namespaced and namespace else ""
        below = f"/{_segment(name)}" if name else ""
        return f"{top}/{version or self.version}{inside}/{self.plural}{below}"


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a member serves, by (group, kind), without subresources.

    `partial` are the groups that could not be read or are stale: kinds may be lacking there. `api`
    says the same for `Facts`, by group and version, sorted.
    """

    kinds: Mapping[tuple[str, str], Served]
    partial: frozenset[str]
    api: tuple[ApiEnablement, ...]


class Form(StrEnum):
    """How much of each object is asked for; METADATA answers are PartialObjectMetadata."""

    FULL = "Full"
    METADATA = "Metadata"


@dataclass(frozen=True, slots=True)
class Listing:
    """All objects of a list, and the `resourceVersion` from which a watch goes on."""

    items: tuple[Body, ...]
    version: str


class EventKind(StrEnum):
    """What happened to an object; a BOOKMARK only says how far the watch has come."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    BOOKMARK = "BOOKMARK"


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a watch; `body` of a DELETED one is the last state."""

    kind: EventKind
    body: Body


@dataclass(frozen=True, slots=True)
class Applied:
    """What a server-side apply made of an object, and what the server warned of."""

    body: Body
    is_created: bool
    warnings: tuple[str, ...] = ()


def _segment(name: str) -> str:
    """One step of a path.

    Servers split paths after unquoting and may resolve dots: such names, which no object can have,
    are quoted twice, and so refused.
    """
    if "/" in name or not name.strip("."):
        return quote(quote(name, safe="").replace(".", "%2E"), safe="")
    return quote(name, safe="")
