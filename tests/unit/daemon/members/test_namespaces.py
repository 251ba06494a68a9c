"""Namespaces: made where they are missing, used where they are there, waited for, never pruned."""

from fakes.delivery import SET, key_of, manifest
from gitopsd.model.delivery import ActionKind
from servers.objects import config_map, namespace
from servers.waiting import until

SPACE = namespace("bakery")
CAKE = config_map("bakery", "cake", word="sweet")
SHOP = namespace("shop")


async def test_one_that_nobody_declares_is_made_and_stays(eu) -> None:
    eu.want(manifest(CAKE))
    await eu.finished()
    uid = eu.live(SPACE)["metadata"]["uid"]

    eu.want(deletions=frozenset({key_of(CAKE), key_of(SPACE)}))
    await eu.finished()

    assert eu.live(CAKE) is None
    assert eu.live(SPACE)["metadata"]["uid"] == uid
    assert eu.recorded()[key_of(SPACE)].flags == ("createdNamespace",)


async def test_one_that_is_declared_goes_first(eu) -> None:
    eu.want(manifest(CAKE), manifest(SPACE))
    report = await eu.finished()

    assert report.outcomes[key_of(SPACE)].action is ActionKind.CREATE
    assert (eu.label(SPACE), eu.value(CAKE)) == (SET, "sweet")


async def test_one_that_was_there_is_used_and_never_ours(eu) -> None:
    page = config_map("shop", "page", word="open")

    eu.want(manifest(SHOP), manifest(page))
    report = await eu.finished()

    assert report.outcomes[key_of(SHOP)].reason == "NotOwned"
    assert (eu.label(SHOP), eu.value(page)) == (None, "open")


async def test_one_that_was_there_is_never_deleted_though_we_laid_our_fields_on_it(eu) -> None:
    eu.want(manifest(SHOP, conflict="Overwrite"))
    await eu.finished()
    changed = {**SHOP, "metadata": {"name": "shop", "labels": {"team": "bread"}}}
    eu.want(manifest(changed, conflict="Overwrite"))
    await eu.finished()
    assert eu.live(SHOP)["metadata"]["labels"]["team"] == "bread"

    eu.want(deletions=frozenset({key_of(SHOP)}))
    await eu.finished()
    eu.want(releases=frozenset({key_of(SHOP)}))
    await eu.finished()

    assert eu.live(SHOP)["status"]["phase"] == "Active"
    assert eu.label(SHOP) is None


async def test_one_of_ours_is_deleted_after_all_else(eu) -> None:
    eu.want(manifest(SPACE), manifest(CAKE))
    await eu.finished()
    gone = []
    eu.member.store.listeners.append(
        lambda change: gone.append(change.last.key.name) if change.kind == "DELETED" else None
    )

    eu.want(deletions=frozenset({key_of(SPACE), key_of(CAKE)}))
    await eu.finished()

    assert [name for name in gone if name in ("cake", "bakery")] == ["cake", "bakery"]


async def test_one_of_the_system_is_never_deleted(eu) -> None:
    system = namespace("kube-public")
    eu.want(manifest(system, conflict="Overwrite"))
    await eu.finished()

    eu.want(deletions=frozenset({key_of(system)}))
    await eu.finished()

    assert eu.live(system)["status"]["phase"] == "Active"


async def test_one_that_a_person_deletes_comes_back_with_all_that_is_in_it(eu) -> None:
    eu.want(manifest(CAKE))
    await eu.finished()
    uid = eu.live(SPACE)["metadata"]["uid"]

    await eu.removed(SPACE)

    await until(lambda: eu.live(SPACE) is None or eu.live(SPACE)["metadata"]["uid"] != uid)
    await until(lambda: eu.value(CAKE) == "sweet", 20)
    await until(lambda: eu.is_quiet)
    assert eu.recorded()[key_of(SPACE)].uid == eu.live(SPACE)["metadata"]["uid"]


async def test_one_that_is_declared_and_deleted_comes_back_too(eu) -> None:
    eu.want(manifest(SPACE), manifest(CAKE))
    await eu.finished()
    uid = eu.live(SPACE)["metadata"]["uid"]

    await eu.removed(SPACE)

    await until(lambda: eu.live(SPACE) and eu.live(SPACE)["metadata"]["uid"] != uid)
    await until(lambda: eu.value(CAKE) == "sweet", 20)
