"""Where several members delete, one goes first."""

from dataclasses import replace
from datetime import timedelta

from fakes.fleet import NOW, cluster, decision, known, manifest, web
from gitopsd.core.gate.canary import after_canary
from gitopsd.model.delivery import ActionKind, Health, Outcome, Report
from gitopsd.model.gating import Round
from gitopsd.model.resource import ResourceKey

OLD = ResourceKey("", "ConfigMap", "shop", "old")
OLDER = ResourceKey("", "ConfigMap", "shop", "older")
WEB = manifest(web())
NAMES = ("asia", "eu", "us")


def fleet(labelled: str = ""):
    """Three members that are to hold the Deployment `web`."""
    decided = decision(clusters=NAMES)
    clusters = {
        name: replace(cluster(name), labels={"gitopsd.io/canary": ""} if name == labelled else {})
        for name in NAMES
    }
    return replace(decided, clusters=clusters, manifests={name: {WEB.key: WEB} for name in NAMES})


def heard(*lost: str, ill: str = "", later: float = 0):
    """What is known: who is lost, and where `web` is not Current any more."""
    return known(
        *(
            Report(
                name,
                name not in lost,
                inventory={},
                outcomes={
                    WEB.key: Outcome(
                        WEB.key,
                        ActionKind.UNCHANGED,
                        health=Health.FAILED if name == ill else Health.CURRENT,
                    )
                },
            )
            for name in NAMES
        ),
        now=NOW + timedelta(seconds=later),
    )


def asked(*names: str, keys=(OLD,)):
    return {name: frozenset(keys) if name in names else frozenset() for name in NAMES}


def test_one_member_alone_needs_no_canary() -> None:
    found = after_canary(asked("us"), fleet(), heard(), Round())

    assert found.open == {"us": {OLD}}


def test_the_first_by_name_goes_first() -> None:
    found = after_canary(asked("eu", "us"), fleet(), heard(), Round())

    assert (found.round.cluster, found.open) == ("eu", {"eu": {OLD}})


def test_one_with_the_label_goes_before_it() -> None:
    found = after_canary(asked("eu", "us"), fleet("us"), heard(), Round())

    assert found.round.cluster == "us"


def test_a_label_on_one_that_deletes_nothing_counts_for_nothing() -> None:
    found = after_canary(asked("eu", "us"), fleet("asia"), heard(), Round())

    assert found.round.cluster == "eu"


def test_one_that_is_not_reachable_is_no_canary_and_waits() -> None:
    found = after_canary(asked(*NAMES), fleet(), heard("asia"), Round())

    assert (found.round.cluster, found.open) == ("eu", {"eu": {OLD}})


def test_while_nobody_is_reachable_nothing_is_deleted() -> None:
    found = after_canary(asked("eu", "us"), fleet(), heard(*NAMES), Round())

    assert (found.round.cluster, found.open) == ("", {})


def test_the_others_follow_after_ten_quiet_seconds() -> None:
    first = after_canary(asked("eu", "us"), fleet(), heard(), Round())

    done = after_canary(asked("us"), fleet(), heard(later=1), first.round)
    early = after_canary(asked("us"), fleet(), heard(later=10.9), done.round)
    late = after_canary(asked("us"), fleet(), heard(later=11), early.round)

    assert done.wake_at == NOW + timedelta(seconds=11)
    assert [each.open for each in (done, early, late)] == [{}, {}, {"us": {OLD}}]


def test_what_was_opened_stays_open_while_it_is_being_done() -> None:
    first = after_canary(asked(*NAMES), fleet(), heard(), Round())
    done = after_canary(asked("eu", "us"), fleet(), heard(later=1), first.round)
    opened = after_canary(asked("eu", "us"), fleet(), heard(later=11), done.round)

    after = after_canary(asked("us"), fleet(), heard(later=12), opened.round)

    assert (opened.open, after.open) == ({"eu": {OLD}, "us": {OLD}}, {"us": {OLD}})


