"""What is recorded on a member, whose it is, and what happens when it is lost."""

import pytest

from conformance.hostile.conftest import kubeconfig
from fakes.delivery import INVENTORY, SET, Delivery, key_of, manifest
from gitopsd.core.plan import inventory
from gitopsd.core.plan.inventory import PART_OF, Inventory
from servers.objects import config_map, deployment, namespace
from servers.waiting import until

WEB = config_map("shop", "web", word="ours")
OLD = config_map("shop", "old", word="ours")
NEW = config_map("shop", "new", word="ours")


async def test_everything_is_recorded_before_it_is_made(eu) -> None:
    made = []

    def write(change) -> None:
        if change.kind == "ADDED" and change.last.key.name in ("web", "old"):
            made.append((change.last.key.name, sorted(key.name for key in eu.recorded())))

    eu.member.store.listeners.append(write)

    eu.want(manifest(WEB), manifest(OLD))
    await eu.finished()

    assert sorted(made) == [("old", ["old", "web"]), ("web", ["old", "web"])]


async def test_it_goes_along_with_a_new_name_of_its_member(eu, tmp_path) -> None:
    eu.want(manifest(WEB), manifest(OLD))
    await eu.finished()
    await eu.stop()

    renamed = Delivery(eu.member, kubeconfig({"europe": eu.member.url}, tmp_path / "k"), "europe")
    renamed.start()
    renamed.want(manifest(WEB), deletions=frozenset({key_of(OLD)}))
    await renamed.finished()
    await renamed.close()

    assert (eu.value(WEB), eu.live(OLD)) == ("ours", None)


async def test_it_says_the_new_name_of_its_member_though_nothing_else_is_new(eu, tmp_path) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    await eu.stop()

    renamed = Delivery(eu.member, kubeconfig({"europe": eu.member.url}, tmp_path / "k"), "europe")
    renamed.start()
    renamed.want(manifest(WEB))
    await renamed.finished()
    await renamed.close()

    assert eu.member.store.read(INVENTORY).body["data"]["cluster"] == "europe"


async def test_in_the_end_it_says_uid_and_hash_of_each(eu) -> None:
    eu.want(manifest(WEB, share=3), manifest(OLD))
    await eu.finished()

    found = eu.recorded()
    assert {key.name for key in found} == {"web", "old"}
    web = found[key_of(WEB)]
    assert web.uid == eu.live(WEB)["metadata"]["uid"]
    assert (web.hash, web.share, web.flags) == (manifest(WEB).hash, 3, ())


async def test_a_second_start_writes_nothing(eu) -> None:
    held = (manifest(WEB), manifest(deployment("shop", "app")), manifest(namespace("bakery")))
    eu.want(*held)
    await eu.finished()
    await eu.stop()
    writes = eu.member.writes()

    eu.start()
    eu.want(*held)
    await eu.finished()

    assert eu.member.writes() == writes


async def test_nothing_new_is_no_request_at_all(eu) -> None:
    held = (manifest(WEB), manifest(deployment("shop", "app", replicas=0)))
    eu.want(*held)
    await eu.finished()
    requests = eu.member.face.requests.total()

    eu.want(*held)
    await eu.finished()

    assert eu.member.face.requests.total() == requests


async def test_one_that_is_lost_is_made_anew_from_our_label(eu) -> None:
    eu.want(manifest(WEB), manifest(OLD))
    await eu.finished()
    await eu.stop()
    eu.lose_inventory()

    eu.start()
    eu.want(manifest(WEB))
    report = await eu.finished()

    assert set(report.inventory) == {key_of(WEB), key_of(OLD)}
    eu.want(manifest(WEB), deletions=frozenset({key_of(OLD)}))
    await eu.finished()
    assert eu.live(OLD) is None
    assert set(eu.recorded()) == {key_of(WEB)}


async def test_copies_that_people_made_are_not_taken_for_ours_when_it_is_lost(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    await eu.stop()
    eu.lose_inventory()
    copy = {**WEB, "metadata": {"name": "copy", "namespace": "shop", "labels": {PART_OF: SET}}}
    await eu.made(copy)

    eu.start()
    eu.want(manifest(WEB))
    report = await eu.finished()

    assert set(report.inventory) == {key_of(WEB)}


async def test_copies_that_a_backup_tool_made_are_not_ours_while_it_is_there(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    await eu.stop()
    restored = {
        **eu.live(WEB),
        "metadata": {
            "name": "restored",
            "namespace": "shop",
            "labels": {PART_OF: SET},
            "managedFields": eu.live(WEB)["metadata"]["managedFields"],
        },
    }
    eu.replaced(restored)

    eu.start()
    eu.want(manifest(WEB))
    report = await eu.finished()

    assert set(report.inventory) == {key_of(WEB)}


async def test_what_nobody_wants_any_more_is_found_when_it_is_lost(eu) -> None:
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "old", "namespace": "shop"},
    }
    eu.want(manifest(WEB), manifest(account))
    await eu.finished()
    await eu.stop()
    eu.lose_inventory()

    eu.start()
    eu.want(manifest(WEB))
    report = await eu.finished()

    assert set(report.inventory) == {key_of(WEB), key_of(account)}


