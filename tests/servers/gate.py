"""A gate before a member: lets requests through until the one that a test names, and holds that.

The daemon reaches the member through it in plain HTTP; the gate adds the token. What is held gets
no answer until the gate is closed, so a test kills the daemon at exactly that step. A request is
held before the member sees it, or after the member has done it.
"""

import http.client
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from servers.member import DAEMON, Member

Asked = Callable[[str, str], bool]
_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})


class Gate:
    """`hold` names the request; `is_holding` says that it is there."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.is_holding = threading.Event()
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._asked: Asked | None = None
        self._is_after = False
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                return

            def do_GET(self) -> None:
                gate.pass_on(self)

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def hold(self, asked: Asked, *, after: bool) -> None:
        """Holds the first request, by method and path, of which this is true; and none but it."""
        self._asked, self._is_after = asked, after

    def kubeconfig(self, path: Path) -> Path:
        """A kubeconfig that leads through the gate."""
        name = self.member.name
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": self.url}}],
            "users": [{"name": name, "user": {}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        }
        path.write_text(yaml.safe_dump(config))
        return path

    def close(self) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        """One request to the member and its answer back, as it comes."""
        handler.close_connection = True
        length = int(handler.headers.get("Content-Length") or 0)
        data = handler.rfile.read(length) if length else None
        is_held = self._takes(handler.command, handler.path)
        if is_held and not self._is_after:
            self._wait()
            return
        connection = http.client.HTTPSConnection(
            urlsplit(self.member.url).netloc, context=self.member.tls(), timeout=600
        )
        headers = {name: each for name, each in handler.headers.items() if name.lower() != "host"}
        headers["Authorization"] = f"Bearer {self.member.tokens[DAEMON]}"
        try:
            connection.request(handler.command, handler.path, data, headers)
            answer = connection.getresponse()
            if is_held:
                answer.read()
                self._wait()
                return
            self._answer(handler, answer)
        except OSError:
            return
        finally:
            connection.close()

    def _answer(self, handler: BaseHTTPRequestHandler, answer: http.client.HTTPResponse) -> None:
        handler.send_response(answer.status)
        for name, each in answer.getheaders():
            if name.lower() not in _HOP:
                handler.send_header(name, each)
        handler.send_header("Connection", "close")
        handler.end_headers()
        while part := answer.read1(65536):
            handler.wfile.write(part)
            handler.wfile.flush()

    def _takes(self, method: str, path: str) -> bool:
        with self._lock:
            if self._asked is None or self.is_holding.is_set():
                return False
            if not self._asked(method, path):
                return False
            self._asked = None
            if not self._is_after:
                self.is_holding.set()
            return True

    def _wait(self) -> None:
        self.is_holding.set()
        self._closed.wait(60)