def test_nobody_follows_while_something_is_worse_there() -> None:
    first = after_canary(asked("eu", "us"), fleet(), heard(), Round())

    worse = after_canary(asked("us"), fleet(), heard(ill="eu", later=1), first.round)
    still = after_canary(asked("us"), fleet(), heard(ill="eu", later=60), worse.round)
    well = after_canary(asked("us"), fleet(), heard(later=61), still.round)
    over = after_canary(asked("us"), fleet(), heard(later=71), well.round)

    assert [each.open for each in (worse, still, well, over)] == [{}, {}, {}, {"us": {OLD}}]


def test_nobody_follows_while_the_canary_is_lost() -> None:
    first = after_canary(asked("eu", "us"), fleet(), heard(), Round())

    lost = after_canary(asked("us"), fleet(), heard("eu", later=60), first.round)

    assert (lost.round.cluster, lost.open) == ("eu", {})


def test_one_that_is_lost_for_five_minutes_gives_way_to_the_next() -> None:
    first = after_canary(asked(*NAMES), fleet(), heard(), Round())
    lost = after_canary(asked(*NAMES), fleet(), heard("asia", later=60), first.round)

    still = after_canary(asked(*NAMES), fleet(), heard("asia", later=359), lost.round)
    over = after_canary(asked(*NAMES), fleet(), heard("asia", later=360), still.round)

    assert still.wake_at == NOW + timedelta(minutes=6)
    assert (still.round.cluster, over.round.cluster, over.open) == ("asia", "eu", {"eu": {OLD}})


def test_one_that_was_not_read_yet_is_not_done() -> None:
    first = after_canary(asked("eu", "us"), fleet(), heard(), Round())
    seen = heard(later=1)
    unread = replace(seen.reports["eu"], inventory=None)
    seen = replace(seen, reports={**seen.reports, "eu": unread})

    found = after_canary(asked("us"), fleet(), seen, first.round)

    assert (found.open, found.round.quiet_since) == ({}, None)


def test_one_that_answers_again_goes_on() -> None:
    first = after_canary(asked("eu", "us"), fleet(), heard(), Round())
    lost = after_canary(asked("us"), fleet(), heard("eu", later=60), first.round)

    back = after_canary(asked("us"), fleet(), heard(later=359), lost.round)
    over = after_canary(asked("us"), fleet(), heard(later=400), back.round)

    assert (back.round.lost_since, over.open) == (None, {"us": {OLD}})


def test_other_deletions_begin_another_round() -> None:
    first = after_canary(asked("eu", "us"), fleet(), heard(), Round())

    found = after_canary(
        asked("us", "asia", keys=(OLD, OLDER)), fleet(), heard(later=1), first.round
    )

    assert (found.round.cluster, found.open) == ("asia", {"asia": {OLD, OLDER}})


def test_the_same_deletions_need_a_canary_again_after_a_while_of_none() -> None:
    first = after_canary(asked("eu", "us"), fleet(), heard(), Round())
    done = after_canary(asked("us"), fleet(), heard(later=1), first.round)
    opened = after_canary(asked("us"), fleet(), heard(later=11), done.round)
    over = after_canary(asked(), fleet(), heard(later=12), opened.round)

    again = after_canary(asked("eu", "us"), fleet(), heard(later=99), over.round)

    assert again.open == {"eu": {OLD}}


def test_nobody_waits_for_what_the_canary_will_not_delete_unasked() -> None:
    claim = ResourceKey("", "PersistentVolumeClaim", "shop", "data")
    first = after_canary(asked("eu", "us", keys=(OLD, claim)), fleet(), heard(), Round())
    left = {**asked("us", keys=(OLD, claim)), "eu": frozenset({claim})}

    done = after_canary(left, fleet(), holding_back(claim, 1), first.round)
    late = after_canary(left, fleet(), holding_back(claim, 11), done.round)

    assert done.open == {"eu": {claim}}
    assert late.open == {"eu": {claim}, "us": {OLD, claim}}


def holding_back(claim: ResourceKey, later: float):
    """What is known when `eu` waits for a person's word on its claim."""
    seen = heard(later=later)
    told = Outcome(claim, ActionKind.SKIP, "AwaitingApproval")
    report = seen.reports["eu"]
    told_too = replace(report, outcomes={**report.outcomes, claim: told})
    return replace(seen, reports={**seen.reports, "eu": told_too})
