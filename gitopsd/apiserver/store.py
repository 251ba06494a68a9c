"""What keeps objects: the one thing that the face of an API server asks for.

A store may be slow and may refuse (any `errors.ApiError` reaches the client). Versions are opaque:
compared for equality, never counted. Bodies are never changed in place, by nobody.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from gitopsd.kube.body import Body

_ENCODER = msgspec.json.Encoder()

# Expected version of an object that must not be there yet.
ABSENT = ""


def encode(value: Any) -> bytes:
    """JSON without white space, keys in the order they stand in."""
    return _ENCODER.encode(value)


class Key(NamedTuple):
    """Where an object stands; the namespace of cluster-scoped ones is empty."""

    group: str
    resource: str
    namespace: str
    name: str


@dataclass(slots=True, eq=False)
class Stored:
    """One version of an object; the body carries it as `metadata.resourceVersion`."""

    key: Key
    body: Body
    version: str
    _data: bytes | None = None
    _metadata: bytes | None = None
    labels: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.labels = self.body["metadata"].get("labels") or {}

    @property
    def data(self) -> bytes:
        """The body as JSON, made once."""
        if self._data is None:
            self._data = encode(self.body)
        return self._data

    @property
    def metadata_data(self) -> bytes:
        """The object as PartialObjectMetadata in JSON, made once."""
        if self._metadata is None:
            self._metadata = encode(partial(self.body))
        return self._metadata


def partial(body: Body) -> dict[str, Any]:
    """The object as PartialObjectMetadata."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": body["metadata"],
    }


class Change(NamedTuple):
    """`before` and `after` of one write; None before a creation and after a deletion.

    A deletion's last state, with its own version, is `last`.
    """

    kind: Literal["ADDED", "MODIFIED", "DELETED"]
    before: Stored | None
    last: Stored


class Listing(NamedTuple):
    """Objects sorted by namespace and name, as of one version."""

    items: Sequence[Stored]
    version: str


class VersionConflict(Exception):
    """The object is not at the expected version: it changed, is gone, or is there already."""


class VersionGone(Exception):
    """Changes since that version are no longer known; `oldest` is the first that is."""

    def __init__(self, oldest: str) -> None:
        super().__init__(oldest)
        self.oldest = oldest


class Store(Protocol):
    """What the face of an API server needs."""

    async def get(self, key: Key) -> Stored | None:
        """The object as it is now; None for none."""
        ...

    async def list(self, group: str, resource: str, namespace: str = "") -> Listing:
        """All objects of a resource, in one namespace or, when empty, in all."""
        ...

    def watch(
        self, group: str, resource: str, namespace: str, since: str
    ) -> AsyncIterator[Sequence[Change]]:
        """Changes after a version, in order, several at a time; raises VersionGone.

        Never ends by itself. Changes from the call on are seen, not only from the first step.
        """
        ...

    async def swap(self, key: Key, expected: str, body: Body | None) -> Stored:
        """Puts a body in place of the expected version; None removes the object.

        `ABSENT` expects none. Gives what stands there now, or the last state of what was removed;
        raises VersionConflict where something else stands there.
        """
        ...

    async def version(self) -> str:
        """The version of the newest change of anything."""
        ...
