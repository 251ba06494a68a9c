"""What a member does and refuses, through the transport: simulated and real alike."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from conformance.members.conftest import Place
from gitopsd.edge.member import ends_initial
from gitopsd.edge.member import listing as pages
from gitopsd.kube.body import Body, dig
from gitopsd.kube.wire import encode
from gitopsd.model.api import EventKind, Form, Served
from gitopsd.model.errors import (
    AlreadyThere,
    Conflict,
    FieldConflict,
    Gone,
    NotThere,
    Rejected,
)

CONFIG = Served("", "v1", "ConfigMap", "configmaps", True, frozenset(), ("v1",))
LABELS = {"app": "web"}


def config(place: Place, name: str, **fields: Any) -> bytes:
    metadata = {"name": name, "namespace": place.namespace, "labels": LABELS}
    head = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    return encode({**head, **fields})


def path(place: Place, name: str = "") -> str:
    return CONFIG.path(place.namespace, name)


def version_of(body: Body) -> str:
    return str(body["metadata"]["resourceVersion"])


# The member


async def test_a_member_says_that_it_is_ready_and_which_it_is(place: Place) -> None:
    await place.member.probe()

    assert (await place.member.version()).startswith("v1.")
    assert len(await place.member.uid()) == 36
    assert place.member.requests["probe", 200] == 1


async def test_whether_it_is_still_the_same_is_asked_once_by_all_who_ask_together(
    place: Place,
) -> None:
    await asyncio.gather(*(place.member.recognise() for _ in range(5)))
    assert place.member.requests["get", 200] == 1

    await place.member.recognise()
    assert place.member.requests["get", 200] == 2


async def test_a_member_says_what_it_serves(place: Place) -> None:
    found = await place.member.discover()

    assert found.partial == frozenset()
    assert found.kinds["", "ConfigMap"].path("a", "b") == "/api/v1/namespaces/a/configmaps/b"
    web = found.kinds["apps", "Deployment"]
    assert (web.plural, web.is_namespaced, web.versions) == ("deployments", True, ("v1",))
    assert {"get", "list", "watch", "patch"} <= web.verbs
    assert not found.kinds["", "Namespace"].is_namespaced
    assert found.kinds["autoscaling", "HorizontalPodAutoscaler"].versions[0] == "v2"
    groups = [each.group_version for each in found.api]
    assert groups == sorted(groups)
    assert {"v1", "apps/v1"} <= set(groups)
    assert not [each for api in found.api for each in api.resources if "/" in each.name]


async def test_discovery_stays_the_same_while_nothing_changes(place: Place) -> None:
    first = await place.member.discover()

    assert await place.member.discover() is first
    assert place.member.requests["get", 304] == 2


async def test_a_new_kind_is_discovered_and_gone_again(place: Place) -> None:
    before = await place.member.discover()

    async with things(place) as found:
        assert await place.member.discover() is not before
        assert found.versions == ("v1", "v1beta1")

    assert ("member.example", "Thing") not in (await place.member.discover()).kinds


# Applying


async def test_an_apply_creates_changes_and_leaves_alone(place: Place) -> None:
    created = await place.member.apply(path(place, "a"), config(place, "a", data={"k": "1"}))
    same = await place.member.apply(path(place, "a"), config(place, "a", data={"k": "1"}))
    changed = await place.member.apply(path(place, "a"), config(place, "a", data={"k": "2"}))

    assert (created.is_created, same.is_created, changed.is_created) == (True, False, False)
    assert version_of(created.body) == version_of(same.body) != version_of(changed.body)
    assert changed.body["data"] == {"k": "2"}
    assert changed.body["metadata"]["managedFields"][0]["manager"] == "gitopsd"


async def test_letters_of_all_sorts_arrive(place: Place) -> None:
    text = "grün 🙂 \x7f\x85\ufeff\u2028 \uffff #: -"

    applied = await place.member.apply(path(place, "a"), config(place, "a", data={"k": text}))

    assert applied.body["data"] == {"k": text}


async def test_a_dry_run_changes_nothing(place: Place) -> None:
    applied = await place.member.apply(
        path(place, "a"), config(place, "a", data={"k": "1"}), dry_run=True
    )

    assert applied.is_created
    with pytest.raises(NotThere):
        await place.member.get(path(place, "a"))


async def test_fields_of_others_are_a_conflict_until_it_is_forced(place: Place) -> None:
    other = place.another("somebody")
    await other.apply(path(place, "a"), config(place, "a", data={"k": "theirs"}))
    await other.close()
    ours = config(place, "a", data={"k": "ours"})

    with pytest.raises(FieldConflict) as found:
        await place.member.apply(path(place, "a"), ours)

    assert found.value.causes == (
        {
            "reason": "FieldManagerConflict",
            "field": ".data.k",
            "message": 'conflict with "somebody"',
        },
    )
    forced = await place.member.apply(path(place, "a"), ours, force=True)
    assert forced.body["data"] == {"k": "ours"}


async def test_unknown_fields_are_refused_for_good(place: Place) -> None:
    with pytest.raises(Rejected, match="dta: field not declared in schema") as found:
        await place.member.apply(path(place, "a"), config(place, "a", dta={"k": "1"}))

    assert (found.value.status, found.value.retry) == (500, False)


async def test_impossible_values_are_refused_by_field(place: Place) -> None:
    name = "x" * 300

    with pytest.raises(Rejected) as found:
        await place.member.apply(path(place, name), config(place, name))

    assert found.value.status == 422
    assert found.value.causes[0]["field"] == "metadata.name"


async def test_a_namespace_that_is_not_there_takes_nothing(place: Place) -> None:
    metadata = {"name": "a", "namespace": "nowhere"}
    body = encode({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})

    with pytest.raises(NotThere, match='namespaces "nowhere" not found'):
        await place.member.apply(CONFIG.path("nowhere", "a"), body)


async def test_a_kind_that_is_not_served_is_not_there(place: Place) -> None:
    with pytest.raises(NotThere, match="could not find the requested resource"):
        await place.member.list("/apis/nobody.example/v1/things")


# Other writes


async def test_what_is_there_is_not_created_again(place: Place) -> None:
    created = await place.member.create(path(place), config(place, "a"))
    assert created["metadata"]["name"] == "a"

    with pytest.raises(AlreadyThere):
        await place.member.create(path(place), config(place, "a"))


async def test_what_changed_meanwhile_is_not_replaced(place: Place) -> None:
    before = await place.member.create(path(place), config(place, "a"))
    after = await place.member.replace(path(place, "a"), encode({**before, "data": {"k": "1"}}))
    assert after["data"] == {"k": "1"}

    with pytest.raises(Conflict):
        await place.member.replace(path(place, "a"), encode({**before, "data": {"k": "2"}}))


async def test_patches_are_of_two_sorts(place: Place) -> None:
    await place.member.create(path(place), config(place, "a", data={"k": "1"}))

    merged = await place.member.patch(
        path(place, "a"), b'{"data":{"l":"2"}}', "application/merge-patch+json"
    )
    edited = await place.member.patch(
        path(place, "a"),
        b'[{"op":"replace","path":"/data/k","value":"3"}]',
        "application/json-patch+json",
    )

    assert merged["data"] == {"k": "1", "l": "2"}
    assert edited["data"] == {"k": "3", "l": "2"}


async def test_another_object_of_the_same_name_is_not_deleted(place: Place) -> None:
    created = await place.member.create(path(place), config(place, "a"))
    uid = created["metadata"]["uid"]

    with pytest.raises(Conflict):
        await place.member.delete(path(place, "a"), uid="0" * len(uid))
    with pytest.raises(Conflict):
        await place.member.delete(path(place, "a"), uid=uid, version="1")
    await place.member.delete(path(place, "a"), uid=uid, propagation="Background")

    with pytest.raises(NotThere):
        await place.member.delete(path(place, "a"))


# Reading


async def test_metadata_is_all_that_is_sent_where_no_more_is_asked(place: Place) -> None:
    await place.member.create(path(place), config(place, "a", data={"k": "1"}))

    found = await place.member.get(path(place, "a"), Form.METADATA)

    assert found["kind"] == "PartialObjectMetadata"
    assert "data" not in found
    assert found["metadata"]["labels"] == LABELS


async def test_lists_are_read_page_by_page(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE", 2)
    for name in "abcde":
        await place.member.create(path(place), config(place, name, data={"k": "1"}))
    before = place.member.requests["list", 200]

    metadata = await place.member.list(path(place), selector="app=web")
    pieces = place.member.requests["list", 200] - before
    full = await place.member.list(path(place), selector="app in (web)", form=Form.FULL)
    none = await place.member.list(path(place), selector="app!=web,app")

    assert pieces == 3
    assert [each["metadata"]["name"] for each in metadata.items] == list("abcde")
    assert metadata.version.isdigit()
    assert not [each for each in metadata.items if "data" in each]
    assert [(each["kind"], each["data"]) for each in full.items] == [("ConfigMap", {"k": "1"})] * 5
    assert none.items == ()


async def test_a_watch_goes_on_from_the_last_version(place: Place) -> None:
    await place.member.create(path(place), config(place, "before"))
    listed = await place.member.list(path(place), selector="app=web")

    first = place.member.watch(path(place), selector="app=web", version=listed.version)
    await place.member.create(path(place), config(place, "a"))
    added = await asyncio.wait_for(anext(first), 10)
    await first.aclose()
    await place.member.patch(
        path(place, "a"), b'{"metadata":{"labels":{"x":"y"}}}', "application/merge-patch+json"
    )
    await place.member.delete(path(place, "a"), propagation="Background")
    then = place.member.watch(
        path(place), selector="app=web", version=version_of(added.body), form=Form.FULL
    )
    modified, deleted = [await asyncio.wait_for(anext(then), 10) for _ in range(2)]
    await then.aclose()

    assert (added.kind, added.body["kind"]) == (EventKind.ADDED, "PartialObjectMetadata")
    assert (modified.kind, deleted.kind) == (EventKind.MODIFIED, EventKind.DELETED)
    assert (modified.body["kind"], dig(deleted.body, "metadata", "name")) == ("ConfigMap", "a")


async def test_a_watch_may_begin_with_everything(place: Place) -> None:
    for name in "ab":
        await place.member.create(path(place), config(place, name))

    stream = place.member.stream(path(place), selector="app=web")
    first = [await asyncio.wait_for(anext(stream), 20) for _ in range(3)]
    await place.member.create(path(place), config(place, "c"))
    then = await asyncio.wait_for(anext(stream), 10)
    await stream.aclose()

    assert [each.kind for each in first] == [EventKind.ADDED, EventKind.ADDED, EventKind.BOOKMARK]
    assert [ends_initial(each) for each in first] == [False, False, True]
    assert (then.kind, dig(then.body, "metadata", "name")) == (EventKind.ADDED, "c")


async def test_what_stops_matching_leaves_a_watch(place: Place) -> None:
    created = await place.member.create(path(place), config(place, "a"))
    watch = place.member.watch(path(place), selector="app=web", version=version_of(created))
    await place.member.patch(
        path(place, "a"), b'{"metadata":{"labels":{"app":null}}}', "application/merge-patch+json"
    )

    event = await asyncio.wait_for(anext(watch), 10)
    await watch.aclose()

    assert event.kind is EventKind.DELETED


async def test_a_watch_ends_when_its_time_is_over(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitopsd.edge.member.watching._LASTS_S", (1, 1))
    listed = await place.member.list(path(place))
    await place.member.create(path(place), config(place, "a"))

    async with asyncio.timeout(10):
        found = [each async for each in place.member.watch(path(place), version=listed.version)]

    assert [each.kind for each in found if each.kind is not EventKind.BOOKMARK] == [EventKind.ADDED]
    assert place.member.requests["watch", 200] == 1


async def test_a_watch_from_too_old_a_version_is_gone(place: Place) -> None:
    async with things(place) as found:
        listed = await place.member.list(found.path())
        place.way.forget(listed.version)

        with pytest.raises(Gone):
            await asyncio.wait_for(anext(place.member.watch(found.path(), version="1")), 10)


@asynccontextmanager
async def things(place: Place) -> AsyncIterator[Served]:
    """A kind of the test's own, while it is served."""
    await place.member.create(CRDS, encode(CRD))
    try:
        for _ in range(100):
            found = await place.member.discover()
            if served := found.kinds.get(("member.example", "Thing")):
                break
            await asyncio.sleep(0.1)
        yield served
    finally:
        await place.member.delete(f"{CRDS}/{CRD['metadata']['name']}", propagation="Background")
        for _ in range(100):
            if ("member.example", "Thing") not in (await place.member.discover()).kinds:
                break
            await asyncio.sleep(0.1)


CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.member.example"},
    "spec": {
        "group": "member.example",
        "scope": "Namespaced",
        "names": {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "Things"},
        "versions": [
            {
                "name": name,
                "served": True,
                "storage": name == "v1",
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }
            for name in ("v1", "v1beta1")
        ],
    },
}
