"""The HTTP face: a request comes in, the right part answers, the answer goes out.

Comes in: an aiohttp request. Goes out: what a kube-apiserver would answer. `Face.handle` is all
that a server needs; `Face.app` is the same as an application. Stands apart from the store, from
who may ask (`Gate`) and from faults, which whoever runs it may put in front.
"""

import asyncio
import gzip
import uuid
from collections.abc import Awaitable, Mapping
from typing import Any, Protocol
from urllib.parse import unquote

from aiohttp import web

from gitopsd.apiserver import (
    admission,
    crds,
    deletion,
    discovery,
    errors,
    negotiation,
    reading,
    watching,
)
from gitopsd.apiserver.call import Answer, Call
from gitopsd.apiserver.errors import ApiError
from gitopsd.apiserver.metrics import Requests
from gitopsd.apiserver.negotiation import Form
from gitopsd.apiserver.openapi import Documents
from gitopsd.apiserver.resources import Catalogue
from gitopsd.apiserver.store import Key, Store, Stored, VersionConflict, encode
from gitopsd.apiserver.writing import Writer, now, scale_of
from gitopsd.kube.body import Body

VERSION = "v1.36.3"
_HEALTH = ("healthz", "livez", "readyz")
_GZIP_FROM = 128 * 1024
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_COUNTED = {
    "create": "POST",
    "update": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
    "get": "GET",
    "list": "LIST",
    "watch": "WATCH",
    "deletecollection": "DELETECOLLECTION",
}


class Gate(Protocol):
    """Stands before every request; raises ApiError to refuse it."""

    async def check(self, request: web.BaseRequest) -> None:
        """Returns when the request may go on."""
        ...


class OpenGate:
    """Lets everybody in."""

    async def check(self, request: web.BaseRequest) -> None:
        """Returns at once."""


