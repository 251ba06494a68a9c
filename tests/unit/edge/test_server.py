"""Our own server: answers what its table says, bounds everything else, and says why it cannot."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from gitopsd.edge import server
from gitopsd.edge.server import HEADERS, listening
from gitopsd.model.errors import UsageError
from gitopsd.model.web import Answer, Question, Taking, text


async def slowly(question: Question) -> Answer:
    await asyncio.sleep(0.2)
    return text("done")


async def too_slowly(question: Question) -> Answer:
    await asyncio.sleep(60)
    return text("never")


def failing(question: Question) -> Answer:
    raise RuntimeError("token=hunter2")


ROUTES = {
    "/": lambda question: text(question.query.get("word", "here")),
    "/things/{place}/{name}": lambda question: text(f"{sorted(question.parts.items())}"),
    "/slow": slowly,
    "/never": too_slowly,
    "/broken": failing,
    "/flooded": Taking(lambda question: text("read"), 1000, lambda question: text("", 429)),
    "/take": Taking(lambda question: text(f"{question.remote} {len(question.body)}"), 1000),
}


@asynccontextmanager
async def served() -> AsyncIterator[aiohttp.ClientSession]:
    async with listening("127.0.0.1:0", ROUTES) as url, aiohttp.ClientSession(url) as client:
        yield client


async def sent(client: aiohttp.ClientSession, data: bytes, within_s: float = 5) -> bytes:
    """What comes back for bytes of any kind until the connection ends."""
    url = client._base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(data)
    found = await asyncio.wait_for(reader.read(), within_s)
    writer.close()
    return found


async def test_a_view_is_given_the_query_and_the_parts_of_the_path() -> None:
    async with served() as client:
        plain = await client.get("/?word=there")
        named = await client.get("/things/a%2Fb/x%20y")

        assert (plain.status, await plain.text()) == (200, "there\n")
        assert await named.text() == "[('name', 'x y'), ('place', 'a/b')]\n"


@pytest.mark.parametrize("path", ["/", "/nowhere", "/broken", "/things/a/b"])
async def test_every_answer_lets_a_browser_load_nothing_from_elsewhere(path: str) -> None:
    async with served() as client:
        answer = await client.get(path)

        assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_what_takes_a_body_is_posted_to_alone() -> None:
    async with served() as client:
        taken = await client.post("/take", data=b"x" * 1000)
        refused = [await client.request(method, "/take") for method in ("GET", "PUT", "DELETE")]

        assert await taken.text() == "127.0.0.1 1000\n"
        assert [(each.status, each.headers["Allow"]) for each in refused] == [(405, "POST")] * 3


async def test_a_body_that_is_too_large_is_refused_whether_or_not_it_says_so() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 400

    async with served() as client:
        said = await client.post("/take", data=b"x" * 1001)
        unsaid = await client.post("/take", data=chunks())

        assert [(each.status, await each.read()) for each in (said, unsaid)] == [(413, b"")] * 2


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "BODY_S", 0.1)
    async with served() as client:
        head = b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nxx"

        assert (await sent(client, head)).startswith(b"HTTP/1.1 408 ")


async def test_only_what_reads_is_answered() -> None:
    async with served() as client:
        head = await client.head("/")
        refused = [await client.request(method, "/") for method in ("POST", "PUT", "DELETE")]

        assert (head.status, head.headers["Content-Length"], await head.read()) == (200, "5", b"")
        assert [answer.status for answer in refused] == [405, 405, 405]
        assert refused[0].headers["Allow"] == "GET, HEAD"


async def test_what_is_not_in_the_table_is_not_there() -> None:
    async with served() as client:
        paths = ("/no", "/things/a", "/things/a/b/c", "/slow/")
        answers = [await client.get(path) for path in paths]

        assert [answer.status for answer in answers] == [404, 404, 404, 404]


async def test_a_view_that_fails_tells_nobody_why() -> None:
    async with served() as client:
        answer = await client.get("/broken")

        assert (answer.status, await answer.text()) == (500, "internal error\n")


async def test_a_view_that_takes_too_long_asks_for_patience(monkeypatch) -> None:
    monkeypatch.setattr(server, "ANSWER_S", 0.1)
    async with served() as client:
        answer = await client.get("/never")

        assert answer.status == 503


async def test_what_is_no_request_is_refused_shortly() -> None:
    async with served() as client:
        found = await sent(client, b"\x16\x03\x01 nonsense\r\n\r\n")

        assert found.startswith((b"HTTP/1.0 400", b"HTTP/1.1 400"))
        assert b"nonsense" not in found


async def test_headers_that_never_end_are_cut_off(monkeypatch) -> None:
    monkeypatch.setattr(server, "REQUEST_S", 0.2)
    async with served() as client:
        found = await sent(client, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")

        assert found == b""


async def test_who_only_holds_connections_keeps_out_nobody(monkeypatch) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 2)
    async with served() as client:
        url = client._base_url
        idle = [await asyncio.open_connection(url.host, url.port) for _ in range(2)]

        answer = await client.get("/")

        assert answer.status == 200
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(idle[0][0].readexactly(1), 5)
        for _, writer in idle:
            writer.close()


async def test_more_connections_than_can_be_answered_are_cut(monkeypatch) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 1)
    async with served() as client:
        asked = asyncio.create_task(client.get("/slow"))
        await asyncio.sleep(0.05)
        url = client._base_url
        reader, _ = await asyncio.open_connection(url.host, url.port)

        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await asyncio.wait_for(reader.readexactly(1), 5)
        assert (await asked).status == 200


async def test_what_is_refused_beforehand_is_not_read() -> None:
    async with served() as client:
        head = (
            b"POST /flooded HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\nConnection: close\r\n\r\n"
        )

        assert (await sent(client, head)).startswith(b"HTTP/1.1 429 ")


async def test_bodies_that_are_read_hold_so_much_memory_at_most(monkeypatch) -> None:
    monkeypatch.setattr(server, "BODIES_BYTES", 1500)
    async with served() as client:
        url = client._base_url
        _, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n" + b"x" * 900)
        await asyncio.sleep(0.05)
        busy = await client.post("/take", data=b"x" * 800)
        small = await client.post("/take", data=b"x" * 500)
        writer.close()
        await asyncio.sleep(0.05)
        later = await client.post("/take", data=b"x" * 800)

        assert [each.status for each in (busy, small, later)] == [503, 200, 200]


async def test_a_body_is_taken_as_it_was_sent() -> None:
    packed = gzip.compress(b"x" * 5000)
    async with served() as client:
        taken = await client.post("/take", data=packed, headers={"Content-Encoding": "gzip"})

        assert await taken.text() == f"127.0.0.1 {len(packed)}\n"


async def test_what_was_asked_before_the_end_is_answered() -> None:
    async with aiohttp.ClientSession() as client:
        async with listening("127.0.0.1:0", ROUTES) as url:
            asked = asyncio.create_task(client.get(f"{url}/slow"))
            await asyncio.sleep(0.1)

        answer = await asked
        assert await answer.text() == "done\n"
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get(url)


async def test_an_ipv6_address_stands_in_brackets() -> None:
    async with listening("[::1]:0", ROUTES) as url, aiohttp.ClientSession() as client:
        answer = await client.get(url)

        assert url.startswith("http://[::1]:")
        assert answer.status == 200


async def test_a_port_that_is_taken_is_a_mistake_of_the_command_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"

        with pytest.raises(UsageError) as caught:
            await listening(listen, ROUTES).__aenter__()

    assert str(caught.value) == f"--listen: {listen}: the port is taken; `off` for no page"


@pytest.mark.parametrize(
    ("listen", "words"),
    [
        ("host.invalid:8080", "no such host"),
        ("192.0.2.1:8080", "this machine has no such address"),
        ("127.0.0.1:65536", "is no address; right would be 127.0.0.1:8080, or off"),
        ("8080", "is no address; right would be 127.0.0.1:8080, or off"),
    ],
)
async def test_what_cannot_be_listened_at_says_why(listen: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        await listening(listen, ROUTES).__aenter__()
