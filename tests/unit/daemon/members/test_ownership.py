"""What was there before us, and how objects become ours and cease to be."""

import pytest

from fakes.delivery import SET, annotated, key_of, manifest
from gitopsd.apiserver.store import Key
from gitopsd.core.plan.inventory import PART_OF
from gitopsd.model.delivery import ActionKind
from servers.objects import config_map
from servers.waiting import until

WEB = config_map("shop", "web", word="ours")
THEIRS = config_map("shop", "web", word="theirs")


async def test_a_foreign_object_is_left_untouched_by_abort(eu) -> None:
    made = await eu.made(THEIRS)

    eu.want(manifest(WEB))
    await eu.finished()

    outcome = eu.outcome(key_of(WEB))
    assert (outcome.action, outcome.reason) == (ActionKind.SKIP, "NotOwned")
    assert "Overwrite" in outcome.message
    assert eu.live(WEB) == made


async def test_a_foreign_object_with_the_very_same_fields_is_not_adopted(eu) -> None:
    made = await eu.made(WEB)

    eu.want(manifest(WEB))
    await eu.finished()

    assert eu.outcome(key_of(WEB)).reason == "NotOwned"
    assert eu.live(WEB) == made


async def test_many_foreign_objects_are_found_by_one_list(eu) -> None:
    bodies = [config_map("shop", f"web-{n}", word="ours") for n in range(9)]
    made = [await eu.made(body) for body in bodies[:3]]

    eu.want(*map(manifest, bodies))
    report = await eu.finished()

    reasons = [report.outcomes[key_of(body)].reason for body in bodies]
    assert reasons == ["NotOwned"] * 3 + [""] * 6
    assert [eu.live(body) for body in bodies[:3]] == made


async def test_overwrite_adopts(eu) -> None:
    await eu.made(THEIRS)

    eu.want(manifest(WEB, conflict="Overwrite"))
    await eu.finished()

    assert eu.outcome(key_of(WEB)).action is ActionKind.CONFIGURE
    assert (eu.value(WEB), eu.label(WEB)) == ("ours", SET)


@pytest.mark.parametrize(
    "labels", [{"app.kubernetes.io/managed-by": "Helm"}, {PART_OF: "applyset-another-v1"}]
)
async def test_overwrite_does_not_take_what_another_tool_claims(eu, labels) -> None:
    theirs = {**THEIRS, "metadata": {**THEIRS["metadata"], "labels": labels}}
    made = await eu.made(theirs)

    eu.want(manifest(WEB, conflict="Overwrite"))
    await eu.finished()

    outcome = eu.outcome(key_of(WEB))
    assert (outcome.action, outcome.reason) == (ActionKind.FAIL, "OwnershipConflict")
    assert next(iter(labels.values())) in outcome.message
    assert eu.live(WEB) == made


@pytest.mark.parametrize("theirs", [THEIRS, WEB], ids=["other fields", "the same fields"])
async def test_who_is_faster_by_a_moment_keeps_his_object(eu, theirs) -> None:
    key = Key("", "configmaps", "shop", "web")

    def faster(change) -> None:
        # Right after the inventory was written, which comes between look-up and apply.
        if change.last.key.name == "gitopsd-inventory" and eu.member.store.read(key) is None:
            eu.replaced(theirs)

    eu.member.store.listeners.append(faster)

    eu.want(manifest(WEB))
    await eu.finished()

    live = eu.live(WEB)
    assert eu.outcome(key_of(WEB)).reason == "NotOwned"
    assert live["data"] == theirs["data"]
    assert eu.label(WEB) is None
    assert {each["manager"] for each in live["metadata"].get("managedFields", [])} <= {"kubectl"}


