"""What Karmada would say came of a template, sentence by sentence of what it promises."""

import dataclasses

import pytest

from fakes import fleet
from gitopsd.core.summary import bindings
from gitopsd.core.summary.aggregated import Seen
from gitopsd.model.delivery import ActionKind, Health, Outcome
from gitopsd.model.resource import Origin, Resource, ResourceKey

BOTH = ("eu-1", "us-1")
WEB = fleet.binding(fleet.web(), BOTH, 2)
MANIFEST = WEB.manifests["eu-1"]
COUNTS = {"replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}
DONE = fleet.outcome(MANIFEST, status={**COUNTS, "observedGeneration": 3}, generation=3)
COLLECTED = {
    "generation": 3,
    "resourceTemplateGeneration": 1,
    "observedGeneration": 3,
    **COUNTS,
}
WELL = {"applied": True, "status": COLLECTED, "health": "Healthy"}
STEMS_FROM = "resourceTemplateGeneration"
NOTHING = {"applied": False, "health": "Unknown"}


def items(outcomes, held=None, binding=WEB):
    """What is said of each cluster, by its name."""
    status = bindings.observed(binding, Seen(outcomes, held or {}))["status"]
    return {each.pop("clusterName"): each for each in status.get("aggregatedStatus", ())}


def fully_applied(outcomes, binding=WEB):
    """Status, reason and message of the condition."""
    found = bindings.observed(binding, Seen(outcomes))["status"]["conditions"][1]
    return found["status"], found["reason"], found["message"]


def summed(outcomes, binding=WEB):
    return bindings.observed(binding, Seen(outcomes)).get("templateStatus")


def test_every_target_has_an_item_from_the_start_by_name():
    assert list(items({}).items()) == [("eu-1", NOTHING), ("us-1", NOTHING)]


def test_a_cluster_for_which_nothing_could_be_rendered_has_no_item():
    broken = dataclasses.replace(WEB, manifests={"eu-1": MANIFEST})

    assert items({"eu-1": DONE}, binding=broken) == {"eu-1": WELL}
    assert fully_applied({"eu-1": DONE}, broken)[0] == "False"


def test_status_and_health_of_what_is_applied_are_copied():
    assert items(dict.fromkeys(BOTH, DONE)) == {"eu-1": WELL, "us-1": WELL}
    assert fully_applied(dict.fromkeys(BOTH, DONE)) == (
        "True",
        "FullyAppliedSuccess",
        "All works have been successfully applied",
    )


@pytest.mark.parametrize(
    ("health", "word"),
    [
        (Health.CURRENT, "Healthy"),
        (Health.IN_PROGRESS, "Unhealthy"),
        (Health.FAILED, "Unhealthy"),
        (Health.UNKNOWN, "Unknown"),
    ],
)
def test_health_is_one_of_karmadas_three_words_and_none_of_being_applied(health, word):
    outcome = fleet.outcome(MANIFEST, health)

    assert items({"eu-1": outcome, "us-1": DONE})["eu-1"] == {"applied": True, "health": word}
    assert fully_applied({"eu-1": outcome, "us-1": DONE})[0] == "True"


@pytest.mark.parametrize("action", [ActionKind.FAIL, ActionKind.SKIP])
def test_what_is_refused_has_the_reason_and_neither_status_nor_health(action):
    refused = Outcome(
        fleet.WEB, action, "NotOwned", "it was there", Health.CURRENT, status={"replicas": 2}
    )

    assert items({"eu-1": refused, "us-1": DONE}) == {
        "eu-1": {"applied": False, "appliedMessage": "it was there", "health": "Unknown"},
        "us-1": WELL,
    }
    assert fully_applied({"eu-1": refused, "us-1": DONE})[0] == "False"
    assert summed({"eu-1": refused, "us-1": DONE})["replicas"] == 2


def test_an_older_object_that_is_still_there_is_no_failure_and_not_applied():
    older = Outcome(
        fleet.WEB, ActionKind.UNCHANGED, "", "2 of 3 are ready", Health.CURRENT, hash="older"
    )

    assert items({"eu-1": older})["eu-1"] == NOTHING


def test_a_member_that_was_not_heard_of_holds_what_it_was_given_last():
    held = {"eu-1": MANIFEST.hash, "us-1": "older"}

    assert items({}, held) == {"eu-1": {"applied": True, "health": "Unknown"}, "us-1": NOTHING}


def test_what_is_suspended_stays_applied_and_goes_on_telling_how_it_does():
    suspended = dataclasses.replace(MANIFEST, hash="newer", suspended=True)
    binding = dataclasses.replace(WEB, manifests={"eu-1": suspended, "us-1": suspended})
    stays = Outcome(
        fleet.WEB,
        ActionKind.SKIP,
        "Suspended",
        "its policy suspends dispatching here",
        Health.CURRENT,
        hash=MANIFEST.hash,
        status=DONE.status,
        generation=3,
    )
    never = Outcome(fleet.WEB, ActionKind.SKIP, "Suspended", "its policy suspends dispatching here")

    found = items({"eu-1": stays, "us-1": never}, binding=binding)

    older = {name: value for name, value in COLLECTED.items() if name != STEMS_FROM}
    assert found == {"eu-1": {**WELL, "status": older}, "us-1": NOTHING}


def test_the_generation_is_observed_once_every_member_acted_on_the_template():
    assert summed(dict.fromkeys(BOTH, DONE))["observedGeneration"] == 1
    assert "observedGeneration" not in summed({"eu-1": DONE})


def test_kinds_without_a_status_have_none_and_are_applied_all_the_same():
    key = ResourceKey("", "ConfigMap", "shop", "page")
    page = Resource(key, "v1", {"metadata": {"name": "page"}, "data": {}}, Origin("page.yaml"))
    binding = fleet.binding(page, ("eu-1",))
    outcomes = {"eu-1": fleet.outcome(binding.manifests["eu-1"])}

    assert items(outcomes, binding=binding) == {"eu-1": {"applied": True, "health": "Healthy"}}
    assert fully_applied(outcomes, binding)[0] == "True"
    assert summed(outcomes, binding) is None


def test_what_a_kind_collects_may_hang_on_what_its_manifest_asks_for():
    balanced = fleet.binding(service("LoadBalancer"), BOTH)
    status = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    done = fleet.outcome(balanced.manifests["eu-1"], status=status, generation=1)

    assert items({"eu-1": done}, binding=balanced)["eu-1"]["status"] == status
    assert summed({"eu-1": done}, balanced) == status
    inside = fleet.binding(service("ClusterIP"), BOTH)
    assert "status" not in items({"eu-1": done}, binding=inside)["eu-1"]


def service(type_):
    body = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"type": type_},
    }
    return Resource(ResourceKey("", "Service", "shop", "web"), "v1", body, Origin("a.yaml", 0, 1))


def test_a_status_that_is_not_its_kinds_is_left_out():
    odd = fleet.outcome(MANIFEST, status={"readyReplicas": "many"})

    body = bindings.observed(WEB, Seen({"eu-1": odd}))

    assert "templateStatus" not in body
    assert "status" not in body["status"]["aggregatedStatus"][0]


def test_no_time_at_which_a_condition_was_written_is_kept():
    key = ResourceKey("batch", "Job", "shop", "sum")
    job = Resource(key, "v1", {"metadata": {"name": "sum"}, "spec": {}}, Origin("job.yaml"))
    binding = fleet.binding(job, ("eu-1",))
    status = {
        "succeeded": 1,
        "startTime": "2026-01-02T00:00:00Z",
        "completionTime": "2026-01-02T00:01:00Z",
        "conditions": [{"type": "Complete", "status": "True"}],
    }
    outcome = fleet.outcome(binding.manifests["eu-1"], status=status)

    summed = bindings.observed(binding, Seen({"eu-1": outcome}))["templateStatus"]

    assert summed["succeeded"] == 1
    assert [sorted(each) for each in summed["conditions"]] == [
        ["message", "reason", "status", "type"]
    ] * len(summed["conditions"])
