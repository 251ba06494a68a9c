"""The set of one instance waits on a member for that of another: looked at, and never trusted."""

import asyncio
from datetime import timedelta

import pytest

from fakes.delivery import Delivery, annotated, key_of, manifest
from gitopsd.apiserver.errors import ApiError
from gitopsd.apiserver.store import Key
from gitopsd.core.plan import PENDING, inventory, sets, told
from gitopsd.core.plan.inventory import TOOLING, Inventory
from gitopsd.daemon import awaiting, rediscovery
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body, laid
from gitopsd.model.api import Form
from gitopsd.model.delivery import ActionKind, Entry
from servers.objects import config_map, definition, deployment, namespace
from servers.waiting import until

WEB = config_map("shop", "web", word="ours")
OTHER = config_map("shop", "other", word="ours")
BASE = config_map("shop", "base", word="theirs")
SLOW = deployment("shop", "slow")
AFTER = ("platform",)
OF_PLATFORM = "gitopsd-inventory-platform"


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    monkeypatch.setattr(awaiting, "FIRST_S", 0.05)
    monkeypatch.setattr(awaiting, "LONGEST_S", 0.1)


@pytest.fixture
async def apps(idle):
    """The set that comes after others."""
    delivery = Delivery(idle.member, idle.kubeconfig, instance="apps")
    delivery.start()
    yield delivery
    await delivery.close()


@pytest.fixture
async def platform(idle):
    """The set that comes first."""
    delivery = Delivery(idle.member, idle.kubeconfig, instance="platform")
    delivery.start("file:///srv/platform.git")
    yield delivery
    await delivery.close()


async def test_it_goes_once_the_other_set_is_there_and_well(apps, platform) -> None:
    apps.want(manifest(WEB), after=AFTER)
    await until(lambda: "no set here yet" in words(apps, WEB))
    first, is_finished = apps.outcome(key_of(WEB)), apps.report.is_finished
    was = apps.live(WEB)

    platform.want(manifest(BASE))

    await until(lambda: apps.live(WEB))
    await apps.finished()
    assert (first.action, first.reason) == (ActionKind.SKIP, "DependencyNotReady")
    assert first.message == "instance platform has no set here yet"
    assert (was, is_finished) == (None, False)
    assert apps.value(BASE) == "theirs"


async def test_all_that_is_new_waits_and_what_was_applied_is_put_back(apps, platform) -> None:
    apps.want(manifest(WEB))
    await apps.finished()
    platform.want(manifest(SLOW))
    hook = annotated(config_map("shop", "hook"), gitopsd_io__hook="pre-sync")

    apps.want(
        manifest(OTHER),
        deletions=frozenset({key_of(WEB)}),
        hooks={key_of(hook): manifest(hook, hook="pre-sync")},
        after=AFTER,
    )
    await until(lambda: "shop/slow: " in words(apps, WEB))
    assert "shop/slow: " in words(apps, OTHER)
    assert "shop/slow: " in words(apps, hook)
    apps.want(manifest(WEB), manifest(OTHER), after=AFTER)
    await apps.patched(WEB, {"data": {"word": "drifted"}})
    await until(lambda: apps.value(WEB) == "ours")

    assert apps.live(OTHER) is None
    assert apps.live(hook) is None


async def test_later_trouble_of_the_other_set_revokes_nothing(apps, platform, monkeypatch) -> None:
    monkeypatch.setattr(told, "BASE_S", 0.2)
    platform.want(manifest(BASE))
    await platform.finished()
    broken = ApiError(500, "InternalError", "not now")
    apps.member.faults.fail(broken, 2, lambda r: r.method == "PATCH" and "other" in r.path)
    apps.want(manifest(WEB), manifest(OTHER), after=AFTER)
    await until(lambda: apps.outcome(key_of(OTHER)).message == "not now")

    platform.want(manifest(BASE), manifest(SLOW))
    await until(lambda: platform.live(SLOW))

    await until(lambda: apps.live(OTHER))


