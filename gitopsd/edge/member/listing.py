"""All objects of a list, page by page, so that no more than one page is ever held whole.

A token that has become too old gives another one, or the list is asked for once more in one piece.
A page that is too large is asked for again with fewer objects.
"""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from gitopsd.edge.member import reading
from gitopsd.edge.member.reading import Page, Unreadable
from gitopsd.edge.member.refusals import PageGone
from gitopsd.edge.member.transport import OF_LISTS, Call, TooMuch, Transport
from gitopsd.kube.body import Body
from gitopsd.model.api import Form
from gitopsd.model.errors import ClusterError

PAGE = 500

T = TypeVar("T")

_ACCEPT = {
    Form.FULL: "application/json",
    Form.METADATA: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
}
# Thirty times what a page has; read, it takes several times as much.
_PAGE_BYTES = 16 * 1024 * 1024
_MOST_BYTES = 4 * 1024 * 1024 * 1024
_MOST_PAGES = 10_000
_FEWER = 10


class Pages:
    """The pages of one list, one after the other."""

    def __init__(self, transport: Transport, path: str, selector: str, form: Form) -> None:
        self._transport = transport
        self._call = Call(
            "list", "GET", path, accept=_ACCEPT[form], limits=OF_LISTS, most=_PAGE_BYTES
        )
        self._chosen = f"&labelSelector={quote(selector, safe='')}" if selector else ""
        self._limit = PAGE
        self._size = 0

    async def each(self, keep: Callable[[Body], T | None]) -> tuple[tuple[T, ...], str]:
        """What `keep` made of every object, each once, and the version of the first page.

        `keep` gives None for what is to be forgotten; where the list is begun anew, it sees objects
        again. Objects that changed while pages were read under a renewed token may be told as they
        were or as they are; a watch from this version tells what happened to them, or that it is
        too old itself.
        """
        kept, version, token = _kept(await self._page(""), keep)
        has_renewed = False
        for _ in range(_MOST_PAGES):
            if not token:
                return tuple(kept), version
            try:
                more, _, token = _kept(await self._page(token), keep)
            except PageGone as gone:
                if has_renewed or not gone.token:
                    kept, version, _ = _kept(await self._whole(), keep)
                    return tuple(kept), version
                has_renewed = True
                token = gone.token
                continue
            kept += more
            if self._size > _MOST_BYTES:
                break
        words = f"answers with a list of {self._call.path} that does not end"
        raise ClusterError(self._transport.name, words)

    async def _page(self, token: str) -> Page:
        after = f"&continue={quote(token, safe='')}" if token else ""
        while True:
            try:
                return await self._asked(f"?limit={self._limit}{after}{self._chosen}")
            except TooMuch:
                self._limit //= _FEWER
                if not self._limit:
                    raise

    async def _whole(self) -> Page:
        return await self._asked(f"?{self._chosen[1:]}" if self._chosen else "")

    async def _asked(self, query: str) -> Page:
        answer = await self._transport.send(self._call._replace(query=query))
        self._size += len(answer.data)
        try:
            return reading.page(answer.data, answer.headers)
        except Unreadable as error:
            raise ClusterError(self._transport.name, f"{error} ({self._call.path})") from None


def _kept(page: Page, keep: Callable[[Body], T | None]) -> tuple[list[T], str, str]:
    """What is kept of a page, with its version and token; the page itself is let go."""
    kept = [found for each in page.items if (found := keep(each)) is not None]
    return kept, page.version, page.token
