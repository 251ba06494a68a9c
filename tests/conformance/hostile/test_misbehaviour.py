"""A member that stalls, floods, redirects, refuses, forgets or leaves out: it waits for itself, and
nothing is deleted that should not be.
"""

import asyncio
import base64
import json
import time
import zlib
from typing import Any

import pytest
from aiohttp import web

from conformance.hostile.conftest import MAPS, Pair
from fakes.delivery import SET
from fakes.liar import Liar
from gitopsd.edge.member import listing
from servers.waiting import until

# Long rather than real: not part of every run.
pytestmark = pytest.mark.e2e

ALL = {f"web-{n}" for n in range(MAPS)}
INVENTORY = "/configmaps/gitopsd-inventory"


def status(code: int, reason: str, **headers: str) -> web.Response:
    body = {"kind": "Status", "apiVersion": "v1", "code": code, "reason": reason, "metadata": {}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.json_response(body, status=code, headers=named)


async def us_is_quick(pair: Pair, word: str = "new", *, without: int = 2) -> None:
    """The honest member has the next set within two seconds, whatever the other one does."""
    began = time.monotonic()
    pair.want(word, without=without)
    await pair.done("us")
    assert time.monotonic() - began < 2


async def all_is_well(pair: Pair, word: str = "new") -> None:
    """Once the member behaves again it gets all that was wanted, and no more is gone."""
    pair.liar.be_honest()
    pair.liar.cut()
    await until(lambda: pair.is_done("eu") and set(pair.words("eu").values()) == {word}, 20)
    assert pair.words("eu").keys() == pair.words("us").keys()


# Streams and sizes


async def drip(request: web.BaseRequest) -> web.StreamResponse:
    told = web.StreamResponse(headers={"Content-Type": "application/json"})
    await told.prepare(request)
    for _ in range(10_000):
        await told.write(b" ")
        await asyncio.sleep(0.05)
    return told


async def flood(request: web.BaseRequest) -> web.StreamResponse:
    told = web.StreamResponse(headers={"Content-Type": "application/json"})
    await told.prepare(request)
    while True:
        await told.write(b" " * 65536)


async def stall(request: web.BaseRequest) -> web.StreamResponse:
    await asyncio.sleep(60)
    raise AssertionError


def reset(request: web.BaseRequest) -> web.StreamResponse:
    request.transport.abort()
    return web.Response()


def heads(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(headers={"X-Long": "x" * 100_000})


BOMB = zlib.compress(b" " * 100_000_000, 1, 31)


def bomb(request: web.BaseRequest) -> web.StreamResponse:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    return web.Response(body=BOMB, headers=headers)


@pytest.mark.parametrize("deed", [drip, flood, stall, reset, heads, bomb])
async def test_an_answer_without_an_end_stops_its_member_alone(pair: Pair, deed: Any) -> None:
    pair.liar.instead = deed
    pair.liar.cut()

    await us_is_quick(pair)

    assert pair.words("eu").keys() == ALL
    await all_is_well(pair)


async def test_a_page_that_is_too_large_is_asked_for_in_pieces(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_PAGE_BYTES", 20_000)
    pair.liar.lie(
        lambda body: {**body, "metadata": {**body["metadata"], "x": "x" * 10_000}},
        lambda request: request.query.get("limit") != "50",
    )
    await pair.lost("eu", reset)
    pair.liar.instead = refused

    await us_is_quick(pair)

    await all_is_well(pair)


# Redirects and refusals


async def test_credentials_follow_no_redirect(pair: Pair) -> None:
    async with Liar(pair.members["us"].url) as elsewhere:

        def away(request: web.BaseRequest) -> web.StreamResponse:
            return web.Response(status=307, headers={"Location": f"{elsewhere.url}{request.path}"})

        pair.liar.instead = away
        pair.liar.cut()
        await us_is_quick(pair)
        await until(lambda: "answers 307, as no Kubernetes API does" in pair.complaint("eu"))

        assert elsewhere.asked == []
    await all_is_well(pair)


@pytest.mark.parametrize("after", ["-5", "nan", "1e400"])
async def test_whatever_patience_is_asked_for_nothing_has_failed(pair: Pair, after: str) -> None:
    pair.liar.instead = lambda request: status(429, "TooManyRequests", Retry_After=after)
    pair.liar.cut()

    await us_is_quick(pair)

    assert {each.action for each in pair.report("eu").outcomes.values()} & {"Fail"} == set()
    assert pair.words("eu").keys() == ALL


async def test_expired_credentials_are_no_reason_to_forget_anything(pair: Pair) -> None:
    pair.liar.instead = lambda request: status(401, "Unauthorized")
    pair.liar.cut()

    await us_is_quick(pair)
    await until(lambda: "does not accept the credentials" in pair.complaint("eu"))

    await all_is_well(pair)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_gone_at_odd_places_is_tried_again(pair: Pair, method: str) -> None:
    def gone(request: web.BaseRequest) -> web.StreamResponse | None:
        return status(410, "Expired") if request.method == method else None

    pair.liar.instead = gone
    pair.liar.cut()

    await us_is_quick(pair)

    assert ALL - pair.words("eu").keys() <= {"web-4", "web-5"}
    await all_is_well(pair)


# What is there and what is not


def refused(request: web.BaseRequest) -> web.StreamResponse | None:
    """An older server knows no watches that begin with everything."""
    return status(422, "Invalid") if "sendInitialEvents" in request.query else None


def empty(request: web.BaseRequest) -> web.StreamResponse | None:
    """A watch that begins with everything, and there is nothing."""
    if "sendInitialEvents" not in request.query:
        return None
    metadata = {"resourceVersion": "1", "annotations": {"k8s.io/initial-events-end": "true"}}
    line = json.dumps({"type": "BOOKMARK", "object": {"metadata": metadata}}).encode() + b"\n"
    return web.Response(body=line, content_type="application/json")


@pytest.mark.parametrize("instead", [refused, empty])
async def test_what_a_list_leaves_out_is_not_gone(pair: Pair, instead: Any) -> None:
    """Everything is lost from sight; what is wanted or to be deleted is looked up."""
    pair.liar.lie(
        lambda body: {**body, "items": []} if "items" in body else body,
        lambda request: "labelSelector" in request.query and "watch" not in request.query,
    )
    await pair.lost("eu", reset)
    pair.liar.instead = instead

    await us_is_quick(pair)
    await until(lambda: set(pair.words("eu").values()) == {"new"})

    assert pair.words("eu").keys() == pair.words("us").keys()


async def test_kinds_that_come_and_go_take_nothing_along(pair: Pair) -> None:
    def without_maps(body: Any) -> Any:
        core = "APIGroupDiscoveryList"
        if body.get("kind") != core:
            return body
        groups = [
            {**group, "versions": [{**version, "resources": []} for version in group["versions"]]}
            for group in body["items"]
        ]
        return {**body, "items": groups}

    pair.liar.lie(without_maps, lambda request: request.path in ("/api", "/apis"))
    pair.liar.instead = lambda request: reset(request) if request.path == "/readyz" else None
    pair.liar.cut()
    await us_is_quick(pair)
    await until(lambda: not pair.report("eu").reachable)
    pair.liar.instead = None
    await until(lambda: pair.report("eu").reachable and pair.complaint("eu"))

    assert {"web-0", "web-1", "web-2", "web-3"} <= pair.words("eu").keys()
    pair.liar.be_honest()
    await until(lambda: set(list(pair.words("eu").values())[:4]) == {"new"}, 20)


# Watches


async def test_events_in_any_order_and_of_anybody_change_nothing(pair: Pair) -> None:
    names = sorted(ALL)

    def event(kind: str, name: str, version: str, **more: Any) -> bytes:
        labels = {"applyset.kubernetes.io/part-of": SET}
        metadata = {"name": name, "namespace": "shop", "uid": "7", "resourceVersion": version}
        body = {"metadata": {**metadata, "labels": labels, **more}}
        return json.dumps({"type": kind, "object": body}).encode() + b"\n"

    async def noise(request: web.BaseRequest) -> web.StreamResponse:
        told = web.StreamResponse(headers={"Content-Type": "application/json"})
        await told.prepare(request)
        for version in ("9000", "1", "", "9000"):
            for name in (*names, "nobody", "../../etc"):
                await told.write(event("DELETED", name, version))
                await told.write(event("ADDED", name, version))
                await told.write(event("MODIFIED", name, version, labels={}))
                await told.write(event("ADDED", name, version, namespace="elsewhere"))
        await asyncio.sleep(0.05)
        return told

    pair.liar.instead = lambda request: noise(request) if "watch" in request.query else None
    pair.liar.cut()

    await us_is_quick(pair)
    await asyncio.sleep(0.3)

    assert {"web-0", "web-1", "web-2", "web-3"} <= pair.words("eu").keys()
    assert pair.is_followed()
    await all_is_well(pair)


# Inventories


def packed(entries: Any) -> dict[str, str]:
    data = zlib.compress(json.dumps(entries).encode())
    return {"entries-0": base64.b64encode(data).decode()}


def entry(name: str, *rest: Any) -> list[Any]:
    return [["", "ConfigMap", "shop", name], "v1", *rest]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"entries-0": 7}, "its entries cannot be read"),
        (packed([entry("web-0", "u", "h", 0, "p", 0, -3)]), "its entries cannot be read"),
        (packed([entry("web-0", "u", "h", 0, "p", 0, 10**12)]), "its entries cannot be read"),
        (packed([entry("x")] * 700_000), "too large"),
        ({"source": "file:///srv/another.git"}, "start once with --take-over-from"),
    ],
)
async def test_an_inventory_that_cannot_be_believed_stops_its_member(
    pair: Pair, data: dict[str, Any], words: str
) -> None:
    pair.liar.lie(
        lambda body: {**body, "data": {**body["data"], **data}},
        lambda request: request.path.endswith(INVENTORY),
    )
    await pair.lost("eu", reset)

    await us_is_quick(pair)
    await until(lambda: words in pair.complaint("eu"))

    assert pair.words("eu").keys() == ALL
    await all_is_well(pair)


async def test_an_inventory_of_another_tool_is_left_alone(pair: Pair) -> None:
    annotations = {"applyset.kubernetes.io/tooling": "kubectl/v1.36"}
    pair.liar.lie(
        lambda body: {**body, "metadata": {**body["metadata"], "annotations": annotations}},
        lambda request: request.path.endswith(INVENTORY),
    )
    await pair.lost("eu", reset)

    await us_is_quick(pair)
    await until(lambda: "it is not ours to change" in pair.complaint("eu"))

    assert pair.words("eu").keys() == ALL


async def test_an_inventory_that_claims_what_others_made_deletes_none_of_it(pair: Pair) -> None:
    await pair.made_by_others("web-99")
    claimed = packed([entry(name, "u", "h", 0, "p", 0) for name in ("web-99", *ALL)])
    pair.liar.lie(
        lambda body: {**body, "data": {**body["data"], **claimed}},
        lambda request: request.path.endswith(INVENTORY) and request.method == "GET",
    )
    await pair.lost("eu", reset)

    pair.want("new", without=2, more=("web-99",))
    await pair.done("us")
    await until(lambda: pair.report("eu").is_finished and pair.words("eu")["web-0"] == "new")

    assert pair.words("eu")["web-99"] == "theirs"
