"""Our own HTTP server: a table of views, for people, probes, Prometheus and webhooks.

Comes in: an address and patterns of paths with a view for each. Goes out: answers, all with headers
that let a browser load nothing from elsewhere. Everything is bounded: methods, sizes, connections,
and the time that a request, its view and its answer may take.
"""

import asyncio
import errno
import inspect
import logging
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web

from gitopsd.model.errors import UsageError
from gitopsd.model.web import Answer, Question, Routes, Taking, View, text

CONNECTIONS = 128
BODIES_BYTES = 64 << 20  # of all bodies that are being read
BODY_S = 10.0
REQUEST_S = 15.0  # until a request is there, and between two of one connection
ANSWER_S = 20.0
SHUTDOWN_S = 2.0

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Server": "gitopsd",
}

_READING, _TAKING = ("GET", "HEAD"), ("POST",)
_WHY = {
    errno.EADDRINUSE: "the port is taken",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.EACCES: "the port is for the administrator alone",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Listening:
    """An address that is listened at; `port` is the real one where 0 was asked for."""

    host: str
    port: int

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


@asynccontextmanager
async def listening(listen: str, routes: Routes) -> AsyncIterator[str]:
    """Answers at `HOST:PORT` while the context is open; the URL, with the real port for port 0.

    What is asked when it closes is answered first. Raises UsageError where nothing can listen.
    """
    host, port = _address(listen)
    runner = web.ServerRunner(_Server(_Router(routes)), shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        found = await _bound(runner, listen, host, port)
        _log.info("listen=%s", found.url)
        yield found.url
    finally:
        await runner.cleanup()


async def _bound(runner: web.ServerRunner, listen: str, host: str, port: int) -> _Listening:
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        raise UsageError("--listen", f"{listen}: {_why(error)}; `off` for no page") from None
    return _Listening(host, runner.addresses[0][1])


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        wrong = f"{listen!r} is no address; right would be 127.0.0.1:8080, or off"
        raise UsageError("--listen", wrong)
    return host.removeprefix("[").removesuffix("]"), int(port)


def _why(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return "no such host"
    return _WHY.get(error.errno or 0, error.strerror or "cannot be listened at")


class _Router:
    """Finds the view of a path and sends what it answers."""

    def __init__(self, routes: Routes) -> None:
        self._routes = [(tuple(pattern.split("/")), view) for pattern, view in routes.items()]
        self._bodies = _Bodies()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer, sent. A reader that takes too long for it is cut off."""
        try:
            async with asyncio.timeout(ANSWER_S):
                answer = await self._answer(request)
        except TimeoutError:
            answer = text("busy; try again", 503)
        response = _response(answer)
        try:
            async with asyncio.timeout(ANSWER_S):
                await response.prepare(request)
                await response.write_eof()
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
        return response

    async def _answer(self, request: web.BaseRequest) -> Answer:
        view, parts = self._view(request.rel_url.raw_path)
        if view is None:
            return text("nothing is here", 404)
        methods = _TAKING if isinstance(view, Taking) else _READING
        if request.method not in methods:
            return Answer(f"only {' and '.join(methods)}\n".encode(), code=405, allow=methods)
        body = b""
        if isinstance(view, Taking):
            refused = view.refused(_question(request, parts, b""))
            taken = refused or await self._bodies.read(request, view.most_bytes)
            if isinstance(taken, Answer):
                return taken
            view, body = view.view, taken
        try:
            answer = view(_question(request, parts, body))
            return await answer if inspect.isawaitable(answer) else answer
        except Exception:
            _log.exception("path=%r answered=false", request.path)
            return text("internal error", 500)

    def _view(self, path: str) -> tuple[View | Taking | None, Mapping[str, str]]:
        segments = path.split("/")
        for pattern, view in self._routes:
            parts = _match(pattern, segments)
            if parts is not None:
                return view, parts
        return None, {}


class _Bodies:
    """Bodies that are being read, which hold memory before anybody knows whose they are."""

    def __init__(self) -> None:
        self._held_bytes = 0

    async def read(self, request: web.BaseRequest, most_bytes: int) -> bytes | Answer:
        """The whole body as it was sent, or what is answered to one that is too large or slow."""
        if (request.content_length or 0) > most_bytes:
            return Answer(b"", code=413)
        found = bytearray()
        try:
            async with asyncio.timeout(BODY_S):
                async for chunk in request.content.iter_any():
                    found += chunk
                    self._held_bytes += len(chunk)
                    if len(found) > most_bytes:
                        return Answer(b"", code=413)
                    if self._held_bytes > BODIES_BYTES:
                        return text("busy; try again", 503)
        except TimeoutError:
            return Answer(b"", code=408)
        finally:
            self._held_bytes -= len(found)
        return bytes(found)


def _question(request: web.BaseRequest, parts: Mapping[str, str], body: bytes) -> Question:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Question(parts, dict(request.rel_url.query), headers, body, request.remote or "")


def _match(pattern: tuple[str, ...], segments: list[str]) -> Mapping[str, str] | None:
    """What stands for the names of a pattern; None where the path is another one."""
    if len(pattern) != len(segments):
        return None
    parts = {}
    for asked, given in zip(pattern, segments, strict=True):
        if asked.startswith("{"):
            parts[asked[1:-1]] = unquote(given)
        elif asked != given:
            return None
    return parts


def _response(answer: Answer) -> web.Response:
    headers = {**HEADERS, "Content-Type": answer.content_type}
    if answer.allow:
        headers["Allow"] = ", ".join(answer.allow)
    return web.Response(body=answer.body, status=answer.code, headers=headers)


class _Connection(web.RequestHandler):
    """One connection; what is no HTTP is answered shortly and told to nobody."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        response = _response(text("this is no request that is answered here", status))
        response.force_close()
        return response


def _is_idle(connection: web.RequestHandler) -> bool:
    """Whether no request of a connection is being answered."""
    transport = connection.transport
    is_open = transport is not None and not transport.is_closing()
    return is_open and not connection._request_in_progress


class _Server(web.Server):
    """Connections up to a number. One more cuts the oldest that asks nothing, so that whoever only
    holds connections keeps out nobody; where all are busy it is cut itself.
    """

    def __init__(self, router: _Router) -> None:
        super().__init__(router)

    def __call__(self) -> web.RequestHandler:
        return _Connection(
            self,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=REQUEST_S,
            auto_decompress=False,  # bodies are signed as they are sent
            lingering_time=1.0,
            access_log=None,  # type: ignore[arg-type]
            logger=_log,
        )

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if len(self.connections) > CONNECTIONS:
            others = (each for each in self.connections if each is not handler)
            idle = next((each for each in others if _is_idle(each)), handler)
            if idle.transport is not None:
                idle.transport.abort()