async def test_a_newer_commit_ends_the_wait_at_once(apps, monkeypatch) -> None:
    monkeypatch.setattr(awaiting, "FIRST_S", 600.0)
    monkeypatch.setattr(awaiting, "LONGEST_S", 600.0)
    apps.want(manifest(WEB), after=AFTER)
    await until(lambda: "no set here yet" in words(apps, WEB))

    apps.want(manifest(WEB))

    await until(lambda: apps.live(WEB), 2)


async def test_a_look_that_hangs_is_given_up_for_a_newer_commit(
    apps, platform, monkeypatch
) -> None:
    platform.want(manifest(BASE))
    await platform.finished()
    get, hung = Member.get, []

    async def hanging(self, path, form=Form.FULL):
        if path.endswith(OF_PLATFORM) and not hung:
            hung.append(path)
            await asyncio.sleep(600)
        return await get(self, path, form)

    monkeypatch.setattr(Member, "get", hanging)
    apps.want(manifest(WEB), after=AFTER)
    await until(lambda: hung)

    apps.want(manifest(WEB), manifest(OTHER), after=AFTER)

    await until(lambda: apps.live(OTHER), 2)


async def test_nothing_is_asked_at_rest_nor_by_a_new_process(apps, platform) -> None:
    platform.want(manifest(BASE))
    apps.want(manifest(WEB), after=AFTER)
    await apps.finished()
    await platform.finished()
    await platform.stop()
    writes = apps.member.writes()
    before = asked(apps)
    apps.want(manifest(WEB), after=AFTER)
    await apps.finished()
    at_rest = asked(apps)

    await apps.stop()
    refuse(apps)
    apps.start()
    apps.want(manifest(WEB), after=AFTER)
    await apps.finished()

    assert at_rest == before
    assert apps.outcome(key_of(WEB)).action is ActionKind.UNCHANGED
    assert apps.member.writes() == writes


async def test_what_may_not_be_read_is_told_and_goes_once_it_may(apps, platform) -> None:
    platform.want(manifest(BASE))
    await platform.finished()
    refuse(apps)

    apps.want(manifest(WEB), after=AFTER)
    report = await apps.finished()
    apps.member.faults.clear()

    found = report.outcomes[key_of(WEB)]
    assert (found.action, found.reason) == (ActionKind.SKIP, "DependencyFailed")
    assert found.message == f"instance platform cannot be looked at here: {REFUSAL}"
    await until(lambda: apps.live(WEB))


async def test_a_kind_that_may_not_be_listed_is_told(apps, platform) -> None:
    platform.want(manifest(SLOW))
    await until(lambda: platform.live(SLOW))
    refused = ApiError(403, "Forbidden", "deployments is forbidden")
    apps.member.faults.fail(refused, 99, lambda r: r.path.endswith("/shop/deployments"))

    apps.want(manifest(WEB), after=AFTER)

    await until(lambda: "deployments is forbidden" in words(apps, WEB))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"metadata": {"annotations": {TOOLING: "kubectl/v1.33.0"}}}, "not ours to change"),
        ({"metadata": {"labels": {inventory.ID: "applyset-of-mine-v1"}}}, "right would be"),
        ({"data": {"entries-0": "bm90aGluZw=="}}, "its entries cannot be read"),
    ],
    ids=["another tool", "another set", "broken entries"],
)
async def test_an_inventory_that_is_none_is_nothing_to_go_by(apps, change, said) -> None:
    await put(apps, parent("platform"))
    await apps.patched(parent("platform"), change)

    apps.want(manifest(WEB), after=AFTER)
    await apps.finished()

    assert apps.outcome(key_of(WEB)).reason == "DependencyFailed"
    assert said in words(apps, WEB)


