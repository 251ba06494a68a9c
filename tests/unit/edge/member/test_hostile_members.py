"""A member may answer anything; only our errors come of it, and they keep secrets."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from gitopsd.edge.credentials import from_kubeconfig
from gitopsd.edge.member import Member, share, transport, watching
from gitopsd.kube.body import Body
from gitopsd.model.api import Event, EventKind, Form
from gitopsd.model.errors import (
    ClusterError,
    Conflict,
    Gone,
    NotThere,
    ObjectError,
    Throttled,
    TooLarge,
)
from unit.edge.member.conftest import Start, kubeconfig
from unit.edge.member.scripted import Asked, Scripted, answer, chunks

PATH = "/api/v1/namespaces/default/configmaps/web"
LIST = "/api/v1/configmaps"
OBJECT = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}}
HTML = b"<html>s3cr3t page</html>"


def status(code: int, reason: str, message: str, **details: object) -> bytes:
    body = {"kind": "Status", "code": code, "reason": reason, "message": message}
    return answer(code, {**body, "details": details})


def a_page(*names: str, token: object = "", version: object = "7") -> bytes:
    items = [{"metadata": {"name": name}} for name in names]
    head = {"apiVersion": "v1", "kind": "ConfigMapList"}
    return answer(200, {**head, "metadata": {"resourceVersion": version, "continue": token},
                        "items": items})  # fmt: skip


def event(kind: str, body: object) -> bytes:
    return json.dumps({"type": kind, "object": body}).encode() + b"\n"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (answer(200, HTML, "text/html"), "text/html that is no JSON object"),
        (answer(200, b""), "no JSON object"),
        (answer(200, [OBJECT]), "no JSON object"),
        (answer(200, {"kind": "ConfigMap", "metadata": []}), "no Kubernetes object"),
        (answer(200, {"kind": 7, "metadata": {}}), "no Kubernetes object"),
        (answer(200, {**OBJECT, "apiVersion": 7}), "no Kubernetes object"),
        (answer(200, b"[" * 100_000), "no JSON object"),
        (answer(200, b'{"kind":"\xff"}'), "no JSON object"),
        (answer(200, OBJECT, Content_Length="4096") + Scripted.CUT, "cut its answer off"),
        (chunks(b'{"kind":') + Scripted.CUT, "cut its answer off"),
        (answer(200, OBJECT, Content_Encoding="gzip"), "cut its answer off"),
        (answer(302, b"", Location="http://elsewhere/"), "answers 302, as no Kubernetes API does"),
        (answer(404, HTML, "text/html"), "answers 404 with text/html and no Status"),
        (answer(403, HTML, "text/html"), "answers 403 with text/html and no Status"),
        (answer(503, HTML, "text/html"), "is not able to answer (503)"),
        (b"HTTP/1.1 garbage\r\n\r\n" + Scripted.CUT, "its answer is no HTTP"),
    ],
)
async def test_what_is_no_answer_of_an_api_server_says_nothing_of_the_object(
    scripted: Start, said: bytes, words: str
) -> None:
    member, _ = await scripted([said])

    with pytest.raises(ClusterError) as found:
        await member.get(PATH)

    assert words in found.value.reason
    assert not isinstance(found.value, ObjectError)
    assert "s3cr3t" not in str(found.value)


async def test_a_path_that_nobody_serves_is_not_there(scripted: Start) -> None:
    member, _ = await scripted([answer(404, b"404 page not found\n", "text/plain")])

    with pytest.raises(NotThere):
        await member.list("/apis/nobody.example/v1/things")


async def test_a_member_that_is_gone_cannot_be_reached(scripted: Start) -> None:
    member, server = await scripted([])
    await server.__aexit__()

    with pytest.raises(ClusterError, match="eu: cannot be reached"):
        await member.probe()

    assert member.requests == {("probe", 0): 1}


async def test_a_member_that_is_not_ready_fails_as_a_whole(scripted: Start) -> None:
    member, _ = await scripted([answer(500, b"[-]etcd failed", "text/plain")])

    with pytest.raises(ClusterError, match="answers 500") as found:
        await member.probe()

    assert not isinstance(found.value, ObjectError)


@pytest.mark.parametrize("encoding", ["", "chunked"])
async def test_an_answer_that_does_not_end_is_not_held(scripted: Start, encoding: str) -> None:
    endless = chunks(*[b" " * 65536] * 300)
    long = answer(200, b" " * 300 * 65536)
    member, _ = await scripted([endless if encoding else long])

    with pytest.raises(ClusterError, match="answers with more than 16 MiB"):
        await member.get(PATH)


async def test_an_answer_may_be_announced_but_not_for_ever(scripted: Start) -> None:
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    member, _ = await scripted([hint * 3 + answer(200, OBJECT), hint * 30 + answer(200, OBJECT)])

    assert await member.get(PATH) == OBJECT
    with pytest.raises(ClusterError, match="its answer is no HTTP"):
        await member.get(PATH)


async def test_patience_is_asked_for_in_seconds_dates_and_details(scripted: Start) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    member, _ = await scripted(
        [
            answer(429, b"slow down", "text/plain", Retry_After="7"),
            answer(503, HTML, "text/html", Retry_After=later),
            status(429, "TooManyRequests", "slow down", retryAfterSeconds=3),
            answer(429, b"", Retry_After="soon"),
            answer(429, b"", Retry_After="1e300"),
        ]
    )

    waits = [await patience(member) for _ in range(5)]

    assert waits == [7, pytest.approx(60, abs=2), 3, 1, 60]


async def patience(member) -> float:
    with pytest.raises(Throttled) as found:
        await member.get(PATH)
    return found.value.wait_s


async def test_refused_credentials_are_read_again_once(scripted: Start, tmp_path: Path) -> None:
    def script(asked: Asked) -> bytes:
        is_new = asked.headers["Authorization"] == "Bearer n3w"
        return answer(200, OBJECT) if is_new else status(401, "Unauthorized", "Unauthorized")

    member, server = await scripted(script)
    with pytest.raises(ClusterError, match="does not accept the credentials") as found:
        await member.get(PATH)
    assert not isinstance(found.value, ObjectError)
    assert len(server.asked) == 2

    (tmp_path / "token").write_text("n3w\n")

    assert await member.get(PATH) == OBJECT
    assert len(server.asked) == 4


async def test_who_comes_with_refused_credentials_together_reads_them_once(
    scripted: Start, tmp_path: Path
) -> None:
    def script(asked: Asked) -> bytes:
        is_new = asked.headers["Authorization"] == "Bearer n3w"
        return answer(200, OBJECT) if is_new else status(401, "Unauthorized", "Unauthorized")

    member, _ = await scripted(script)
    with pytest.raises(ClusterError):
        await member.get(PATH)
    (tmp_path / "token").write_text("n3w\n")

    found = await asyncio.gather(*(member.get(PATH) for _ in range(20)))

    assert found == [OBJECT] * 20


async def test_an_apply_goes_out_again_when_its_connection_was_closed(scripted: Start) -> None:
    member, server = await scripted([answer(200, OBJECT), Scripted.CUT, answer(201, OBJECT)])
    await member.get(PATH)

    applied = await member.apply(PATH, b"{}")

    assert applied.is_created
    assert [each.line.split()[0] for each in server.asked] == ["GET", "PATCH", "PATCH"]


async def test_a_create_never_goes_out_twice(scripted: Start) -> None:
    member, server = await scripted([Scripted.CUT, answer(201, OBJECT)])

    with pytest.raises(ClusterError, match="closed the connection"):
        await member.create(LIST, b"{}")

    assert len(server.asked) == 1


async def test_warnings_are_told_once_each(scripted: Start) -> None:
    told = '299 - "old \\"api\\"", 299 - "unknown"\r\nWarning: 299 - "unknown"'
    member, _ = await scripted([answer(200, OBJECT, Warning=told)])

    applied = await member.apply(PATH, b"{}")

    assert applied.warnings == ('old "api"', "unknown")


async def test_what_the_store_cannot_hold_is_too_large(scripted: Start) -> None:
    member, _ = await scripted(
        [
            status(500, "", "etcdserver: request is too large"),
            answer(413, HTML, "text/html"),
        ]
    )

    for _ in range(2):
        with pytest.raises(TooLarge):
            await member.apply(PATH, b"{}")


WRONG = [
    {"name": ["web"]},
    {"name": 7},
    {"namespace": {}},
    {"uid": []},
    {"resourceVersion": 7},
    {"generation": "7"},
    {"deletionTimestamp": 7},
    {"labels": 7},
    {"labels": ["a"]},
    {"labels": {"a": 7}},
    {"annotations": "a=b"},
    {"ownerReferences": [7]},
    {"managedFields": {}},
    {"managedFields": [{"fieldsV1": []}]},
    {"managedFields": [{"manager": 7}]},
]


@pytest.mark.parametrize("wrong", WRONG)
async def test_metadata_is_what_kubernetes_says_or_nothing(scripted: Start, wrong: Body) -> None:
    body = {**OBJECT, "metadata": {"name": "web", **wrong}}
    listed = {"kind": "ConfigMapList", "metadata": {}, "items": [body]}
    member, _ = await scripted(
        [answer(200, body), answer(200, listed), chunks(event("ADDED", body))]
    )
    words = f"metadata.{next(iter(wrong))}"

    with pytest.raises(ClusterError, match=words):
        await member.get(PATH)
    with pytest.raises(ClusterError, match=words):
        await member.list(LIST)
    with pytest.raises(ClusterError, match=words):
        await anext(member.watch(LIST))


async def test_what_is_listed_has_a_name(scripted: Start) -> None:
    member, _ = await scripted([a_page(""), chunks(event("ADDED", {"metadata": {}}))])

    with pytest.raises(ClusterError, match="have no names"):
        await member.list(LIST)
    with pytest.raises(ClusterError, match="no event"):
        await anext(member.watch(LIST))


async def test_words_of_a_member_cannot_write_on_a_terminal(scripted: Start) -> None:
    member, _ = await scripted([status(422, "Invalid", "\x1b[2Jgone\x00 \u202e away")])

    with pytest.raises(ObjectError) as found:
        await member.get(PATH)

    assert found.value.reason == "[2Jgone away"


async def test_another_object_of_the_name_is_a_race(scripted: Start) -> None:
    cause = {"reason": "FieldValueInvalid", "field": "metadata.uid", "message": "is immutable"}
    member, _ = await scripted([status(422, "Invalid", "uid", causes=[cause])])

    with pytest.raises(Conflict):
        await member.apply(PATH, b"{}")


async def test_every_request_says_as_whom_it_is_made(scripted: Start, tmp_path: Path) -> None:
    _, server = await scripted(lambda asked: answer(200, OBJECT))
    user = {"token": "t0ken", "as": "ann", "as-groups": ["fleet"]}
    member = Member("eu", from_kubeconfig(kubeconfig(tmp_path, server.url, user), None), "us")

    await member.get(PATH)
    await member.close()

    headers = server.asked[0].headers
    assert (headers["Impersonate-User"], headers["Impersonate-Group"]) == ("ann", "fleet")
    assert headers["Authorization"] == "Bearer t0ken"


# How often


async def test_a_member_that_does_not_share_itself_out_is_asked_at_a_rate(
    scripted: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_RATE", 100.0)
    monkeypatch.setattr(transport, "_BURST", 5)
    member, _ = await scripted(lambda asked: answer(200, OBJECT))
    await member.probe()
    began = asyncio.get_running_loop().time()

    await asyncio.gather(*(member.get(PATH) for _ in range(20)))

    assert asyncio.get_running_loop().time() - began > 0.14


async def test_a_member_with_priority_and_fairness_is_not_held_back(
    scripted: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_RATE", 1.0)
    monkeypatch.setattr(transport, "_BURST", 1)
    fair = {"X_Kubernetes_PF_FlowSchema_UID": "7"}
    member, _ = await scripted(lambda asked: answer(200, OBJECT, **fair))
    await member.probe()

    async with asyncio.timeout(3):
        await asyncio.gather(*(member.get(PATH) for _ in range(20)))


# Lists


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (answer(200, {**OBJECT}), "where a list was asked for"),
        (answer(200, {**OBJECT, "items": {}}), "where a list was asked for"),
        (answer(200, {**OBJECT, "apiVersion": 7, "items": []}), "no Kubernetes object"),
        (answer(200, {**OBJECT, "items": ["web"]}), "items are no objects"),
        (answer(200, {**OBJECT, "items": [{"metadata": None}]}), "items are no objects"),
        (a_page(token=7), "metadata is not text"),
        (a_page(version={}), "metadata is not text"),
    ],
)
async def test_a_list_that_is_none_is_never_an_empty_one(
    scripted: Start, said: bytes, words: str
) -> None:
    member, _ = await scripted([said])

    with pytest.raises(ClusterError, match=words):
        await member.list(LIST)


async def test_an_empty_list_may_be_null(scripted: Start) -> None:
    metadata = {"resourceVersion": "7"}
    member, _ = await scripted([answer(200, {**OBJECT, "metadata": metadata, "items": None})])

    found = await member.list(LIST)

    assert (found.items, found.version) == ((), "7")


async def test_items_say_what_they_are(scripted: Start) -> None:
    member, _ = await scripted([a_page("web")])

    found = await member.list(LIST, form=Form.FULL)

    assert found.items == ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}},)


async def test_a_page_that_is_too_old_goes_on_under_the_token_that_was_given(
    scripted: Start,
) -> None:
    old = {"kind": "Status", "code": 410, "reason": "Expired", "metadata": {"continue": "n w"}}
    member, server = await scripted(
        [a_page("a", token="old"), answer(410, old), a_page("b", version="9")]
    )

    found = await member.list(LIST, selector="app=web,tier in (a,b)")

    assert [each["metadata"]["name"] for each in found.items] == ["a", "b"]
    assert found.version == "7"
    chosen = "labelSelector=app%3Dweb%2Ctier%20in%20%28a%2Cb%29"
    assert [each.line.split()[1].partition("?")[2] for each in server.asked] == [
        f"limit=500&{chosen}",
        f"limit=500&continue=old&{chosen}",
        f"limit=500&continue=n%20w&{chosen}",
    ]


async def test_a_page_that_is_too_old_without_a_token_starts_anew_in_one_piece(
    scripted: Start,
) -> None:
    old = {"kind": "Status", "code": 410, "reason": "Expired"}
    member, server = await scripted(
        [a_page("a", token="old"), answer(410, old), a_page("a", "b", version="9")]
    )

    found = await member.list(LIST)

    assert [each["metadata"]["name"] for each in found.items] == ["a", "b"]
    assert found.version == "9"
    assert server.asked[-1].line == f"GET {LIST} HTTP/1.1"


async def test_a_list_without_an_end_is_given_up(
    scripted: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, _ = await scripted(lambda asked: a_page("a", token="more"))
    monkeypatch.setattr("gitopsd.edge.member.listing._MOST_PAGES", 20)

    with pytest.raises(ClusterError, match="does not end"):
        await member.list(LIST)


# Watches


async def test_a_watch_reads_lines_however_they_are_cut(scripted: Start) -> None:
    large = {"metadata": {"name": "web", "annotations": {"a": "x" * 600_000}}}
    lines = event("ADDED", large) + event("BOOKMARK", {"metadata": {"resourceVersion": "9"}})
    pieces = [lines[at : at + 7000] for at in range(0, len(lines), 7000)]
    member, _ = await scripted([chunks(*pieces, b"") + Scripted.CUT])

    found = [each async for each in member.watch(LIST, version="7")]

    assert [each.kind for each in found] == [EventKind.ADDED, EventKind.BOOKMARK]
    assert found[0].body == large


async def test_a_watch_that_tells_much_leaves_half_of_the_time_to_others(
    scripted: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share, "_BUSY_S", 0.0)
    member, _ = await scripted([chunks(event("MODIFIED", OBJECT) * 20) + Scripted.CUT])
    began = time.monotonic()

    await see_all(member)

    assert time.monotonic() - began > 0.19


async def test_many_watches_of_a_member_leave_half_of_the_time_together(
    scripted: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share, "_BUSY_S", 0.0)
    told = chunks(event("MODIFIED", OBJECT) * 10) + Scripted.CUT
    member, _ = await scripted([told, told, told])
    began = time.monotonic()

    await asyncio.gather(*(see_all(member) for _ in range(3)))

    assert time.monotonic() - began > 0.28


async def test_a_watch_that_says_nothing_very_often_takes_no_time(scripted: Start) -> None:
    member, _ = await scripted([chunks(*[b"\n" * 1_000_000] * 20) + Scripted.CUT])
    began = time.process_time()

    await see_all(member)

    assert time.process_time() - began < 1


async def see_all(member: Member) -> None:
    async for each in member.watch(LIST, version="7"):
        see(each)


def see(_: Event) -> None:
    """As long as it takes to find out what an event says."""
    time.sleep(0.005)


async def test_a_watch_that_is_cut_ends(scripted: Start) -> None:
    whole = event("DELETED", {"metadata": {"name": "web"}})
    member, server = await scripted([chunks(whole, b'{"type":"ADD') + Scripted.CUT])

    found = [each.kind async for each in member.watch(LIST, selector="a=b", version="7")]

    assert found == [EventKind.DELETED]
    asked = "?watch=true&allowWatchBookmarks=true&resourceVersion=7&labelSelector=a%3Db&timeout"
    assert asked in server.asked[0].line


async def test_a_watch_without_a_byte_ends(
    scripted: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, _ = await scripted([chunks(event("ADDED", {"metadata": {"name": "web"}}))])
    monkeypatch.setattr(watching, "_LASTS_S", (0, 0))
    monkeypatch.setattr(watching, "_SILENT_S", 0.2)

    found = [each.kind async for each in member.watch(LIST)]

    assert found == [EventKind.ADDED]


@pytest.mark.parametrize(
    "said",
    [
        status(410, "Expired", "too old"),
        chunks(event("ERROR", {"kind": "Status", "code": 410, "reason": "Expired"})),
        chunks(event("ERROR", {"kind": "Status", "reason": "Gone"})),
    ],
)
async def test_a_watch_from_too_old_a_version_is_gone(scripted: Start, said: bytes) -> None:
    member, _ = await scripted([said])

    with pytest.raises(Gone):
        await anext(member.watch(LIST, version="1"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"<html>s3cr3t</html>\n", "no event"),
        (event("ADDED", []), "no event"),
        (event("ADDED", {"metadata": 7}), "no event"),
        (event("RENAMED", {"metadata": {}}), "no event"),
        (b'{"type": ["ADDED"], "object": {}}\n', "no event"),
        (event("ERROR", {"kind": "Status", "code": "410"}), "answer 500"),
        (event("ERROR", {}), "answers 500 with nothing readable"),
        (b"x" * 3000, "too large"),
    ],
)
async def test_what_is_no_event_fails_this_watch(
    scripted: Start, line: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, _ = await scripted([chunks(line)])
    monkeypatch.setattr(watching, "LARGEST_LINE_BYTES", 2000)

    with pytest.raises(ClusterError, match=words) as found:
        await anext(member.watch(LIST))

    assert "s3cr3t" not in str(found.value)


async def test_watches_leave_the_pool_to_requests(scripted: Start) -> None:
    def script(asked: Asked) -> bytes:
        if "watch=true" in asked.line:
            return chunks(event("ADDED", {"metadata": {"name": "web"}}))
        return answer(200, OBJECT)

    member, _ = await scripted(script)
    watches = [member.watch(LIST) for _ in range(40)]
    for each in watches:
        await anext(each)

    assert await member.get(PATH) == OBJECT

    for each in watches:
        await each.aclose()


# Discovery


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "APIGroupDiscoveryList", "items": "none"},
        {"kind": "APIGroupDiscoveryList", "items": [{"versions": [7]}]},
        {"kind": "APIGroupDiscoveryList", "items": [{"versions": [{"version": {}}]}]},
        [],
    ],
)
async def test_discovery_that_is_none_is_said_so(scripted: Start, document: object) -> None:
    member, _ = await scripted(lambda asked: answer(200, document))

    with pytest.raises(ClusterError, match=r"answers with .*\(/api"):
        await member.discover()