class Face:
    """An API server over a store. `start` before the first request."""

    def __init__(
        self, store: Store, catalogue: Catalogue, gate: Gate | None = None, name: str = "gitopsd"
    ) -> None:
        self.store = store
        self.catalogue = catalogue
        self.requests = Requests()
        self.writer = Writer(store, self._written)
        self.bookmark_every_s: float = 60
        self._gate = gate or OpenGate()
        self._documents = Documents(catalogue)
        self._cache: dict[str, tuple[int, bytes, str]] = {}
        self._headers = {
            "X-Kubernetes-PF-FlowSchema-UID": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"flow.{name}")),
            "X-Kubernetes-PF-PriorityLevel-UID": str(
                uuid.uuid5(uuid.NAMESPACE_DNS, f"level.{name}")
            ),
            "Cache-Control": "no-cache, private",
        }
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Serves the custom kinds that the store holds already."""
        await self._serve_custom()

    async def stop(self) -> None:
        """Ends what runs beside requests."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def app(self) -> web.Application:
        """The face as an application of its own."""
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._handle_route)
        return app

    async def _handle_route(self, request: web.Request) -> web.StreamResponse:
        return await self.handle(request)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer to any request."""
        began = {"verb": request.method, "code": "500", "component": "apiserver"}
        try:
            await self._gate.check(request)
            parts = [part for part in request.path.split("/") if part]
            place = _place(parts)
            if place is None:
                return self._reply(request, await self._unresourceful(request, parts))
            call = await self._call(request, place)
            _count(began, call)
            form = negotiation.form_of(request.headers.get("Accept", ""))
            if call.verb == "watch":
                began["code"] = "200"
                return await self._watch(request, call, form)
            answer = await self._answer(call, form, request)
            began["code"] = str(answer.code)
            return self._reply(request, answer)
        except ApiError as error:
            began["code"] = str(error.code)
            return self._refusal(error)
        except ConnectionResetError:
            raise
        except Exception as error:
            refused = errors.internal(f"{type(error).__name__}: {error}")
            return self._refusal(refused)
        finally:
            self.requests.add(began)

    # Resources

    async def _call(self, request: web.BaseRequest, place: "_Place") -> Call:
        of = self.catalogue.find(place.group, place.version, place.resource)
        if of is None:
            if any(
                (each.group, each.version) == (place.group, place.version)
                for each in self.catalogue
            ):
                raise errors.no_resource()
            if place.group in self.catalogue.groups():
                raise errors.no_resource()
            raise _PageNotFound
        if place.subresource and place.subresource not in of.subresources:
            raise errors.no_resource()
        if of.is_namespaced and place.name and not place.namespace:
            raise errors.no_resource()
        query = dict(request.query)
        verb = _verb(request.method, place, query)
        if verb == "list" and place.name == "" and query.get("watch", "") in ("true", "1"):
            verb = "watch"
        if verb not in of.verbs and not place.subresource:
            raise errors.method_not_allowed()
        call = Call(
            of,
            verb,
            place.namespace,
            place.name,
            place.subresource,
            query,
            request.headers.get("Content-Type", ""),
            request.headers.get("User-Agent", ""),
            await request.read() if request.can_read_body else b"",
        )
        if place.is_watch:
            call.verb = "watch"
        return call

    async def _answer(self, call: Call, form: Form, request: web.BaseRequest) -> Answer:
        match call.verb:
            case "get":
                return await self._get(call, form)
            case "list":
                return await self._list(call, form)
            case "create":
                return await self._create(call, form)
            case "update":
                stored, is_new = await self.writer.update(call)
            case "patch":
                stored, is_new = await self.writer.patch(call)
            case "deletecollection":
                return await self._delete_all(call, form)
            case _:
                return await self._delete(call, form)
        return self._object(call, stored, form, 201 if is_new else 200)

    async def _get(self, call: Call, form: Form) -> Answer:
        stored = await self.store.get(call.key)
        if stored is None:
            raise errors.not_found(call.of, call.name)
        if call.subresource == "log":
            return Answer(200, b"", content_type="text/plain")
        return self._object(call, stored, form, 200)

    async def _list(self, call: Call, form: Form) -> Answer:
        reading.check(call)
        listing = await self.store.list(call.of.group, call.of.plural, call.namespace)
        return Answer(200, reading.page(call, listing.items, listing.version, form))

    async def _create(self, call: Call, form: Form) -> Answer:
        if call.of.is_virtual or call.subresource in ("token", "eviction", "binding"):
            return await self._virtual(call)
        if call.name:
            raise errors.method_not_allowed()
        stored = await self.writer.create(call)
        return self._object(call, stored, form, 201)

    async def _virtual(self, call: Call) -> Answer:
        body = admission.decoded(call)
        kind = str(body.get("kind", ""))
        if kind.endswith("AccessReview"):
            status: Body = {"allowed": True}
        elif kind == "SelfSubjectRulesReview":
            rule = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
            status = {"resourceRules": [rule], "nonResourceRules": [], "incomplete": False}
        elif kind == "SelfSubjectReview":
            status = {"userInfo": {"username": "admin", "groups": ["system:masters"]}}
        elif kind == "Eviction":
            gone = Call(call.of, "delete", call.namespace, call.name, "", {}, "", call.agent, b"")
            await deletion.delete(gone, self.writer)
            return Answer(201, encode(errors.success({})))
        elif kind == "TokenRequest":
            status = {"token": uuid.uuid4().hex, "expirationTimestamp": now()}
        else:
            raise errors.no_resource()
        return Answer(201, encode({"metadata": {}, **body, "status": status}))

    async def _delete(self, call: Call, form: Form) -> Answer:
        stored, is_gone = await deletion.delete(call, self.writer)
        if is_gone and not (call.of.group == "" and call.of.plural == "pods"):
            about = errors.details(call.of, call.name)
            uid = stored.body["metadata"].get("uid", "")
            return Answer(200, encode(errors.success({**about, "uid": uid})))
        return self._object(call, stored, form, 200)

    async def _delete_all(self, call: Call, form: Form) -> Answer:
        listing = await self.store.list(call.of.group, call.of.plural, call.namespace)
        wanted = reading.filter_of(call)
        found = [each for each in listing.items if wanted.matches(each)]
        for each in found:
            one = Call(
                call.of,
                "delete",
                each.key.namespace,
                each.key.name,
                "",
                call.query,
                call.content_type,
                call.agent,
                call.data,
            )
            try:
                await deletion.delete(one, self.writer)
            except ApiError as error:
                if error.code != 404:
                    raise
        return Answer(200, reading.page(call, found, await self.store.version(), form))

    def _object(self, call: Call, stored: Stored, form: Form, code: int) -> Answer:
        if call.subresource == "scale":
            return Answer(code, encode(scale_of(call, stored.body)), warnings=call.warnings)
        return Answer(code, reading.one(call, stored, form), warnings=call.warnings)

    async def _watch(self, request: web.BaseRequest, call: Call, form: Form) -> web.StreamResponse:
        watching.check(call)
        reading.filter_of(call)
        response = web.StreamResponse(headers={**self._headers, "Content-Type": "application/json"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        try:
            await watching.stream(call, self.store, form, response.write, self.bookmark_every_s)
        except (ConnectionResetError, ConnectionError):
            return response
        await response.write_eof()
        return response

    # What is not a resource

    async def _unresourceful(self, request: web.BaseRequest, parts: list[str]) -> Answer:
        if parts and parts[0] in _HEALTH:
            return Answer(200, b"ok", content_type="text/plain; charset=utf-8")
        if parts == ["metrics"]:
            text = self.requests.text().encode()
            return Answer(200, text, content_type="text/plain; version=0.0.4")
        accept = request.headers.get("Accept", "")
        known = request.headers.get("If-None-Match", "")
        key = f"{'/'.join(parts)} {negotiation.wants_aggregated(accept)}"
        found = self._cache.get(key)
        if found is None or found[0] != self.catalogue.revision:
            document = self._document(parts, accept)
            data = encode(document)
            found = (self.catalogue.revision, data, discovery.etag(document))
            self._cache[key] = found
        kind = "application/json"
        if negotiation.wants_aggregated(accept) and parts in (["api"], ["apis"]):
            kind += ";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        headers = {"ETag": found[2], "Vary": "Accept"}
        if known == found[2]:
            return Answer(304, b"", headers, content_type=kind)
        return Answer(200, found[1], headers, content_type=kind)

    def _document(self, parts: list[str], accept: str) -> Any:
        found: Any = None
        match parts:
            case []:
                found = {"paths": ["/api", "/apis", "/healthz", "/openapi/v3", "/version"]}
            case ["version"]:
                found = _VERSION_DOCUMENT
            case ["api" | "apis" as root] if negotiation.wants_aggregated(accept):
                found = discovery.aggregated(self.catalogue, root == "api")
            case ["api"]:
                found = {
                    "kind": "APIVersions",
                    "versions": ["v1"],
                    "serverAddressByClientCIDRs": [],
                }
            case ["apis"]:
                found = discovery.groups(self.catalogue)
            case ["api", version]:
                found = discovery.resources(self.catalogue, "", version)
            case ["apis", group]:
                found = discovery.group(self.catalogue, group)
            case ["apis", group, version]:
                found = discovery.resources(self.catalogue, group, version)
                if found is None and group in self.catalogue.groups():
                    raise errors.no_resource()
            case ["openapi", "v3"]:
                found = self._documents.index()
            case ["openapi", "v3", *place]:
                found = self._documents.third("/".join(place))
            case ["openapi", "v2"]:
                if "protobuf" in accept and "json" not in accept:
                    raise errors.not_acceptable(("application/json",))
                found = self._documents.second()
        if found is None:
            raise _PageNotFound
        return found

    # Replies

    def _reply(self, request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
        headers = {**self._headers, **answer.headers, "Content-Type": answer.content_type}
        data = answer.data
        if len(data) >= _GZIP_FROM and "gzip" in request.headers.get("Accept-Encoding", ""):
            data = gzip.compress(data, 1)
            headers["Content-Encoding"] = "gzip"
        response = web.Response(status=answer.code, body=data, headers=headers)
        for each in answer.warnings:
            quoted = each.replace("\\", "\\\\").replace('"', '\\"')
            response.headers.add("Warning", f'299 - "{quoted}"')
        return response

    def _refusal(self, error: ApiError) -> web.Response:
        headers = dict(self._headers)
        if error.retry_after_s:
            headers["Retry-After"] = str(error.retry_after_s)
        if isinstance(error, _PageNotFoundError):
            headers["Content-Type"] = "text/plain; charset=utf-8"
            return web.Response(status=404, body=b"404 page not found\n", headers=headers)
        headers["Content-Type"] = "application/json"
        return web.Response(status=error.code, body=encode(error.body()), headers=headers)

    # Custom kinds

    async def _written(self, before: Stored | None, after: Stored | None) -> None:
        stored = after or before
        if stored is None:
            return
        key = stored.key
        if (key.group, key.resource) == crds.KEY:
            await self._serve_custom()
            self._soon(self._settle_definition(key))
        elif after is None and self.catalogue.is_custom(key.group, key.resource):
            name = f"{key.resource}.{key.group}"
            self._soon(self._settle_definition(Key(*crds.KEY, "", name)))

    async def _serve_custom(self) -> None:
        listing = await self.store.list(*crds.KEY)
        bodies = [each.body for each in listing.items if crds.is_established(each.body)]
        self.catalogue.set_custom(bodies)

    async def _settle_definition(self, key: Key) -> None:
        """Puts a new definition into force; ends one that is deleted when its objects are gone."""
        stored = await self.store.get(key)
        if stored is None:
            return
        metadata = stored.body["metadata"]
        try:
            if not metadata.get("deletionTimestamp"):
                if not crds.is_established(stored.body) or crds.names_changed(stored.body):
                    await self.store.swap(key, stored.version, crds.accepted(stored.body, now()))
                    await self._serve_custom()
                return
            spec = stored.body["spec"]
            group, plural = spec["group"], spec["names"]["plural"]
            listing = await self.store.list(group, plural)
            for each in listing.items:
                await self._delete_custom(each, stored.body)
            listing = await self.store.list(group, plural)
            if not listing.items and crds.CLEANUP in (metadata.get("finalizers") or ()):
                body = crds.without_cleanup(stored.body)
                last = await self.store.swap(key, stored.version, body)
                if not body["metadata"].get("finalizers"):
                    await self.store.swap(key, last.version, None)
                await self._serve_custom()
        except VersionConflict:
            self._soon(self._settle_definition(key))

    async def _delete_custom(self, stored: Stored, definition: Body) -> None:
        of = self.catalogue.find_any(stored.key.group, stored.key.resource)
        if of is None:
            await self.writer.remove(stored.key)
            return
        if stored.body["metadata"].get("deletionTimestamp"):
            return
        call = Call(of, "delete", stored.key.namespace, stored.key.name, "", {}, "", "", b"")
        await deletion.delete(call, self.writer)

    def _soon(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            await work

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _PageNotFoundError(ApiError):
    """There is nothing at the path at all; the answer is plain text."""

    def __init__(self) -> None:
        super().__init__(404, "NotFound", "404 page not found")


_PageNotFound = _PageNotFoundError()


class _Place:
    """The parts of the URL of a resource."""

    __slots__ = ("group", "is_watch", "name", "namespace", "resource", "subresource", "version")

    def __init__(self, group: str, version: str, rest: list[str]) -> None:
        self.group = group
        self.version = version
        self.is_watch = rest[:1] == ["watch"] and len(rest) > 1
        if self.is_watch:
            rest = rest[1:]
        self.namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
            self.namespace, rest = unquote(rest[1]), rest[2:]
        self.resource = rest[0]
        self.name = unquote(rest[1]) if len(rest) > 1 else ""
        self.subresource = rest[2] if len(rest) > 2 else ""


def _place(parts: list[str]) -> _Place | None:
    if len(parts) > 2 and parts[0] == "api":
        return _Place("", parts[1], parts[2:])
    if len(parts) > 3 and parts[0] == "apis":
        return _Place(parts[1], parts[2], parts[3:])
    return None


def _verb(method: str, place: _Place, query: Mapping[str, str]) -> str:
    if method in ("GET", "HEAD"):
        return "get" if place.name else "list"
    if method == "DELETE" and not place.name:
        return "deletecollection"
    if method not in _VERBS or (method in ("PUT", "PATCH") and not place.name):
        raise errors.method_not_allowed()
    return _VERBS[method]


def _count(said: dict[str, str], call: Call) -> None:
    verb = _COUNTED[call.verb]
    if verb == "PATCH" and call.content_type.startswith("application/apply-patch"):
        verb = "APPLY"
    said["verb"] = verb
    said["group"] = call.of.group
    said["version"] = call.of.version
    said["resource"] = call.of.plural
    said["subresource"] = call.subresource
    said["dry_run"] = call.query.get("dryRun", "")
    said["scope"] = "resource" if call.name else "namespace" if call.namespace else "cluster"


_VERSION_DOCUMENT = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": VERSION,
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "linux/amd64",
}
