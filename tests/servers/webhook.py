"""An admission webhook that allows everything, as soon as it is started."""

import base64
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme


class Webhook:
    """Has its port from the start, and answers nobody before `start`. `seen` counts reviews."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Review, bind_and_activate=False)
        self._server.server_bind()
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._is_started = False

    @property
    def seen(self) -> int:
        return int(getattr(self._server, "seen", 0))

    def client_config(self) -> dict[str, str]:
        """Where an API server finds it, and whom it trusts there."""
        bundle = base64.b64encode(self._ca.cert_pem.bytes()).decode()
        return {"url": f"https://127.0.0.1:{self._server.server_port}/", "caBundle": bundle}

    def start(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert("127.0.0.1").configure_cert(context)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.server_activate()
        self._is_started = True
        self._thread.start()

    def close(self) -> None:
        if self._is_started:
            self._server.shutdown()
        self._server.server_close()


class _Review(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen = getattr(self.server, "seen", 0) + 1  # type: ignore[attr-defined]
        answer = {
            "apiVersion": review["apiVersion"],
            "kind": review["kind"],
            "response": {"uid": review["request"]["uid"], "allowed": True},
        }
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
