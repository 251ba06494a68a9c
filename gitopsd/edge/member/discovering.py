"""What a member serves: aggregated discovery, or the older documents where it has no other.

Both forms become the same rows, one for each version of a group. Documents that did not change are
not sent again, and what they say keeps its identity.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gitopsd.edge.member import reading
from gitopsd.edge.member.reading import Unreadable
from gitopsd.edge.member.transport import Call, Transport
from gitopsd.kube.body import dig
from gitopsd.model.api import Discovery, Served
from gitopsd.model.cluster import ApiEnablement, ApiResource
from gitopsd.model.errors import ClusterError, Throttled

_ACCEPT = ",".join(
    f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
    for version in ("v2", "v2beta1")
)
_AGGREGATED = "APIGroupDiscoveryList"
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of one version; kinds of other groups are those of subresources only."""

    plural: str
    kind: str
    is_namespaced: bool
    verbs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Row:
    """One version of a group, the preferred one first; None where it could not be read."""

    group: str
    version: str
    resources: tuple[Resource, ...] | None
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class _Root:
    mark: str
    rows: tuple[Row, ...]


class Discoverer:
    """Asks one member, and remembers what it said last."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._roots: dict[str, _Root] = {}
        self._last: Discovery | None = None

    async def discover(self, *, anew: bool = False) -> Discovery:
        """What is served now; the very same value as long as nothing changed.

        `anew`: whatever the member says of what it said before, it is to say all once more.
        """
        if anew:
            self._roots.clear()
        before = tuple(self._roots.get(path) for path in ("/api", "/apis"))
        roots = await asyncio.gather(self._root("/api"), self._root("/apis"))
        if self._last is not None and all(a is b for a, b in zip(roots, before, strict=True)):
            return self._last
        found = discovery([row for root in roots for row in root.rows])
        if found != self._last:
            self._last = found
        return self._last

    async def _root(self, path: str) -> _Root:
        known = self._roots.get(path)
        extra = (("If-None-Match", known.mark),) if known and known.mark else ()
        call = Call("get", "GET", path, accept=_ACCEPT, extra=extra)
        answer = await self._transport.send(call)
        if answer.code == 304 and known:
            return known
        try:
            document = reading.mapping(answer.data, answer.headers)
            if document.get("kind") == _AGGREGATED:
                root = _Root(answer.headers.get("ETag", ""), aggregated(document))
            else:
                root = _Root("", await self._each(versions(document, path)))
        except Unreadable as error:
            raise ClusterError(self._transport.name, f"{error} ({path})") from None
        self._roots[path] = root
        return root

    async def _each(self, listed: Iterable[tuple[str, str]]) -> tuple[Row, ...]:
        """Rows of versions that are asked for one by one."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def ask(group: str, version: str) -> Row:
            async with gate:
                return await self._row(group, version)

        return tuple(await asyncio.gather(*(ask(*each) for each in listed)))

    async def _row(self, group: str, version: str) -> Row:
        """What one version has; a member that does not answer at all fails the discovery."""
        path = f"/apis/{group}/{version}" if group else f"/api/{version}"
        try:
            answer = await self._transport.send(Call("get", "GET", path))
            return Row(group, version, resources(reading.mapping(answer.data, answer.headers)))
        except Throttled:
            raise
        except ClusterError as error:
            if not error.status or error.status == 401:
                raise
        except Unreadable:
            pass
        return Row(group, version, None)


def aggregated(document: Mapping[str, Any]) -> tuple[Row, ...]:
    """Rows of an APIGroupDiscoveryList; raises Unreadable where it is none.

    A resource without a kind is there for its subresources only, and left out.
    """
    return tuple(
        Row(
            _text(group.get("metadata", {}), "name"),
            _text(version, "version"),
            tuple(
                _aggregated(each)
                for each in _each_of(version, "resources")
                if dig(each, "responseKind", "kind")
            ),
            version.get("freshness") == "Stale",
        )
        for group in _each_of(document, "items")
        for version in _each_of(group, "versions")
    )


def versions(document: Mapping[str, Any], path: str) -> tuple[tuple[str, str], ...]:
    """Groups and versions of an APIVersions or APIGroupList, the preferred version first."""
    if path == "/api":
        return tuple(("", each) for each in _texts(document.get("versions")))
    found: list[tuple[str, str]] = []
    for group in _each_of(document, "groups"):
        preferred = dig(group, "preferredVersion", "version")
        listed = [_text(each, "version") for each in _each_of(group, "versions")]
        listed.sort(key=lambda version: version != preferred)
        found += [(_text(group, "name"), version) for version in listed]
    return tuple(found)


def resources(document: Mapping[str, Any]) -> tuple[Resource, ...]:
    """Resources of an APIResourceList, without subresources; raises Unreadable where it is none."""
    return tuple(
        Resource(
            _text(each, "name"),
            _text(each, "kind"),
            each.get("namespaced") is True,
            _verbs(each),
        )
        for each in _each_of(document, "resources")
        if "/" not in _text(each, "name")
    )


def discovery(rows: Iterable[Row]) -> Discovery:
    """Rows as what is asked of them: kinds, groups that are not whole, and enabled APIs."""
    listed = tuple(rows)
    found: dict[tuple[str, str], list[tuple[str, Resource]]] = {}
    for row in listed:
        best: dict[str, Resource] = {}
        for each in sorted(row.resources or (), key=lambda each: (-len(each.verbs), each.plural)):
            best.setdefault(each.kind, each)
        for kind, each in best.items():
            found.setdefault((row.group, kind), []).append((row.version, each))
    kinds = {key: _served(key, found[key]) for key in sorted(found)}
    partial = frozenset(row.group for row in listed if row.resources is None or row.is_stale)
    enabled = sorted(map(_enabled, listed), key=lambda each: each.group_version)
    return Discovery(kinds, partial, tuple(each for each in enabled if each.resources))


def _served(key: tuple[str, str], found: list[tuple[str, Resource]]) -> Served:
    version, of = found[0]
    return Served(
        group=key[0],
        version=version,
        kind=key[1],
        plural=of.plural,
        is_namespaced=of.is_namespaced,
        verbs=of.verbs,
        versions=tuple(version for version, _ in found),
    )


def _enabled(row: Row) -> ApiEnablement:
    named = sorted((each.plural, each.kind) for each in row.resources or ())
    return ApiEnablement(
        f"{row.group}/{row.version}" if row.group else row.version,
        tuple(ApiResource(name, kind) for name, kind in named),
    )


def _aggregated(entry: Mapping[str, Any]) -> Resource:
    kind = entry.get("responseKind")
    return Resource(
        _text(entry, "resource"),
        _text(kind, "kind"),
        entry.get("scope") == "Namespaced",
        _verbs(entry),
    )


def _verbs(entry: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(_texts(entry.get("verbs")))


def _texts(listed: Any) -> list[str]:
    """The texts of a list; none where it is none."""
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []


def _each_of(value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The mappings of a list; none where it is missing."""
    listed = value.get(name) or []
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise Unreadable(f"answers with discovery whose {name} are no list of objects")
    return listed


def _text(value: Any, name: str) -> str:
    found = dig(value, name, default="")
    if not isinstance(found, str):
        raise Unreadable(f"answers with discovery whose {name} is no text")
    return found
