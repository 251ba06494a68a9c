"""What is seen of a member when watches are few, lie or end: nothing is missed in the end."""

from fakes.delivery import SET, Delivery, key_of, manifest
from gitopsd.apiserver.errors import ApiError
from gitopsd.core.plan.inventory import PART_OF
from gitopsd.daemon import watcher
from gitopsd.daemon.seats import Seats
from servers.objects import config_map
from servers.waiting import until

WEB = config_map("shop", "web", word="ours")


async def test_a_kind_without_a_watch_is_listed_now_and_then(idle: Delivery, monkeypatch) -> None:
    monkeypatch.setattr(watcher, "_UNWATCHED_S", 0.2)
    monkeypatch.setattr(Seats, "has", lambda *_: False)
    idle.start()
    idle.want(manifest(WEB))
    await idle.finished()

    await idle.patched(WEB, {"data": {"word": "theirs"}})

    await until(lambda: idle.value(WEB) == "ours")
    assert idle.member.face.requests.total("WATCH") == 0


async def test_everything_is_seen_anew_once_in_a_while(eu: Delivery, monkeypatch) -> None:
    """A watch that says nothing is mended by a list; the object it hid is looked up."""
    monkeypatch.setattr(watcher, "RESYNC_S", 0.0)
    eu.want(manifest(WEB))
    await eu.finished()
    sight = eu._members._followers["eu"]._sight
    sight.live.pop(key_of(WEB))

    eu.member.cut()

    await until(lambda: key_of(WEB) in sight.live)


async def test_a_watch_that_ends_is_counted(eu: Delivery) -> None:
    eu.want(manifest(WEB))
    await eu.finished()

    eu.member.cut()

    await until(lambda: eu._members.tallies["eu"].restarts["ended"] >= 1)


async def test_a_member_without_streams_is_listed_page_by_page(eu: Delivery) -> None:
    refused = ApiError(422, "Invalid", "sendInitialEvents is forbidden")
    eu.member.faults.fail(refused, 99, lambda request: "sendInitialEvents" in request.query)

    eu.want(manifest(WEB))
    await eu.finished()
    await eu.patched(WEB, {"data": {"word": "theirs"}})

    await until(lambda: eu.value(WEB) == "ours")
    assert eu._members.tallies["eu"].requests["watch", 422] == 1


async def test_objects_that_are_called_ours_without_an_end_do_not_fill_the_memory(
    eu: Delivery, monkeypatch
) -> None:
    monkeypatch.setattr(watcher, "_MOST", 5)
    monkeypatch.setattr(watcher, "_PAUSE_S", 0.01)
    eu.want(manifest(WEB))
    await eu.finished()
    sight = eu._members._followers["eu"]._sight

    for number in range(12):
        body = config_map("shop", f"x-{number:02}")
        await eu.made({**body, "metadata": {**body["metadata"], "labels": {PART_OF: SET}}})

    await until(lambda: eu._members.tallies["eu"].restarts["error"] > 3)
    assert len(sight.live) == 5
    assert key_of(WEB) in sight.live
