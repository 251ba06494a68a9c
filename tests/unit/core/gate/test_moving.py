"""What goes elsewhere stays where it was until it does well there."""

from dataclasses import replace
from datetime import timedelta

from msgspec.structs import replace as changed

from fakes.fleet import NOW, WEB, binding, decision, known, manifest, outcome, snapshot, web
from gitopsd.core.gate import gate
from gitopsd.model.delivery import ActionKind, Entry, Health, Report
from gitopsd.model.gating import Approval
from gitopsd.model.resource import ResourceKey

SETTINGS = ResourceKey("", "ConfigMap", "shop", "settings")
ELSEWHERE = ResourceKey("", "ConfigMap", "other", "settings")
PRESERVED = ResourceKey("", "ConfigMap", "other", "preserved")
RUN = ResourceKey("batch", "Job", "other", "migrate")
KEPT = [ResourceKey("", "ConfigMap", "kept", f"map-{n}") for n in range(9)]


def moved(*told, later: float = 0, gone=(), reachable=True, image="nginx:1"):
    """A Deployment goes from `eu` to `us`, which tells this of it; `eu` keeps some others."""
    decided = decision(binding(web(image), ("us",)), clusters=("eu", "us"))
    kept = {key: replace(manifest(web()), key=key) for key in KEPT}
    decided = replace(decided, manifests={**decided.manifests, "eu": kept})
    inventory = {key: Entry(key, "v1") for key in (WEB, *gone, *KEPT)}
    return (
        snapshot(decided),
        decided,
        known(
            Report("eu", True, inventory=inventory),
            Report("us", reachable, inventory={}, outcomes={each.key: each for each in told}),
            now=NOW + timedelta(seconds=later),
        ),
    )


def told(health=Health.CURRENT, image="nginx:1", **more):
    return outcome(manifest(web(image)), health, **more)


def held(gated):
    return gated.wanted["eu"].guarded


def test_it_waits_until_it_is_current_there() -> None:
    absent = gate(*moved(), None)
    starting = gate(*moved(told(Health.IN_PROGRESS)), absent)
    well = gate(*moved(told()), starting)

    assert [held(each) for each in (absent, starting, well)] == [
        {WEB: "Moving"},
        {WEB: "Moving"},
        {},
    ]
    assert well.wanted["eu"].deletions == {WEB}
    assert absent.wanted["eu"].reasons == {
        "Moving": "Deployment.apps shop/web moves, and is not well on us yet"
    }


def test_what_was_applied_last_counts_alone() -> None:
    assert held(gate(*moved(told(image="nginx:1"), image="nginx:2"), None)) == {WEB: "Moving"}


def test_a_failure_there_is_not_well() -> None:
    failed = changed(told(), action=ActionKind.FAIL)

    assert held(gate(*moved(failed), None)) == {WEB: "Moving"}


def test_a_member_that_is_lost_is_not_well() -> None:
    assert held(gate(*moved(told(), reachable=False), None)) == {WEB: "Moving"}


def shrunk(**told):
    """A Deployment on three clusters is taken off `eu`: what the two others tell of it."""
    taken, decided, seen = moved()
    one = manifest(web())
    others = ("us", "zz")
    decided = replace(
        decided,
        bindings={WEB: binding(web(), others)},
        clusters={**decided.clusters, "zz": decided.clusters["us"]},
        manifests={"eu": decided.manifests["eu"], **{name: {WEB: one} for name in others}},
    )
    had = {WEB: Entry(WEB, "v1", hash=one.hash)}
    reports = {
        name: Report(
            name,
            told.get(name) is not None,
            inventory=had,
            outcomes={WEB: each} if (each := told.get(name)) else {},
        )
        for name in others
    }
    return taken, decided, replace(seen, reports={"eu": seen.reports["eu"], **reports})


def test_who_had_it_before_need_not_be_well_as_long_as_one_is() -> None:
    ill = told(Health.FAILED)

    found = [held(gate(*shrunk(us=told(), zz=zz), None)) for zz in (told(), ill, None)]

    assert found == [{}, {}, {}]


