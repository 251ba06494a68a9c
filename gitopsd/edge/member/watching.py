"""What happens to objects, as the server tells it: one line of JSON after the other.

Bytes are cut into lines as they come, of any length up to a limit, so that one endless line fails
this watch and nothing else.
"""

import random
import re
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from gitopsd.edge.member.failures import in_our_words
from gitopsd.edge.member.reading import Unreadable, check, is_object
from gitopsd.edge.member.refusals import of_status
from gitopsd.edge.member.transport import CONNECT_S, Call, Transport
from gitopsd.kube.body import dig
from gitopsd.model.api import Event, EventKind, Form
from gitopsd.model.errors import ClusterError

LARGEST_LINE_BYTES = 16 * 1024 * 1024

_ACCEPT = {
    Form.FULL: "application/json",
    Form.METADATA: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
}
_LASTS_S = (290, 580)
_SILENT_S = 30
# Nobody says nothing so often; in a run it is one line.
_NOTHING = re.compile(rb"\n{2,}")
_ERROR = "ERROR"
_INITIAL_END = "k8s.io/initial-events-end"
_KINDS = {each.value: each for each in EventKind}


class _Line(msgspec.Struct):
    type: str
    object: dict[str, Any]


_LINES = msgspec.json.Decoder(_Line)


async def watching(
    transport: Transport, path: str, query: str, form: Form
) -> AsyncGenerator[Event, None]:
    """Events until the server, its silence or a broken connection ends the watch.

    Raises Gone when the version is too old, another of our errors when the watch is refused.
    """
    lasts_s = random.randint(*_LASTS_S)
    silent_s = lasts_s + _SILENT_S
    limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=silent_s)
    lasting = f"{query}&timeoutSeconds={lasts_s}"
    call = Call("watch", "GET", path, lasting, _ACCEPT[form], limits=limits)
    response = await transport.open(call)
    rest = bytearray()
    share = transport.share
    try:
        async for chunk in response.content.iter_any():
            began = await share.turn()
            *lines, last = _NOTHING.sub(b"\n", chunk).split(b"\n")
            for line in lines:
                rest += line
                if rest:
                    yield _event(transport.name, path, rest)
                rest.clear()
                if share.is_long(began):
                    share.spent(began)
                    began = await share.turn()
            rest += last
            if len(rest) > LARGEST_LINE_BYTES:
                raise ClusterError(transport.name, f"sends an event of {path} that is too large")
            share.spent(began, len(chunk))
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError, OSError):
        return
    except aiohttp.ClientError as error:
        raise in_our_words(error, transport.name) from None
    finally:
        response.close()


def query(selector: str, version: str) -> str:
    """What a watch asks for: from where, of which objects, and with bookmarks."""
    since = f"&resourceVersion={quote(version, safe='')}" if version else ""
    return f"?watch=true&allowWatchBookmarks=true{since}{_chosen(selector)}"


def query_from_all(selector: str) -> str:
    """What a watch asks for that begins with everything there is, and a bookmark after it."""
    initial = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
    return f"?watch=true&allowWatchBookmarks=true{initial}{_chosen(selector)}"


def ends_initial(event: Event) -> bool:
    """Whether it is the bookmark after everything there was."""
    said = dig(event.body, "metadata", "annotations", _INITIAL_END)
    return event.kind is EventKind.BOOKMARK and said == "true"


def _chosen(selector: str) -> str:
    return f"&labelSelector={quote(selector, safe='')}" if selector else ""


def _event(member: str, path: str, data: bytearray) -> Event:
    try:
        line = _LINES.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise ClusterError(member, f"sends what is no event of {path}") from None
    if line.type == _ERROR:
        raise of_status(member, path, line.object)
    kind = _KINDS.get(line.type)
    if kind is None or not is_object(line.object):
        raise ClusterError(member, f"sends what is no event of {path}")
    try:
        check(line.object)
    except Unreadable as error:
        raise ClusterError(member, f"{error} (a watch of {path})") from None
    if kind is not EventKind.BOOKMARK and not line.object["metadata"].get("name"):
        raise ClusterError(member, f"sends what is no event of {path}")
    return Event(kind, line.object)
