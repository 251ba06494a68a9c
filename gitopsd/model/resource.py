"""A template: one Kubernetes object of the repository, and where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from gitopsd.kube.body import Body, dig


class ResourceKey(NamedTuple):
    """Group, kind, namespace and name: the identity of an object; the version is no part of it.

    `namespace` is empty for a cluster-scoped object, `group` for the core group. Sorts by group,
    kind, namespace, name.
    """

    group: str
    kind: str
    namespace: str
    name: str

    @property
    def id(self) -> str:
        """`group/kind/namespace/name`, the form that hashes and memory use."""
        return "/".join(self)

    @property
    def group_kind(self) -> str:
        """`Deployment.apps`, `Service`: the form of ApplySet annotations."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    def __str__(self) -> str:
        """`Deployment.apps shop/web`, `Namespace shop`: the form of messages."""
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.group_kind} {where}"


class Origin(msgspec.Struct, frozen=True, order=True):
    """Where a document stands: path in the repository, document number from 0, first line from 1.

    `blob` is the git id of the file's content, empty for a work tree.
    """

    path: str
    document: int = 0
    line: int = 1
    blob: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """An object of the repository, valid as far as it can be known offline.

    Compared by identity: an unchanged file gives the very same Resource on the next commit.
    """

    key: ResourceKey
    version: str
    body: Body
    origin: Origin

    @property
    def api_version(self) -> str:
        """`apps/v1`, or `v1` for the core group."""
        return f"{self.key.group}/{self.version}" if self.key.group else self.version

    @property
    def labels(self) -> Mapping[str, str]:
        labels: Mapping[str, str] = dig(self.body, "metadata", "labels", default={})
        return labels

    @property
    def annotations(self) -> Mapping[str, str]:
        annotations: Mapping[str, str] = dig(self.body, "metadata", "annotations", default={})
        return annotations


def split_api_version(api_version: str) -> tuple[str, str]:
    """Group and version of an apiVersion; the group of `v1` is empty."""
    group, _, version = api_version.rpartition("/")
    return group, version