def test_where_it_is_well_nowhere_else_it_waits() -> None:
    found = gate(*shrunk(us=told(Health.FAILED)), None)

    assert held(found) == {WEB: "Moving"}
    assert found.wanted["eu"].reasons == {"Moving": "Deployment.apps shop/web is well nowhere else"}


def test_what_a_guard_holds_waits_for_its_copies_when_it_is_allowed() -> None:
    claim = ResourceKey("", "PersistentVolumeClaim", "shop", "data")
    first = gate(*moved(gone=(claim,)), None)
    taken, decided, seen = moved(told(Health.IN_PROGRESS), gone=(claim,), later=700)
    covers = frozenset({f"eu/{WEB.id}", f"eu/{claim.id}"})
    loaded = replace(taken.loaded, approvals=(Approval("a", covers),))

    allowed = gate(replace(taken, loaded=loaded), decided, seen, first)

    assert set(held(first).values()) == {"HoldsContent"}
    assert held(allowed) == {WEB: "Moving", claim: "Moving"}


def test_after_ten_minutes_nobody_waits_any_more() -> None:
    first = gate(*moved(), None)
    early = gate(*moved(later=599), first)
    late = gate(*moved(later=600), early)

    assert first.wake_at == early.wake_at == NOW + timedelta(minutes=10)
    assert [held(early), held(late)] == [{WEB: "Moving"}, {}]


def test_a_new_process_goes_on_waiting_as_long() -> None:
    first = gate(*moved(), None)
    taken, decided, seen = moved(later=600)
    seen = replace(seen, memory=changed(seen.memory, gating=first.gating))

    assert held(gate(taken, decided, seen, None)) == {}


def test_what_stands_beside_it_waits_with_it() -> None:
    space = ResourceKey("", "ConfigMap", "other", "pages")

    found = gate(*moved(gone=(SETTINGS, space)), None)

    assert held(found) == {SETTINGS: "Moving", WEB: "Moving"}
    assert found.wanted["eu"].deletions == {space}


def test_nothing_is_deleted_while_the_repository_cannot_be_read() -> None:
    taken, decided, seen = moved(told(), gone=(ELSEWHERE,))
    first = gate(*moved(gone=(ELSEWHERE,)), None)

    unread = gate(taken, decided, replace(seen, unread="no answer"), first)
    after = gate(taken, decided, seen, unread)

    assert held(unread) == dict.fromkeys((ELSEWHERE, WEB), "SourceNotReady")
    assert unread.wanted["eu"].reasons == {
        "SourceNotReady": "the repository cannot be read: no answer"
    }
    assert (unread.gating.moving, unread.gating.round) == ({}, first.gating.round)
    assert after.wanted["eu"].deletions == {WEB, ELSEWHERE}


def test_nothing_is_let_go_while_something_is_rendered() -> None:
    taken, decided, seen = moved(told(), gone=(ELSEWHERE,))
    inventory = {
        **seen.reports["eu"].inventory,
        PRESERVED: Entry(PRESERVED, "v1", flags=("kept",)),
        RUN: Entry(RUN, "v1", flags=("hook", "done")),
    }
    seen = replace(
        seen, reports={**seen.reports, "eu": replace(seen.reports["eu"], inventory=inventory)}
    )
    loaded = replace(taken.loaded, rendering=frozenset({"a/kustomization.yaml"}))

    meanwhile = gate(replace(taken, loaded=loaded), decided, seen, None).wanted["eu"]
    after = gate(taken, decided, seen, None).wanted["eu"]

    assert meanwhile.guarded == dict.fromkeys((ELSEWHERE, WEB), "Rendering")
    assert meanwhile.reasons == {"Rendering": "a/kustomization.yaml is being rendered"}
    assert (meanwhile.deletions, meanwhile.releases) == (frozenset(), frozenset())
    assert meanwhile.kept == {RUN: "a/kustomization.yaml is being rendered"}
    assert (after.deletions, after.releases) == ({ELSEWHERE, WEB}, {PRESERVED})
    assert after.kept == {}


def test_what_goes_nowhere_else_waits_for_nothing() -> None:
    found = gate(*moved(told(), gone=(ELSEWHERE,)), None)

    assert found.wanted["eu"].deletions == {WEB, ELSEWHERE}