async def test_a_list_that_does_not_end_holds_up_nothing_else(apps, monkeypatch) -> None:
    monkeypatch.setattr(awaiting, "LOOK_S", 0.2)
    await put(apps, parent("platform", Entry(key_of(BASE), "v1", "u1", "h1")))

    each = Member.each

    async def endless(self, path, keep, *, selector="", form=Form.METADATA):
        while set_of("platform") in selector:
            keep(BASE)
            await asyncio.sleep(0)
        return await each(self, path, keep, selector=selector, form=form)

    apps.want(manifest(OTHER))
    await apps.finished()
    monkeypatch.setattr(Member, "each", endless)
    apps.want(manifest(WEB), manifest(OTHER), after=AFTER)
    await apps.patched(OTHER, {"data": {"word": "drifted"}})

    await until(lambda: apps.value(OTHER) == "ours")
    await until(lambda: "no answer in time" in words(apps, WEB))


async def test_amid_a_change_of_the_other_set_nothing_goes(apps, monkeypatch) -> None:
    monkeypatch.setattr(awaiting, "FIRST_S", 0.2)
    made = await apps.made(BASE)
    known = Entry(key_of(BASE), "v1", made["metadata"]["uid"], "h1")
    await put(apps, parent("platform", known))
    label = {"metadata": {"labels": {inventory.PART_OF: set_of("platform")}}}
    await apps.patched(BASE, label)
    apps.want(manifest(WEB), after=AFTER)
    await until(lambda: words(apps, WEB) == "instance platform may have more to come here")

    more = Entry(key_of(OTHER), "v1", flags=(PENDING,))
    await apps.patched(parent("platform"), {"data": parent("platform", known, more)["data"]})

    await until(lambda: "shop/other: it was not applied yet" in words(apps, WEB))
    assert apps.live(WEB) is None


async def test_who_waits_for_one_another_is_told_the_circle(apps) -> None:
    waiting = Entry(key_of(BASE), "v1", "u1", "h1")
    await put(apps, parent("platform", waiting, after=("base",)))
    await put(apps, parent("base", after=("gone", "apps")))

    apps.want(manifest(WEB), after=AFTER)
    await apps.finished()

    found = apps.outcome(key_of(WEB))
    assert found.reason == "DependencyFailed"
    assert found.message == "instances wait for one another: apps → platform → base → apps"


async def test_a_wait_that_lasts_fails_and_ends_all_the_same(apps, platform, monkeypatch) -> None:
    monkeypatch.setattr(sets, "LONGEST_PROGRESS", timedelta(seconds=0.1))
    apps.want(manifest(WEB), after=AFTER)
    await apps.finished()
    late = apps.outcome(key_of(WEB))

    platform.want(manifest(BASE))

    await until(lambda: apps.live(WEB))
    assert late.reason == "DependencyFailed"
    assert late.message == "instance platform has no set here yet"


async def test_a_kind_that_the_other_set_brings_is_seen_at_once(
    apps, platform, monkeypatch
) -> None:
    monkeypatch.setattr(rediscovery, "_SOON_S", 600.0)
    apps.want(manifest(CAKE), after=AFTER)
    await until(lambda: "no set here yet" in words(apps, CAKE))

    platform.want(manifest(DEFINITION))

    await until(lambda: apps.live(CAKE), 5)


async def test_whom_a_set_waits_for_is_recorded_once_when_it_changes(apps, platform) -> None:
    apps.want(manifest(WEB))
    await apps.finished()
    plain = recorded(apps)
    apps.want(manifest(WEB), after=AFTER)
    await apps.finished()
    said = recorded(apps)
    apps.want(manifest(WEB), after=AFTER)
    await apps.finished()
    again = recorded(apps)

    apps.want(manifest(WEB))
    await apps.finished()

    assert "dependsOn" not in plain["data"]
    assert said["data"]["dependsOn"] == "platform"
    assert again == said
    assert "dependsOn" not in recorded(apps)["data"]


async def test_a_circle_that_was_undone_lets_nothing_go_too_early(apps, platform) -> None:
    platform.want(manifest(BASE))
    apps.want(manifest(WEB), after=AFTER)
    await apps.finished()
    platform.want(manifest(BASE), after=("apps",))
    await platform.finished()
    platform.want(manifest(BASE))
    await platform.finished()

    platform.want(deletions=frozenset({key_of(BASE)}))
    await until(lambda: "instance apps comes after this one" in words(platform, BASE))

    assert platform.live(BASE) is not None