async def test_an_object_that_replaced_ours_before_an_apply_is_not_taken(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()

    made = eu.replaced(THEIRS)
    await until(lambda: eu.outcome(key_of(WEB)).reason == "NotOwned")

    eu.want(manifest(config_map("shop", "web", word="newer")))
    await eu.finished()

    assert eu.live(WEB) == made


async def test_our_label_comes_back_on_what_is_wanted(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()

    await eu.patched(WEB, {"metadata": {"labels": {PART_OF: None}}})

    await until(lambda: eu.label(WEB) == SET)


async def test_without_our_label_nothing_is_deleted(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    await eu.patched(WEB, {"metadata": {"labels": {PART_OF: None}}})
    await until(lambda: eu.label(WEB) == SET)
    eu.want(kept={key_of(WEB): "held"})
    await eu.finished()
    await eu.patched(WEB, {"metadata": {"labels": {PART_OF: None}}})

    eu.want(deletions=frozenset({key_of(WEB)}))
    await eu.finished()

    assert eu.value(WEB) == "ours"
    assert key_of(WEB) not in eu.recorded()


async def test_what_is_named_is_deleted_and_forgotten(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()

    eu.want(deletions=frozenset({key_of(WEB)}))
    await eu.finished()

    assert eu.live(WEB) is None
    assert key_of(WEB) not in eu.recorded()


async def test_what_is_not_named_stays(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()

    eu.want()
    await eu.finished()

    assert (eu.value(WEB), eu.label(WEB)) == ("ours", SET)
    assert key_of(WEB) in eu.recorded()


async def test_prune_disabled_on_the_live_object_keeps_it_and_takes_our_label_off(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    await eu.patched(WEB, {"metadata": {"annotations": {"gitopsd.io/prune": "disabled"}}})

    eu.want(deletions=frozenset({key_of(WEB)}))
    await eu.finished()

    assert (eu.value(WEB), eu.label(WEB)) == ("ours", None)
    assert key_of(WEB) not in eu.recorded()


async def test_what_is_preserved_on_deletion_is_released(eu) -> None:
    eu.want(manifest(WEB, preserve=True))
    await eu.finished()
    assert eu.recorded()[key_of(WEB)].flags == ("kept",)

    eu.want(releases=frozenset({key_of(WEB)}))
    await eu.finished()

    assert (eu.value(WEB), eu.label(WEB)) == ("ours", None)
    assert key_of(WEB) not in eu.recorded()


async def test_what_is_preserved_stays_ours_until_its_release_is_named(eu) -> None:
    eu.want(manifest(WEB, preserve=True))
    await eu.finished()

    eu.want()
    await eu.finished()

    assert eu.label(WEB) == SET
    assert key_of(WEB) in eu.recorded()


@pytest.mark.parametrize("more", [{}, {"suspended": True}])
async def test_a_policy_that_changes_its_mind_counts_from_then_on(eu, more) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    before = eu.live(WEB)

    eu.want(manifest(WEB, preserve=True, **more))
    await eu.finished()
    kept = eu.recorded()[key_of(WEB)].flags
    eu.want(manifest(WEB, **more))
    await eu.finished()

    assert (kept, eu.recorded()[key_of(WEB)].flags) == (("kept",), ())
    assert eu.live(WEB) == before


async def test_what_was_released_is_not_ours_when_it_is_wanted_again(eu) -> None:
    web = config_map("new", "web", word="ours")
    eu.want(manifest(web, preserve=True))
    await eu.finished()
    eu.want(releases=frozenset({key_of(web)}))
    await eu.finished()

    eu.want(manifest(config_map("new", "web", word="again")))
    report = await eu.finished()

    assert report.outcomes[key_of(web)].reason == "NotOwned"
    assert (eu.value(web), eu.label(web)) == ("ours", None)


async def test_a_copy_that_a_person_made_is_nobodys(eu) -> None:
    eu.want(manifest(WEB))
    await eu.finished()
    copy = {**WEB, "metadata": {"name": "copy", "namespace": "shop", "labels": {PART_OF: SET}}}

    made = await eu.made(copy)
    eu.want(manifest(WEB), deletions=frozenset({key_of(copy)}))
    report = await eu.finished()

    assert key_of(copy) not in report.inventory
    assert eu.live(copy) == made


# Fields that people wrote by hand


async def test_fields_of_an_adopted_object_disappear_when_they_are_dropped(eu) -> None:
    await eu.made(config_map("shop", "web", word="theirs", more="x"))
    eu.want(manifest(config_map("shop", "web", word="ours", more="y"), conflict="Overwrite"))
    await eu.finished()

    eu.want(manifest(WEB, conflict="Overwrite"))
    await eu.finished()

    assert eu.live(WEB)["data"] == {"word": "ours"}


async def test_an_object_that_another_tool_marked_is_adopted_where_it_says_so(eu) -> None:
    labels = {"app.kubernetes.io/managed-by": "Helm"}
    await eu.made({**THEIRS, "metadata": {**THEIRS["metadata"], "labels": labels}})

    adopting = annotated(WEB, gitopsd_io__adopt="always")
    eu.want(manifest(adopting, conflict="Overwrite"))
    await eu.finished()

    assert (eu.value(WEB), eu.label(WEB)) == ("ours", SET)
