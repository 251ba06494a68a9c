"""A git server over HTTP: `git http-backend` behind a small gateway, with the faults tests need."""

import asyncio
import base64
import os
import ssl
from pathlib import Path

import trustme
from aiohttp import web


class GitHttp:
    """Serves the bare repositories of a folder as `<url>/<name>.git` while it is entered.

    With `token`, requests must carry it (any user). With `ca`, it speaks TLS for `localhost`.
    `seen` are the Authorization headers in order, empty ones too; `moved` sends every request to
    another place; `stalls` answers nothing.
    """

    def __init__(self, root: Path, token: str = "", ca: trustme.CA | None = None) -> None:
        self.root = root
        self.token = token
        self.seen: list[str] = []
        self.moved = ""
        self.stalls = False
        self._ca = ca
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"{'https' if self._ca else 'http'}://localhost:{self._port}"

    async def __aenter__(self) -> "GitHttp":
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "localhost", 0, ssl_context=self._tls())
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def _tls(self) -> ssl.SSLContext | None:
        if self._ca is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert("localhost").configure_cert(context)
        return context

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        said = request.headers.get("Authorization", "")
        self.seen.append(said)
        if self.stalls:
            await asyncio.sleep(3600)
        if self.moved:
            raise web.HTTPFound(self.moved + request.path_qs)
        if self.token and not self._is_allowed(said):
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="git"'})
        return await self._backend(request)

    def _is_allowed(self, said: str) -> bool:
        given = base64.b64decode(said.removeprefix("Basic ")).decode()
        return given.partition(":")[2] == self.token

    async def _backend(self, request: web.Request) -> web.Response:
        environ = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.receivepack",
            "GIT_CONFIG_VALUE_0": "true",
            "REMOTE_USER": "tester",
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.path,
            "QUERY_STRING": request.query_string,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        }
        program = await asyncio.create_subprocess_exec(
            "git",
            "http-backend",
            env=environ,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await program.communicate(await request.read())
        head, _, body = out.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(headers.pop("Status", "200").split()[0])
        return web.Response(status=status, headers=headers, body=body)
