"""Watches: changes of a resource as they happen, one JSON line each, until time is up.

Comes in: a call and a response that is open. Goes out: ADDED, MODIFIED, DELETED, BOOKMARK and
ERROR events. A filtered watch turns changes into what they mean to the one who filters: an object
that starts to match is added, one that no longer does is deleted.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any

from gitopsd.apiserver import errors, reading, table
from gitopsd.apiserver.call import Call, options_invalid
from gitopsd.apiserver.errors import ApiError
from gitopsd.apiserver.negotiation import Form
from gitopsd.apiserver.reading import Filter
from gitopsd.apiserver.store import Change, Store, Stored, VersionGone, encode

_END_OF_INITIAL = {"k8s.io/initial-events-end": "true"}
_LONGEST_S = (1800, 3600)

Write = Callable[[bytes], Awaitable[None]]


def check(call: Call) -> None:
    """Raises ApiError for options that contradict each other."""
    match = call.query.get("resourceVersionMatch", "")
    initial = call.query.get("sendInitialEvents")
    if initial is None:
        if match:
            raise _invalid(
                "resourceVersionMatch",
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
            )
        return
    if match != "NotOlderThan":
        raise _invalid(
            "resourceVersionMatch",
            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        )
    if call.query.get("continue"):
        raise _invalid("continue", "limit or continue may not be set with sendInitialEvents")


async def stream(
    call: Call, store: Store, form: Form, write: Write, bookmark_every_s: float = 60
) -> None:
    """Writes events until `timeoutSeconds` are over."""
    events = _Events(call, form)
    timeout = float(call.query.get("timeoutSeconds") or 0) or random.uniform(*_LONGEST_S)
    deadline = asyncio.get_running_loop().time() + timeout
    since = call.query.get("resourceVersion", "")
    of = call.of
    namespace = call.namespace
    initial = call.query.get("sendInitialEvents")
    starts_with_all = call.says("sendInitialEvents") if initial else since in ("", "0")
    if starts_with_all:
        listing = await store.list(of.group, of.plural, namespace)
        since = listing.version
        data = events.initial(listing.items)
        if initial and call.says("allowWatchBookmarks"):
            data.append(events.bookmark(since, _END_OF_INITIAL))
        if data:
            await write(b"".join(data))
    elif since in ("", "0"):
        since = await store.version()
    changes = store.watch(of.group, of.plural, namespace, since)
    try:
        await _follow(events, changes, store, write, deadline, bookmark_every_s)
    except VersionGone as gone:
        said = f"too old resource version: {since} ({gone.oldest})"
        await write(events.line("ERROR", encode(errors.expired(said).body())))
    finally:
        with contextlib.suppress(Exception):
            await changes.aclose()  # type: ignore[attr-defined]


async def _follow(
    events: "_Events",
    changes: AsyncIterator[Sequence[Change]],
    store: Store,
    write: Write,
    deadline: float,
    bookmark_every_s: float,
) -> None:
    clock = asyncio.get_running_loop().time
    next_step = asyncio.ensure_future(anext(changes))
    bookmark_at = clock() + bookmark_every_s
    try:
        while (left := deadline - clock()) > 0:
            wait = min(left, max(bookmark_at - clock(), 0.01))
            done, _ = await asyncio.wait({next_step}, timeout=wait)
            if done:
                batch = next_step.result()
                next_step = asyncio.ensure_future(anext(changes))
                if data := events.lines(batch):
                    await write(b"".join(data))
            elif clock() >= bookmark_at:
                bookmark_at = clock() + bookmark_every_s
                await _bookmark(events, store, write)
        if not next_step.done():
            await _bookmark(events, store, write)
    finally:
        next_step.cancel()
        with contextlib.suppress(asyncio.CancelledError, VersionGone, StopAsyncIteration):
            await next_step


async def _bookmark(events: "_Events", store: Store, write: Write) -> None:
    if events.takes_bookmarks:
        await write(events.bookmark(await store.version(), {}))


class _Events:
    """Changes as the lines that one client gets."""

    def __init__(self, call: Call, form: Form) -> None:
        self._call = call
        self._form = form
        self._filter: Filter = reading.filter_of(call)
        self._is_first_table = True
        self._name = call.name
        self.takes_bookmarks = call.says("allowWatchBookmarks")

    def initial(self, items: Iterable[Stored]) -> list[bytes]:
        """ADDED for everything that is there."""
        return [self._event("ADDED", each) for each in items if self._wants(each)]

    def lines(self, changes: Iterable[Change]) -> list[bytes]:
        """What changes mean to this client."""
        found = []
        for change in changes:
            kind = self._kind(change)
            if kind == "DELETED" and change.kind == "MODIFIED" and change.before is not None:
                found.append(self._event(kind, _as_of(change.before, change.last.version)))
            elif kind:
                found.append(self._event(kind, change.last))
        return found

    def bookmark(self, version: str, annotations: dict[str, str]) -> bytes:
        """How far this client has come."""
        of = self._call.of
        metadata: dict[str, Any] = {"resourceVersion": version}
        if annotations:
            metadata["annotations"] = annotations
        if self._form is Form.PARTIAL:
            head = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
        else:
            head = {"kind": of.kind, "apiVersion": of.api_version}
        if self._form is Form.TABLE:
            body = table.bookmark(of, {**head, "metadata": metadata}, self._call.query, version)
            return self.line("BOOKMARK", encode(body))
        return self.line("BOOKMARK", encode({**head, "metadata": metadata}))

    def line(self, kind: str, data: bytes) -> bytes:
        """One event."""
        return b'{"type":"' + kind.encode() + b'","object":' + data + b"}\n"

    def _kind(self, change: Change) -> str:
        if self._filter.is_open and not self._name:
            return change.kind
        was = change.before is not None and self._wants(change.before)
        if change.kind == "DELETED":
            return "DELETED" if was else ""
        is_now = self._wants(change.last)
        if was and is_now:
            return "MODIFIED"
        return "ADDED" if is_now else "DELETED" if was else ""

    def _wants(self, stored: Stored) -> bool:
        if self._name and stored.key.name != self._name:
            return False
        return self._filter.is_open or self._filter.matches(stored)

    def _event(self, kind: str, stored: Stored) -> bytes:
        if self._form is Form.PARTIAL:
            return self.line(kind, stored.metadata_data)
        if self._form is Form.TABLE:
            body = table.table(self._call.of, [stored], self._call.query, stored.version)
            if not self._is_first_table:
                body = {**body, "columnDefinitions": None}
            self._is_first_table = False
            return self.line(kind, encode(body))
        return self.line(kind, reading.as_version(self._call, stored))


def _as_of(stored: Stored, version: str) -> Stored:
    """What an object was, under a newer version: how it leaves a filtered watch."""
    metadata = {**stored.body["metadata"], "resourceVersion": version}
    return Stored(stored.key, {**stored.body, "metadata": metadata}, version)


def _invalid(field: str, why: str) -> ApiError:
    return options_invalid("ListOptions", field, f"Forbidden: {why}", "FieldValueForbidden")
