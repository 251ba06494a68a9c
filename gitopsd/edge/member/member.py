"""The door: what can be asked of a member, each answer as a value and each refusal as our error.

Nothing here waits, tries again or decides; a caller that is told `retry` does. Paths are those of
`Served.path`, bodies are bytes of `kube.wire.encode`.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import TypeVar
from urllib.parse import quote

from gitopsd.edge.credentials import Credentials
from gitopsd.edge.member import reading, watching
from gitopsd.edge.member.discovering import Discoverer
from gitopsd.edge.member.listing import Pages
from gitopsd.edge.member.reading import Unreadable
from gitopsd.edge.member.transport import OF_PROBES, OF_WRITES, Answer, Call, Transport
from gitopsd.kube.body import Body, dig
from gitopsd.kube.wire import encode
from gitopsd.model.api import Applied, Discovery, Event, Form, Listing
from gitopsd.model.errors import ClusterError, Elsewhere, ObjectError

T = TypeVar("T")

_JSON = "application/json"
_APPLY = "application/apply-patch+yaml"
_ACCEPT = {
    Form.FULL: _JSON,
    Form.METADATA: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
}
_VERSION = re.compile(r"[\w.+~-]{1,64}")
_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')
_WARNINGS = 20
_WORDS = 500


class Member:
    """The API of one member, as one field manager. `requests` counts answers by verb and code."""

    def __init__(self, name: str, credentials: Credentials, field_manager: str) -> None:
        self.name = name
        self._transport = Transport(name, credentials)
        self._discoverer = Discoverer(self._transport)
        manager = f"?fieldManager={quote(field_manager, safe='')}"
        self._manager = manager
        self._uid = ""
        self._recognising: asyncio.Task[None] | None = None
        self._apply = {
            (force, dry_run): f"{manager}&force={str(force).lower()}&fieldValidation=Strict"
            + ("&dryRun=All" if dry_run else "")
            for force in (False, True)
            for dry_run in (False, True)
        }

    @property
    def requests(self) -> Counter[tuple[str, int]]:
        """Answers so far by verb and code; code 0 counts requests that got none."""
        return self._transport.requests

    async def close(self) -> None:
        """Ends all connections; watches end."""
        if self._recognising is not None:
            self._recognising.cancel()
        await self._transport.close()

    # The member

    async def probe(self) -> None:
        """Returns while the member says that it is ready; raises ClusterError otherwise."""
        try:
            await self._transport.send(
                Call("probe", "GET", "/readyz", accept="*/*", limits=OF_PROBES)
            )
        except ObjectError as error:
            words = f"answers {error.status} to /readyz"
            raise ClusterError(self.name, words, status=error.status) from None

    async def version(self) -> str:
        """The version of Kubernetes, as `v1.36.0`."""
        answer = await self._transport.send(Call("get", "GET", "/version"))
        found = self._mapping(answer, "/version").get("gitVersion")
        if not isinstance(found, str) or not _VERSION.fullmatch(found):
            raise ClusterError(self.name, "does not say its version")
        return found

    async def discover(self, *, anew: bool = False) -> Discovery:
        """What is served now; the very same value as long as nothing changed.

        `anew`: whatever the member says of what it said before, it is to say all once more.
        """
        return await self._discoverer.discover(anew=anew)

    async def uid(self) -> str:
        """What tells this cluster from every other: the uid of its namespace kube-system."""
        namespace = await self.get("/api/v1/namespaces/kube-system", Form.METADATA)
        found = dig(namespace, "metadata", "uid")
        if not isinstance(found, str) or not found:
            raise ClusterError(self.name, "does not say the uid of its namespace kube-system")
        return found

    async def recognise(self) -> None:
        """Returns while it is the cluster that was asked first; raises Elsewhere for another one.

        A name or a balancer may lead elsewhere at any time. Where it may not be asked nobody knows.
        Those who want to know at the same time ask once.
        """
        if self._recognising is None or self._recognising.done():
            self._recognising = asyncio.create_task(self._recognised())
            self._recognising.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.shield(self._recognising)

    async def _recognised(self) -> None:
        try:
            found = await self.uid()
        except ObjectError:
            return
        if self._uid and found != self._uid:
            words = f"is another cluster now: its kube-system has uid {found}, it was {self._uid}"
            raise Elsewhere(self.name, words)
        self._uid = found

    # Reading

    async def get(self, path: str, form: Form = Form.FULL) -> Body:
        """The object at the path; raises NotThere where there is none."""
        answer = await self._transport.send(Call("get", "GET", path, accept=_ACCEPT[form]))
        return self._body(answer, path)

    async def list(self, path: str, *, selector: str = "", form: Form = Form.METADATA) -> Listing:
        """All objects of the list, read in pages, and the version from which to watch."""
        items, version = await self.each(path, _whole, selector=selector, form=form)
        return Listing(items, version)

    async def each(
        self,
        path: str,
        keep: Callable[[Body], T | None],
        *,
        selector: str = "",
        form: Form = Form.METADATA,
    ) -> tuple[tuple[T, ...], str]:
        """What `keep` makes of all objects of the list, without None, and the list's version.

        No more than a page is held at a time. `keep` may see an object more than once; what it made
        of it last is what counts.
        """
        return await Pages(self._transport, path, selector, form).each(keep)

    def watch(
        self, path: str, *, selector: str = "", version: str = "", form: Form = Form.METADATA
    ) -> AsyncGenerator[Event, None]:
        """Events after a version, bookmarks among them; close it to end it early.

        Ends when the server ends it or is silent, and when the connection breaks, at once even:
        go on from the last version, at a pace. Raises Gone where that one is too old.
        """
        query = watching.query(selector, version)
        return watching.watching(self._transport, path, query, form)

    def stream(
        self, path: str, *, selector: str = "", form: Form = Form.METADATA
    ) -> AsyncGenerator[Event, None]:
        """A watch that begins with everything there is, as ADDED events; a bookmark that
        `ends_initial` follows them, and then what happens from there on.

        Raises Rejected where the member has no such watches.
        """
        query = watching.query_from_all(selector)
        return watching.watching(self._transport, path, query, form)

    # Writing

    async def apply(
        self, path: str, data: bytes, *, force: bool = False, dry_run: bool = False
    ) -> Applied:
        """Server-side apply of the whole desired object, unknown fields refused.

        Raises FieldConflict where others own fields, unless forced.
        """
        query = self._apply[force, dry_run]
        answer = await self._transport.send(
            Call("apply", "PATCH", path, query, _JSON, _APPLY, data, OF_WRITES, is_repeatable=True)
        )
        body = self._body(answer, path)
        return Applied(body, answer.code == 201, _warnings(answer))

    async def create(self, path: str, data: bytes) -> Body:
        """A new object in the list at the path; raises AlreadyThere where there is one."""
        call = Call("create", "POST", path, self._manager, _JSON, _JSON, data, OF_WRITES)
        return self._body(await self._transport.send(call), path)

    async def replace(self, path: str, data: bytes) -> Body:
        """The object in place of the one of its version; raises Conflict where that changed."""
        call = Call("update", "PUT", path, self._manager, _JSON, _JSON, data, OF_WRITES)
        return self._body(await self._transport.send(call), path)

    async def patch(self, path: str, data: bytes, content_type: str) -> Body:
        """The object after a JSON patch or merge patch, as the content type says."""
        call = Call("patch", "PATCH", path, self._manager, _JSON, content_type, data, OF_WRITES)
        return self._body(await self._transport.send(call), path)

    async def delete(
        self, path: str, *, uid: str = "", version: str = "", propagation: str = "Foreground"
    ) -> None:
        """Asks for the end of the object, which may come later.

        Raises Conflict where it has another uid or version, NotThere where it is gone, Elsewhere
        where it would be another cluster's: what it is believed to be, that one may want.
        """
        await self.recognise()
        named = {"uid": uid, "resourceVersion": version}
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "propagationPolicy": propagation,
            "preconditions": {field: value for field, value in named.items() if value},
        }
        call = Call("delete", "DELETE", path, "", _JSON, _JSON, encode(options), OF_WRITES)
        await self._transport.send(call)

    def _body(self, answer: Answer, path: str) -> Body:
        try:
            return reading.body(answer.data, answer.headers)
        except Unreadable as error:
            raise ClusterError(self.name, f"{error} ({path})") from None

    def _mapping(self, answer: Answer, path: str) -> Mapping[str, object]:
        try:
            return reading.mapping(answer.data, answer.headers)
        except Unreadable as error:
            raise ClusterError(self.name, f"{error} ({path})") from None


def _whole(body: Body) -> Body:
    return body


def _warnings(answer: Answer) -> tuple[str, ...]:
    """What the server warns of, each once, in its order."""
    if "Warning" not in answer.headers:
        return ()
    told = answer.headers.getall("Warning")
    found = [match[1] for line in told for match in _WARNING.finditer(line)]
    plain = [re.sub(r"\\(.)", r"\1", each)[:_WORDS] for each in found]
    return tuple(dict.fromkeys(plain))[:_WARNINGS]
