"""Requests to one member: sent over kept connections, received within limits of time and size.

Comes in: method, path, headers and bytes. Goes out: the bytes of an answer, or one of our errors.
What a request needs is made once: sessions, deadlines, headers until the credentials change. A
watch holds its connection for minutes, so watches have a pool of their own.

An answer 401 makes the credentials be read again, and the request is sent once more.
"""

import asyncio
import io
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

import aiohttp
from aiohttp.connector import Connection
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from gitopsd import __version__
from gitopsd.edge.credentials import Credentials, Login
from gitopsd.edge.member.bucket import Bucket
from gitopsd.edge.member.failures import FAILURES, in_our_words
from gitopsd.edge.member.refusals import Refusal
from gitopsd.edge.member.refusals import in_our_words as refused
from gitopsd.edge.member.share import Share
from gitopsd.model.errors import ClusterError

USER_AGENT = f"gitopsd/{__version__}"
LARGEST_BYTES = 16 * 1024 * 1024
CONNECT_S = 5.0

_CONNECTIONS = 32
# Shorter than servers and balancers keep a connection, so that it is not closed under a request.
_KEPT_S = 30.0
# An answer may be announced (103 Early Hints, say) so many times before it comes.
_ANNOUNCEMENTS = 16
_REFUSAL_BYTES = 1024 * 1024
# Bodies above this are copied to the socket in pieces.
_PIECES_BYTES = 1024 * 1024
_UNAUTHORIZED = 401
# What every answer carries where API priority and fairness is on.
_FLOW = "X-Kubernetes-PF-FlowSchema-UID"
_RATE, _BURST = 50.0, 100
# Answers that may be large are received so many at a time.
_LARGE = 4


# How long an answer may take, from the first step to the last byte.
OF_PROBES = aiohttp.ClientTimeout(total=10, sock_connect=CONNECT_S)
OF_REQUESTS = aiohttp.ClientTimeout(total=30, sock_connect=CONNECT_S)
# A webhook may take thirty seconds, and its answer then is the object's failure, not the member's.
OF_WRITES = aiohttp.ClientTimeout(total=40, sock_connect=CONNECT_S)
OF_LISTS = aiohttp.ClientTimeout(total=120, sock_connect=CONNECT_S)


class Call(NamedTuple):
    """One request. `verb` is the word under which it is counted, `most` are bytes of its answer."""

    verb: str
    method: str
    path: str
    query: str = ""
    accept: str = "application/json"
    content_type: str = ""
    data: bytes | None = None
    limits: aiohttp.ClientTimeout = OF_REQUESTS
    extra: tuple[tuple[str, str], ...] = ()
    is_repeatable: bool = False
    most: int = LARGEST_BYTES


@dataclass(frozen=True, slots=True)
class Answer:
    """A success, 304 among them where it was asked for."""

    code: int
    headers: CIMultiDictProxy[str]
    data: bytes


