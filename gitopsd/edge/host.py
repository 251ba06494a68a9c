"""The API of a git host over HTTPS: JSON in, JSON out, asked sparingly.

Comes in: an `Ask`. Goes out: the value of the answer. A list that did not change is not sent again
(ETag); what the host says of its limits is heeded; redirects are not followed, so that a token
never goes elsewhere.
"""

import ssl
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from gitopsd import __version__
from gitopsd.edge.secrets import secrets
from gitopsd.model.errors import HostError, UsageError
from gitopsd.model.hosting import Ask

FLAG = "--host-token-file"
_TIMEOUT = aiohttp.ClientTimeout(total=30.0, sock_connect=10.0)
_MOST_BYTES = 32 << 20
_KEPT = 500
_LONGEST_WAIT_S = 3600.0
_WORDS = 200


class HostApi:
    """One host, at the URL that its API begins with.

    `headers` makes what a request says of a token. Methods raise HostError.
    """

    def __init__(
        self,
        url: str,
        token_file: Path,
        headers: Callable[[str], Mapping[str, str]],
        ca_file: Path | None = None,
    ) -> None:
        """Raises UsageError where a token would go over a connection that is not encrypted."""
        if not url.startswith("https://"):
            raise UsageError(FLAG, f"a token is never sent to {url}; use https")
        secrets(FLAG, token_file)
        self.url = url
        self._token_file = token_file
        self._headers = headers
        self._ca_file = ca_file
        self._session: aiohttp.ClientSession | None = None
        self._known: OrderedDict[tuple[str, str], tuple[str, Any]] = OrderedDict()

    async def ask(self, ask: Ask) -> Any:
        """The value of the answer; None where it is empty."""
        known = self._known.get(_name(ask)) if ask.method == "GET" else None
        headers = {
            "User-Agent": f"gitopsd/{__version__}",
            **self._headers(secrets(FLAG, self._token_file)[0]),
            **({"If-None-Match": known[0]} if known else {}),
        }
        try:
            async with self._client().request(
                ask.method,
                self.url + ask.path,
                params=dict(ask.query),
                json=dict(ask.value) if ask.value is not None else None,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                if known and answer.status == 304:
                    return known[1]
                body = await _body(answer)
                if not 200 <= answer.status < 300:
                    raise self._refused(ask, answer, body)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            words = str(error) or "did not answer in time"
            raise HostError(self.url, f"{_what(ask)}: {words[:_WORDS]}") from None
        return self._taken(ask, answer.headers.get("ETag", ""), body)

    async def close(self) -> None:
        """Ends the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            context = ssl.create_default_context(cafile=self._ca_file)
            connector = aiohttp.TCPConnector(ssl=context, limit=4)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=_TIMEOUT, json_serialize=_json
            )
        return self._session

    def _taken(self, ask: Ask, tag: str, body: bytes) -> Any:
        try:
            value = msgspec.json.decode(body) if body.strip() else None
        except (msgspec.DecodeError, RecursionError):
            raise HostError(self.url, f"{_what(ask)}: the answer is no JSON") from None
        if ask.method == "GET" and tag:
            self._known[_name(ask)] = (tag, value)
            self._known.move_to_end(_name(ask))
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return value

    def _refused(self, ask: Ask, answer: aiohttp.ClientResponse, body: bytes) -> HostError:
        status = answer.status
        wait_s = _wait_s(answer.headers)
        is_limited = status == 429 or (status == 403 and wait_s > 0)
        words = _message(body)
        if 300 <= status < 400:
            words = "it answers with a redirect, which is not followed"
        reason = f"{_what(ask)}: {status} {answer.reason or ''}".rstrip()
        return HostError(
            self.url,
            f"{reason}: {words}" if words else reason,
            retry=is_limited or status >= 500,
            status=status,
            wait_s=(wait_s or 60.0) if is_limited else wait_s,
        )


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    found = bytearray()
    async for chunk in answer.content.iter_any():
        found += chunk
        if len(found) > _MOST_BYTES:
            raise aiohttp.ClientPayloadError(f"more than {_MOST_BYTES >> 20} MiB came")
    return bytes(found)


def _wait_s(headers: Mapping[str, str]) -> float:
    """How long the host asks us to wait: Retry-After, or until its limit is renewed; else 0."""
    after = headers.get("Retry-After", "").strip()
    if after.isdecimal():
        return min(_LONGEST_WAIT_S, max(1.0, float(after[:9])))
    if after:
        try:
            left = parsedate_to_datetime(after).timestamp() - time.time()
        except (ValueError, OverflowError):
            left = 60.0
        return min(_LONGEST_WAIT_S, max(1.0, left))
    if not any(headers.get(f"{prefix}RateLimit-Remaining") == "0" for prefix in ("X-", "")):
        return 0.0
    at = headers.get("X-RateLimit-Reset") or headers.get("RateLimit-Reset") or ""
    left = float(at[:12]) - time.time() if at.isdecimal() else 60.0
    return min(_LONGEST_WAIT_S, max(1.0, left))


def _message(body: bytes) -> str:
    """What the host says of a refusal, shortened; hosts do not quote tokens there."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return ""
    said = (value.get("message") or value.get("error")) if isinstance(value, dict) else ""
    return " ".join(said.split())[:_WORDS] if isinstance(said, str) else ""


def _what(ask: Ask) -> str:
    return f"{ask.method} {ask.path}"


def _name(ask: Ask) -> tuple[str, str]:
    return ask.path, "&".join(f"{name}={value}" for name, value in sorted(ask.query.items()))


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
