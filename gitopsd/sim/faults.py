"""Faults on request: what a member can be made to do wrong.

A `Faults` stands as the gate of a simulated member. Each attribute is a fault that holds while it
is set; `fail` answers the next requests of a sort with an error. Down and cut connections are the
member's own (`SimulatedMember.down`).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from gitopsd.apiserver.errors import ApiError, too_many_requests, unauthorized

Wanted = Callable[[web.BaseRequest], bool]


@dataclass(slots=True)
class _Failure:
    error: ApiError
    times: int
    wanted: Wanted


class Faults:
    """What goes wrong now. `slow_s`: every answer waits. `hang`: none comes until `let_go`.

    `is_throttling`: 429 with Retry-After for all but health. `token_expired`: 401 for everybody.
    `cut_bodies`: the connection ends in the middle of an answer.
    """

    def __init__(self, token: str = "") -> None:
        self.token = token
        self.clear()

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self.slow_s: float = 0
        self.is_throttling = False
        self.retry_after_s = 1
        self.token_expired = False
        self.cut_bodies = False
        self._failures: list[_Failure] = []
        self._open = asyncio.Event()
        self._open.set()

    def hang(self) -> None:
        """Requests are taken and none is answered, until `let_go`."""
        self._open.clear()

    def let_go(self) -> None:
        """Answers again, what waits too."""
        self._open.set()

    def fail(self, error: ApiError, times: int = 1, wanted: Wanted = lambda request: True) -> None:
        """Answers the next `times` requests that are `wanted` with this error."""
        self._failures.append(_Failure(error, times, wanted))

    async def check(self, request: web.BaseRequest) -> None:
        """Waits, refuses, or lets a request through."""
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        await self._open.wait()
        if self.token_expired or not self._is_known(request):
            raise unauthorized()
        is_health = request.path in ("/readyz", "/livez", "/healthz", "/livez/ping")
        if self.is_throttling and not is_health:
            raise too_many_requests(self.retry_after_s)
        for each in self._failures:
            if each.times > 0 and each.wanted(request):
                each.times -= 1
                raise each.error
        if self.cut_bodies and not is_health and request.transport is not None:
            request.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                b'Content-Length: 4096\r\n\r\n{"kind":"Lis'
            )
            request.transport.close()
            raise ConnectionResetError

    def _is_known(self, request: web.BaseRequest) -> bool:
        return not self.token or request.headers.get("Authorization") == f"Bearer {self.token}"
