"""What others change is set right from the watch; what controllers own is let be."""

from fakes.delivery import key_of, manifest
from gitopsd.core.plan.inventory import PART_OF
from gitopsd.kube.body import dig
from gitopsd.model.delivery import ActionKind
from servers.objects import config_map, deployment
from servers.waiting import until

WEB = config_map("shop", "web", word="ours")
APP = deployment("shop", "app", replicas=2)


async def test_a_changed_field_is_set_back(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()

    await eu.patched(WEB, {"data": {"word": "theirs"}})

    await until(lambda: eu.value(WEB) == "ours")


async def test_a_field_that_others_add_stays(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    await eu.patched(WEB, {"data": {"more": "theirs"}})

    await eu.patched(WEB, {"data": {"word": "theirs"}})

    await until(lambda: eu.value(WEB) == "ours")
    assert eu.value(WEB, "more") == "theirs"


async def test_a_deleted_object_is_made_anew(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    uid = eu.live(WEB)["metadata"]["uid"]

    await eu.removed(WEB)

    await until(lambda: eu.live(WEB) and eu.entry(key_of(WEB)).uid not in ("", uid))
    assert eu.entry(key_of(WEB)).uid == eu.live(WEB)["metadata"]["uid"]


async def test_drift_that_comes_again_is_repaired_later_each_time(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    await eu.patched(WEB, {"data": {"word": "theirs"}})
    await until(lambda: eu.value(WEB) == "ours")
    writes = eu.member.writes()

    await eu.patched(WEB, {"data": {"word": "theirs"}})
    other = config_map("shop", "other", word="new")
    eu.want(manifest(WEB), manifest(other))
    await until(lambda: eu.value(other) == "new")

    assert eu.value(WEB) == "theirs"
    # The patch, the inventory, the new object, the inventory.
    await until(lambda: eu.member.writes() == writes + 4)


async def test_the_replicas_that_an_autoscaler_sets_are_its_own(eu) -> None:
    eu.want(manifest(APP))
    await eu.finished()

    await eu.patched(APP, {"spec": {"replicas": 7}}, "kube-controller-manager")
    await until(lambda: owners_of_replicas(eu) == {"kube-controller-manager"})
    eu.want(manifest(deployment("shop", "app", "nginx:1.30", replicas=2)))
    await eu.finished()

    live = eu.live(APP)
    assert live["spec"]["replicas"] == 7
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:1.30"
    assert eu.outcome(key_of(APP)).action is ActionKind.CONFIGURE


async def test_the_replicas_that_a_person_sets_are_set_back(eu) -> None:
    eu.want(manifest(APP))
    await eu.finished()

    await eu.patched(APP, {"spec": {"replicas": 7}}, "kubectl-edit")

    await until(lambda: eu.live(APP)["spec"]["replicas"] == 2)


async def test_nothing_is_forced_where_the_object_says_fail(eu) -> None:
    careful = {
        **WEB,
        "metadata": {**WEB["metadata"], "annotations": {"gitopsd.io/on-conflict": "fail"}},
    }
    eu.want(manifest(careful))
    await eu.finished()

    await eu.patched(WEB, {"data": {"word": "theirs"}})

    await until(lambda: eu.outcome(key_of(WEB)).reason == "FieldConflict")
    assert "kubectl-edit" in eu.outcome(key_of(WEB)).message
    assert eu.value(WEB) == "theirs"


async def test_a_person_who_takes_our_label_is_no_deletion(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    uid = eu.live(WEB)["metadata"]["uid"]

    await eu.patched(WEB, {"metadata": {"labels": {PART_OF: "applyset-other"}}})

    await until(lambda: eu.outcome(key_of(WEB)).reason == "OwnershipConflict")
    assert eu.live(WEB)["metadata"]["uid"] == uid


async def test_what_others_do_while_we_are_away_is_set_right_after(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    await eu.stop()
    await eu.patched(WEB, {"data": {"word": "theirs"}})

    eu.start()
    eu.want(manifest(WEB))

    await until(lambda: eu.value(WEB) == "ours")


def owners_of_replicas(eu) -> set[str]:
    managed = dig(eu.live(APP) or {}, "metadata", "managedFields", default=[])
    return {
        each["manager"] for each in managed if dig(each, "fieldsV1", "f:spec", "f:replicas") == {}
    }