class Transport:
    """Connections to one member. `requests` counts answers by verb and code; 0 is no answer.

    `is_fair` says whether the member shares itself out among its callers (API priority and
    fairness), None before it was probed; one that does not gets no more than a bucket allows.
    `share` is how much of the time its watches may take.
    """

    def __init__(self, name: str, credentials: Credentials) -> None:
        self.name = name
        self.requests: Counter[tuple[str, int]] = Counter()
        self.is_fair: bool | None = None
        self.share = Share()
        self._bucket = Bucket(_RATE, _BURST)
        self._large = asyncio.Semaphore(_LARGE)
        self._credentials = credentials
        self._login: Login | None = None
        self._headers: dict[tuple[str, str], CIMultiDict[str]] = {}
        self._requests: aiohttp.ClientSession | None = None
        self._watches: aiohttp.ClientSession | None = None
        self._is_closed = False

    async def close(self) -> None:
        """Ends all connections, watches too; nothing is sent any more."""
        self._is_closed = True
        for session in (self._requests, self._watches):
            if session is not None:
                await session.close()
        self._requests = self._watches = None

    async def send(self, call: Call) -> Answer:
        """The answer, read to its end; raises one of our errors for any refusal."""
        if call.verb == "list":
            async with self._large:
                return await self._send(call)
        if self.is_fair is False and call.verb != "probe":
            await self._bucket.take()
        return await self._send(call)

    async def _send(self, call: Call) -> Answer:
        try:
            if self._requests is None:
                self._requests = self._session(_CONNECTIONS)
            response = await self._asked(self._requests, call)
            data = await _read(response, call.most)
        except FAILURES as error:
            self.requests[call.verb, 0] += 1
            raise in_our_words(error, self.name) from None
        except _Oversized:
            self.requests[call.verb, 0] += 1
            words = f"answers with more than {call.most // (1024 * 1024)} MiB ({call.path})"
            raise TooMuch(self.name, words) from None
        self.requests[call.verb, response.status] += 1
        if call.verb == "probe":
            self.is_fair = _FLOW in response.headers
        return Answer(response.status, response.headers, data)

    async def open(self, call: Call) -> aiohttp.ClientResponse:
        """An answer whose body is still to come; the caller closes it."""
        if self._watches is None:
            self._watches = self._session(0)
        try:
            async with asyncio.timeout(OF_REQUESTS.total):
                response = await self._asked(self._watches, call)
        except FAILURES as error:
            self.requests[call.verb, 0] += 1
            raise in_our_words(error, self.name) from None
        self.requests[call.verb, response.status] += 1
        return response

    def _session(self, connections: int) -> aiohttp.ClientSession:
        """A pool without cookies, without the environment's proxies; 0 is as many as it takes."""
        if self._is_closed:
            raise ClusterError(self.name, "is not followed any more")
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=_KEPT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            response_class=_Response,
            trust_env=False,
        )

    async def _asked(self, session: aiohttp.ClientSession, call: Call) -> aiohttp.ClientResponse:
        """A success without its body; credentials that are refused are renewed once."""
        login = await self._credentials.login()
        response = await self._repeated(session, call, login)
        if response.status == _UNAUTHORIZED:
            response.close()
            self.requests[call.verb, _UNAUTHORIZED] += 1
            login = await self._credentials.renewed(login)
            response = await self._repeated(session, call, login)
        if response.status < 300 or (response.status == 304 and call.extra):
            return response
        raise await self._refusal(call, response)

    async def _refusal(self, call: Call, response: aiohttp.ClientResponse) -> ClusterError:
        self.requests[call.verb, response.status] += 1
        try:
            data = await _read(response, _REFUSAL_BYTES)
        except (_Oversized, *FAILURES):
            data = b""
        return refused(Refusal(self.name, call.path, response.status, response.headers, data))

    async def _repeated(
        self,
        session: aiohttp.ClientSession,
        call: Call,
        login: Login,
    ) -> aiohttp.ClientResponse:
        """A connection that was closed while it was kept is no failure: the next one is tried."""
        try:
            return await self._sent(session, call, login)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
            if not call.is_repeatable:
                raise
            return await self._sent(session, call, login)

    async def _sent(
        self,
        session: aiohttp.ClientSession,
        call: Call,
        login: Login,
    ) -> aiohttp.ClientResponse:
        data = call.data
        return await session.request(
            call.method,
            URL(f"{login.host}{call.path}{call.query}", encoded=True),
            data=io.BytesIO(data) if data is not None and len(data) > _PIECES_BYTES else data,
            headers=self._headers_of(call, login),
            timeout=call.limits,
            allow_redirects=False,
            ssl=login.tls or True,
            server_hostname=login.server_name or None,
            proxy=login.proxy or None,
        )

    def _headers_of(self, call: Call, login: Login) -> CIMultiDict[str]:
        if login is not self._login:
            self._login = login
            self._headers = {}
        headers = self._headers.get((call.accept, call.content_type))
        if headers is None:
            headers = _headers(call, login)
            self._headers[call.accept, call.content_type] = headers
        if call.extra:
            return CIMultiDict([*headers.items(), *call.extra])
        return headers


class _Response(aiohttp.ClientResponse):
    """An answer that is announced a few times at most; the library reads announcements for ever."""

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """The answer with its headers; raises ClientResponseError where none comes."""
        protocol: Any = connection.protocol
        read, heads = protocol.read, iter(range(_ANNOUNCEMENTS))

        async def counted() -> object:
            if next(heads, None) is None:
                raise aiohttp.ClientResponseError(self.request_info, self.history)
            return await read()

        protocol.read = counted
        try:
            return await super().start(connection)
        finally:
            del protocol.read


class TooMuch(ClusterError):
    """An answer was larger than it may be; asking for less may help."""


class _Oversized(Exception):
    """An answer has more bytes than anybody wants to hold."""


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The whole body; what is too large is read no further, and its connection is not kept."""
    length = response.content_length
    try:
        if length is not None and length <= most and "Content-Encoding" not in response.headers:
            return await response.read()
        pieces: list[bytes] = []
        size = 0
        async for piece in response.content.iter_any():
            size += len(piece)
            if size > most:
                raise _Oversized
            pieces.append(piece)
        return b"".join(pieces)
    except BaseException:
        response.close()
        raise


def _headers(call: Call, login: Login) -> CIMultiDict[str]:
    headers = CIMultiDict([*login.headers.items(), *login.acts_as])
    headers["Accept"] = call.accept
    headers["Accept-Encoding"] = "gzip"
    headers["User-Agent"] = USER_AGENT
    if call.content_type:
        headers["Content-Type"] = call.content_type
    return headers
