"""What makes `sync` exit 1, and what does not."""

import dataclasses

import pytest
from msgspec import structs

from fakes import fleet
from gitopsd.core.summary import lacking, standing
from gitopsd.model.decision import Wanted
from gitopsd.model.delivery import ActionKind, Health, Outcome
from gitopsd.model.memory import Memory
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Snapshot
from gitopsd.model.standing import Count, Phase, Standing

DECIDED = fleet.decision(fleet.binding(fleet.web(), ("eu-1",), 2), clusters=("eu-1",))
MANIFEST = DECIDED.manifests["eu-1"][fleet.WEB]
ASKED = fleet.wanted(DECIDED)["eu-1"]
SNAPSHOT = fleet.snapshot(DECIDED)


def judged(*outcomes: Outcome, asked: Wanted = ASKED, **report: object) -> Standing:
    said = dataclasses.replace(fleet.report(asked, *outcomes), **report)  # type: ignore[arg-type]
    return standing(SNAPSHOT, DECIDED, {"eu-1": asked}, fleet.known(said))


def test_all_applied_and_current_is_synced():
    found = judged(fleet.outcome(MANIFEST))

    assert found.phase is Phase.SYNCED
    assert found.is_applied
    assert found.counts == {"eu-1": Count(wanted=1, current=1)}


def test_nothing_is_finished_while_something_is_rendered():
    loaded = dataclasses.replace(SNAPSHOT.loaded, rendering=frozenset({"a/kustomization.yaml"}))
    said = fleet.known(fleet.report(ASKED, fleet.outcome(MANIFEST)))

    found = standing(dataclasses.replace(SNAPSHOT, loaded=loaded), DECIDED, {"eu-1": ASKED}, said)

    assert (found.phase, found.failures) == (Phase.PROGRESSING, ())


def test_pending_health_is_no_failure():
    found = judged(fleet.outcome(MANIFEST, Health.IN_PROGRESS))

    assert (found.is_applied, found.is_healthy) == (True, False)
    assert found.phase is Phase.PROGRESSING


def test_what_is_not_well_yet_is_named_and_what_failed_is_told_elsewhere():
    def lines(*outcomes):
        return [*lacking(ASKED, fleet.report(ASKED, *outcomes) if outcomes else None)]

    slow = structs.replace(fleet.outcome(MANIFEST, Health.IN_PROGRESS), message="1 of 2 ready")

    assert lines() == [f"eu-1: {fleet.WEB}: pending"]
    assert lines(slow) == [f"eu-1: {fleet.WEB}: progressing: 1 of 2 ready"]
    assert lines(fleet.outcome(MANIFEST)) == []
    assert lines(Outcome(fleet.WEB, ActionKind.FAIL, "Forbidden", "may not")) == []


def test_a_deletion_that_waits_is_named_too():
    gone = ResourceKey("", "ConfigMap", "shop", "gone")
    asked = dataclasses.replace(ASKED, deletions=frozenset({gone}))
    waits = Outcome(gone, ActionKind.SKIP, "DependencyNotReady", "something comes first")

    found = [*lacking(asked, fleet.report(asked, fleet.outcome(MANIFEST), waits))]

    assert found == ["eu-1: ConfigMap shop/gone: to be deleted: something comes first"]


def test_failed_health_needs_a_person_but_is_applied():
    found = judged(fleet.outcome(MANIFEST, Health.FAILED))

    assert found.is_applied
    assert found.phase is Phase.DEGRADED


def test_a_failed_object_is_a_failure_with_its_reason():
    outcome = Outcome(fleet.WEB, ActionKind.FAIL, "Forbidden", "may not patch deployments")

    found = judged(outcome)

    assert found.failures == (
        "eu-1: Deployment.apps shop/web: Fail Forbidden: may not patch deployments",
    )


@pytest.mark.parametrize("reason", ["Ignored", "Suspended", "KeptByAnnotation"])
def test_what_was_skipped_on_purpose_fails_nothing(reason):
    assert judged(Outcome(fleet.WEB, ActionKind.SKIP, reason)).failures == ()


def test_any_other_skip_is_a_failure():
    assert judged(Outcome(fleet.WEB, ActionKind.SKIP, "NotOwned")).failures == (
        "eu-1: Deployment.apps shop/web: Skip NotOwned",
    )


def test_a_namespace_that_was_there_before_fails_nothing():
    namespace = ResourceKey("", "Namespace", "", "shop")

    found = judged(fleet.outcome(MANIFEST), Outcome(namespace, ActionKind.SKIP, "NotOwned"))

    assert found.failures == ()


def test_waiting_is_a_failure_only_once_the_member_has_given_up():
    outcome = Outcome(fleet.WEB, ActionKind.SKIP, "CRDNotEstablished")

    assert judged(outcome, is_finished=False).failures == ()
    assert judged(outcome).failures != ()


