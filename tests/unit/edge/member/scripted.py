"""A server that answers what it is told to, byte by byte, whatever it is asked."""

import asyncio
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    line: str
    headers: dict[str, str]
    data: bytes


Script = list[bytes] | Callable[[Asked], bytes]


class Scripted:
    """Answers with one script entry after the other, or with what a function of the request says.

    An answer that ends with `CUT` is followed by the end of the connection.
    """

    CUT = b"\0cut\0"

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self.asked: list[Asked] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        scheme = "https" if self._tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                asked = await _request(reader)
                self.asked.append(asked)
                answer = (
                    self._script.pop(0) if isinstance(self._script, list) else self._script(asked)
                )
                writer.write(answer.removesuffix(self.CUT))
                await writer.drain()
                if answer.endswith(self.CUT):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def answer(code: int, body: Any, content_type: str = "application/json", **headers: str) -> bytes:
    """An HTTP answer; a body that is no bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    told = {"Content-Type": content_type, "Content-Length": str(len(data)), **named}
    lines = [f"HTTP/1.1 {code} Said", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode() + data


def chunks(*pieces: bytes) -> bytes:
    """An answer without a length, whose end is not there."""
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    return head + b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces)


async def _request(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = head.strip().split("\r\n")
    headers = dict(each.split(": ", 1) for each in rest)
    data = await reader.readexactly(int(headers.get("Content-Length", 0)))
    return Asked(line, headers, data)