async def test_two_daemons_lose_nothing_of_each_other(eu) -> None:
    other = Delivery(eu.member, eu.kubeconfig)
    other.start()
    eu.want(manifest(WEB))
    await eu.finished()

    other.want(manifest(OLD))
    await other.finished()
    assert set(eu.recorded()) == {key_of(WEB), key_of(OLD)}
    eu.want(manifest(WEB), manifest(NEW))
    await eu.finished()
    await other.close()

    assert set(eu.recorded()) == {key_of(WEB), key_of(OLD), key_of(NEW)}
    assert set(eu.report.inventory) == set(eu.recorded())


async def test_what_finds_no_room_in_it_is_not_made(eu, monkeypatch) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    held = Inventory("file:///srv/fleet.git", "commit-1", "0" * 64, eu.recorded())
    size = inventory.size(inventory.parent("gitopsd-inventory", "gitopsd-system", held))
    monkeypatch.setattr(inventory, "LIMIT_BYTES", size + 40)

    changed = {**WEB, "data": {"word": "changed"}}
    eu.want(manifest(changed), manifest(NEW))
    report = await eu.finished()

    outcome = report.outcomes[key_of(NEW)]
    assert (outcome.action, outcome.reason) == ("Fail", "TooLarge")
    assert (eu.value(WEB), eu.live(NEW)) == ("changed", None)
    assert report.reachable
    assert set(eu.recorded()) == {key_of(WEB)}


async def test_one_that_is_lost_while_we_run_is_written_again(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    eu.lose_inventory()

    eu.want(manifest(WEB), manifest(OLD))
    await eu.finished()

    assert set(eu.recorded()) == {key_of(WEB), key_of(OLD)}


async def test_that_of_another_repository_is_not_touched(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    await eu.stop()
    writes = eu.member.writes()

    eu.start(source="file:///srv/other.git")
    eu.want(manifest(OLD))
    await until(lambda: eu.report.reason == "OwnershipConflict")

    assert not eu.report.reachable
    assert "file:///srv/fleet.git" in eu.report.message
    assert "file:///srv/other.git" in eu.report.message
    assert eu.report.inventory is None
    assert eu.member.writes() == writes


async def test_that_of_another_repository_is_taken_over_where_the_operator_says_so(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    await eu.stop()

    eu.start(source="file:///srv/other.git", take_over_from="file:///srv/fleet.git")
    eu.want(manifest(WEB), manifest(OLD))
    await eu.finished()

    assert set(eu.recorded()) == {key_of(WEB), key_of(OLD)}
    await eu.stop()
    eu.start(source="file:///srv/other.git")
    eu.want(manifest(WEB), manifest(OLD))
    await eu.finished()
    assert eu.report.reachable


async def test_one_that_is_damaged_is_not_touched(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    await eu.stop()
    inventory = config_map("gitopsd-system", "gitopsd-inventory")
    await eu.patched(inventory, {"data": {"entries-0": "x"}})
    writes = eu.member.writes()

    eu.start()
    eu.want(deletions=frozenset({key_of(WEB)}))
    await until(lambda: eu.report.reason == "OwnershipConflict")

    assert eu.report.inventory is None
    assert eu.member.writes() == writes


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"id": "0000"}, "another cluster"),
        ({"apiEndpoint": "https://elsewhere.example:6443"}, "spec.apiEndpoint says"),
    ],
)
async def test_a_member_that_is_another_one_than_was_said_gets_nothing(idle, spec, words) -> None:
    writes = idle.member.writes()

    idle.start(**spec)
    idle.want(manifest(WEB))
    await until(lambda: words in idle.report.message)

    assert not idle.report.reachable
    assert idle.report.inventory is None
    assert idle.member.writes() == writes


async def test_a_member_that_is_the_one_that_was_said_is_followed(idle) -> None:
    uid = idle.member.get("", "namespaces", "", "kube-system")["metadata"]["uid"]

    idle.start(id=uid, apiEndpoint=idle.member.url + "/")
    idle.want(manifest(WEB))
    await idle.finished()

    assert idle.value(WEB) == "ours"
