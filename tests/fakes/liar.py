"""A liar before a member: passes requests on, and answers as a test says."""

import asyncio
import json
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

import aiohttp
from aiohttp import web

Wanted = Callable[[web.BaseRequest], bool]
Change = Callable[[Any], Any]
Instead = Callable[[web.BaseRequest], Any]

_HELD = {"connection", "content-encoding", "content-length", "transfer-encoding"}


class Liar:
    """Two sorts of lies, told while they are set.

    `change` is made of the JSON of each answer that is `about`, event by event in a watch;
    `instead` of an answer is whatever it returns, or None for the truth; that comes `late_s`.
    """

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        self._truth = url
        self._tls = tls
        self.url = ""
        self.asked: list[str] = []
        self.be_honest()

    def be_honest(self) -> None:
        """Tells the truth again."""
        self.about: Wanted = lambda request: True
        self.change: Change | None = None
        self.instead: Instead | None = None
        self.late_s = 0.0

    def lie(self, change: Change, about: Wanted = lambda request: True) -> None:
        """Changes answers from now on."""
        self.change, self.about = change, about

    def lead(self, url: str) -> None:
        """Passes requests on to another server from now on, which is no lie of this one's."""
        self._truth = url
        self.cut()

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(auto_decompress=True)
        self._runner = web.ServerRunner(
            web.Server(self._handle, access_log=None), shutdown_timeout=0.05
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await self._runner.cleanup()

    def cut(self) -> None:
        """Cuts every connection, watches among them."""
        for connection in list(self._runner.server.connections):
            if connection.transport is not None:
                connection.transport.abort()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path_qs}")
        if self.instead is not None and (told := self.instead(request)) is not None:
            return await told if hasattr(told, "__await__") else told
        await asyncio.sleep(self.late_s)
        headers = {key: value for key, value in request.headers.items() if key != "Host"}
        async with self._session.request(
            request.method,
            f"{self._truth}{request.path_qs}",
            data=await request.read() or None,
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=None),
            ssl=self._tls or True,
        ) as answer:
            if "watch=true" in request.query_string and answer.status == 200:
                return await self._stream(request, answer)
            data = await answer.read()
        kept = [(key, each) for key, each in answer.headers.items() if key.lower() not in _HELD]
        is_json = bool(data) and "json" in answer.content_type
        if self.change is not None and self.about(request) and is_json:
            data = _said(self.change(json.loads(data)))
        return web.Response(status=answer.status, body=data, headers=kept)

    async def _stream(
        self, request: web.BaseRequest, answer: aiohttp.ClientResponse
    ) -> web.StreamResponse:
        told = web.StreamResponse(headers={"Content-Type": "application/json"})
        await told.prepare(request)
        async for line in answer.content:
            if self.change is not None and self.about(request) and line.strip():
                line = _said(self.change(json.loads(line))) + b"\n"
            with suppress(ConnectionResetError):
                await told.write(line)
        return told


def _said(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()
