"""All objects of a list, page by page.

A token that has become too old gives another one, or the list is asked for once more in one piece.
"""

from urllib.parse import quote

from gitopsd.edge.member import reading
from gitopsd.edge.member.reading import Page, Unreadable
from gitopsd.edge.member.refusals import PageGone
from gitopsd.edge.member.transport import OF_LISTS, Call, Transport
from gitopsd.kube.body import Body
from gitopsd.model.api import Form, Listing
from gitopsd.model.errors import ClusterError

PAGE = 500

_ACCEPT = {
    Form.FULL: "application/json",
    Form.METADATA: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
}
_MOST_BYTES = 512 * 1024 * 1024
_MOST_PAGES = 10_000


async def listing(transport: Transport, path: str, selector: str, form: Form) -> Listing:
    """Every object, each once, with the version of the first page.

    Objects that changed while pages were read under a renewed token may be told as they were or as
    they are; a watch from this version tells what happened to them, or that it is too old itself.
    """
    call = Call("list", "GET", path, accept=_ACCEPT[form], limits=OF_LISTS)
    chosen = f"&labelSelector={quote(selector, safe='')}" if selector else ""
    first, size = await _page(transport, call, f"?limit={PAGE}{chosen}")
    items: list[Body] = list(first.items)
    token = first.token
    has_renewed = False
    for _ in range(_MOST_PAGES):
        if not token:
            return Listing(tuple(items), first.version)
        try:
            after = f"?limit={PAGE}&continue={quote(token, safe='')}{chosen}"
            page, more = await _page(transport, call, after)
        except PageGone as gone:
            token = gone.token if not has_renewed else ""
            has_renewed = True
            if token:
                continue
            whole, _ = await _page(transport, call, f"?{chosen[1:]}" if chosen else "")
            return Listing(whole.items, whole.version)
        items += page.items
        size += more
        if size > _MOST_BYTES:
            break
        token = page.token
    raise ClusterError(transport.name, f"answers with a list of {path} that does not end")


async def _page(transport: Transport, call: Call, query: str) -> tuple[Page, int]:
    answer = await transport.send(call._replace(query=query))
    try:
        return reading.page(answer.data, answer.headers), len(answer.data)
    except Unreadable as error:
        raise ClusterError(transport.name, f"{error} ({call.path})") from None
