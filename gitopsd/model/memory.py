"""What one turn leaves to the next in the status branch; losing it restarts clocks, no more."""

from collections.abc import Mapping

import msgspec

from gitopsd.model.cluster import Cluster
from gitopsd.model.decision import Share
from gitopsd.model.gating import Approval, Gating
from gitopsd.model.resource import ResourceKey


class Remembered(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of one template: where it stood, what it was given, and by which placement.

    `path` and `document` are its last origin; `shares` the last result; `affinity` the group in
    use; `placement` the hash of the placement applied last; `rules` are the paths of the
    policy and the overrides that shaped it, so that a broken one of these holds it. `since` holds
    named clocks as RFC 3339 times: since when, never for how long. `preserve`: it was to stay on
    members when it is wanted there no more.
    """

    key: ResourceKey
    path: str = ""
    document: int = 0
    shares: tuple[Share, ...] = ()
    affinity: str = ""
    placement: str = ""
    rules: tuple[str, ...] = ()
    since: Mapping[str, str] = {}
    preserve: bool = False


class Landed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A source commit that was acted on: its id, the first line of its message, who and when.

    `signer` and `key` are those of its signature, empty where none was asked for.
    """

    commit: str
    title: str = ""
    author: str = ""
    time: str = ""
    signer: str = ""
    key: str = ""


class Memory(msgspec.Struct, frozen=True):
    """All that is remembered; `applied` has per cluster the hash of what is there, by object id.

    `clusters` are the Clusters of the last decision with their last known facts. `history` has the
    last source commits, newest first; `gating` is what the last gate left,
    `approvals` were given at the git host. Empty for a repository
    without a status branch.
    """

    clusters: Mapping[str, Cluster] = {}
    templates: Mapping[ResourceKey, Remembered] = {}
    applied: Mapping[str, Mapping[ResourceKey, str]] = {}
    history: tuple[Landed, ...] = ()
    gating: Gating = Gating()
    approvals: tuple[Approval, ...] = ()