async def test_what_was_recorded_counts_while_nobody_can_read_it(apps, platform) -> None:
    platform.want(manifest(BASE))
    apps.want(manifest(WEB), after=AFTER)
    await apps.finished()
    platform.want(manifest(BASE), manifest(SLOW))
    await until(lambda: platform.live(SLOW))
    await apps.stop()

    apps.start()
    apps.want(manifest(WEB), manifest(OTHER), after=None)

    await until(lambda: "shop/slow: " in words(apps, OTHER))
    assert recorded(apps)["data"]["dependsOn"] == "platform"


async def test_all_of_a_set_goes_after_those_that_come_after_it(apps, platform) -> None:
    platform.want(manifest(BASE))
    kept = laid(WEB, ["example.com/wait"], "metadata", "finalizers")
    apps.want(manifest(kept), after=AFTER)
    await apps.finished()

    platform.want(deletions=frozenset({key_of(BASE)}))
    await until(lambda: "instance apps comes after this one" in words(platform, BASE))
    apps.want(deletions=frozenset({key_of(WEB)}))
    await until(lambda: "deletionTimestamp" in apps.live(WEB)["metadata"])
    await asyncio.sleep(0.3)
    was = apps.live(BASE)
    await apps.patched(WEB, {"metadata": {"finalizers": None}})

    await until(lambda: apps.live(BASE) is None)
    assert was is not None
    assert apps.live(WEB) is None


async def test_where_inventories_may_not_be_listed_all_of_a_set_goes(apps, platform) -> None:
    platform.want(manifest(BASE))
    apps.want(manifest(WEB), after=AFTER)
    await apps.finished()
    error = ApiError(403, "Forbidden", "configmaps is forbidden")
    apps.member.faults.fail(error, 99, lambda r: r.path.endswith("/gitopsd-system/configmaps"))

    platform.want(deletions=frozenset({key_of(BASE)}))

    await until(lambda: apps.live(BASE) is None)


async def test_a_set_that_stays_in_part_is_not_asked_after(apps, platform) -> None:
    platform.want(manifest(BASE), manifest(OTHER))
    apps.want(manifest(WEB), after=AFTER)
    await apps.finished()

    platform.want(manifest(BASE), deletions=frozenset({key_of(OTHER)}))

    await until(lambda: apps.live(OTHER) is None)


DEFINITION = definition("shop.example", "Cake", {"type": "object"})
CAKE = {
    "apiVersion": "shop.example/v1",
    "kind": "Cake",
    "metadata": {"name": "birthday", "namespace": "shop"},
}
REFUSAL = f'configmaps "{OF_PLATFORM}" is forbidden: User "apps" cannot get resource "configmaps"'


def words(delivery: Delivery, body: Body) -> str:
    return delivery.outcome(key_of(body)).message


def asked(delivery: Delivery) -> int:
    return delivery.member.face.requests.total("GET", "LIST")


def refuse(delivery: Delivery) -> None:
    """What the other set holds may not be read any more."""
    error = ApiError(403, "Forbidden", REFUSAL)
    delivery.member.faults.fail(error, 999, lambda r: r.path.endswith(OF_PLATFORM))


def set_of(instance: str) -> str:
    return inventory.applyset_id(f"gitopsd-inventory-{instance}", "gitopsd-system")


def parent(instance: str, *entries: Entry, after: tuple[str, ...] = ()) -> Body:
    held = Inventory(entries={each.key: each for each in entries}, after=after)
    return inventory.parent(f"gitopsd-inventory-{instance}", "gitopsd-system", held)


async def put(delivery: Delivery, body: Body) -> None:
    if delivery.live(namespace("gitopsd-system")) is None:
        await delivery.made(namespace("gitopsd-system"))
    await delivery.made(body)


def recorded(delivery: Delivery) -> Body:
    key = Key("", "configmaps", "gitopsd-system", "gitopsd-inventory-apps")
    found = delivery.member.store.read(key)
    assert found is not None
    return found.body