def test_an_unreachable_member_is_a_failure_and_holds_nobody_up():
    found = judged(reachable=False, message="connection refused", is_finished=False)

    assert found.failures == ("eu-1: not reachable: connection refused",)
    assert found.is_finished


def test_a_member_that_has_not_reported_is_not_finished():
    found = standing(SNAPSHOT, DECIDED, {"eu-1": ASKED}, fleet.known())

    assert not found.is_finished


def test_a_member_that_is_done_with_an_older_commit_is_not_finished():
    assert not judged(fleet.outcome(MANIFEST), commit="older").is_finished


def test_a_guard_is_a_failure_and_says_how_much_it_holds():
    gone = ResourceKey("", "ConfigMap", "shop", "gone")
    asked = dataclasses.replace(ASKED, guarded={gone: "TooMany"})

    found = judged(fleet.outcome(MANIFEST), asked=asked)

    assert found.failures == ("eu-1: guard TooMany holds 1 deletion until a person approves",)


@pytest.mark.parametrize(
    ("why", "health", "expected"),
    [
        ("TooMany", Health.CURRENT, True),
        ("StageHalted", Health.CURRENT, True),
        ("Refused", Health.CURRENT, False),
        ("Canary", Health.CURRENT, False),
        ("TooMany", Health.FAILED, False),
    ],
)
def test_a_person_is_waited_for_where_nothing_else_is_wrong(why, health, expected):
    gone = ResourceKey("", "ConfigMap", "shop", "gone")
    asked = dataclasses.replace(ASKED, guarded={gone: why})

    assert judged(fleet.outcome(MANIFEST, health), asked=asked).awaits_approval is expected


def test_a_person_is_not_all_that_is_waited_for_where_something_failed():
    gone = ResourceKey("", "ConfigMap", "shop", "gone")
    asked = dataclasses.replace(ASKED, guarded={gone: "TooMany"})
    failed = Outcome(MANIFEST.key, ActionKind.FAIL, "Invalid", "no")

    assert not judged(failed, asked=asked).awaits_approval


@pytest.mark.parametrize("why", ["Canary", "Moving"])
def test_waiting_for_others_is_not_finished_but_no_failure(why):
    gone = ResourceKey("", "ConfigMap", "shop", "gone")
    asked = dataclasses.replace(ASKED, guarded={gone: why})

    found = judged(fleet.outcome(MANIFEST), asked=asked)

    assert (found.is_finished, found.failures) == (False, ())


@pytest.mark.parametrize(("why", "expected"), [("Canary", False), ("Moving", True)])
def test_nobody_waits_for_a_copy_where_something_failed(why, expected):
    gone = ResourceKey("", "ConfigMap", "shop", "gone")
    asked = dataclasses.replace(ASKED, guarded={gone: why})
    failed = Outcome(MANIFEST.key, ActionKind.FAIL, "Invalid", "no")

    assert judged(failed, asked=asked).is_finished is expected


def test_an_older_manifest_on_the_member_is_pending():
    old = fleet.outcome(fleet.manifest(fleet.web("nginx:0")))

    assert judged(old).counts == {"eu-1": Count(wanted=1, pending=1)}


def test_what_waits_for_something_else_is_pending():
    waits = Outcome(fleet.WEB, ActionKind.SKIP, "DependencyNotReady", "wave 0 is not done")

    assert judged(waits).counts == {"eu-1": Count(wanted=1, pending=1)}


def test_what_is_remembered_on_a_member_that_is_away_is_neither_pending_nor_well():
    away = fleet.report(ASKED, reachable=False)
    memory = Memory(applied={"eu-1": {fleet.WEB: MANIFEST.hash}})

    found = standing(SNAPSHOT, DECIDED, {"eu-1": ASKED}, fleet.known(away, memory=memory))

    assert found.counts == {"eu-1": Count(wanted=1, unknown=1)}
    assert not found.is_healthy


def test_what_is_held_is_no_failure_beside_the_mistake_that_holds_it():
    held = Outcome(fleet.WEB, ActionKind.SKIP, "Held", "web.yaml:4 cannot be read")

    assert judged(held).failures == ()


def test_an_error_in_the_repository_is_a_failure_and_a_notice_is_not():
    error = Problem("a.yaml", 4, "/spec", "no such field")
    notice = Problem("b.yaml", 1, "", "claimed by nobody", severity=Severity.NOTICE)
    loaded = dataclasses.replace(SNAPSHOT.loaded, problems=(error, notice))
    said = fleet.report(ASKED, fleet.outcome(MANIFEST))

    found = standing(Snapshot(SNAPSHOT.tree, loaded), DECIDED, {"eu-1": ASKED}, fleet.known(said))

    assert found.failures == ("a.yaml:4 /spec: no such field",)
