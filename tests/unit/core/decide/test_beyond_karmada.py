"""What Karmada gives up, forgets or never tries again, turn after turn."""

import pytest

from fakes.commits import APIS, World, cluster, config_map, deployment, divided, key, policy, room
from gitopsd.model.cluster import ApiEnablement, ApiResource

WEB_KEY, PAGE_KEY = key("Deployment", "web"), key("ConfigMap", "page")
CLUSTERS = {"eu.yaml": cluster("eu"), "us.yaml": cluster("us")}
GROUPS = {
    "clusterAffinities": [
        {"affinityName": "near", "clusterNames": ["eu"]},
        {"affinityName": "far", "clusterNames": ["us"]},
    ],
    "replicaScheduling": divided()["replicaScheduling"],
}


def shares(decision, of=WEB_KEY):
    return dict(decision.bindings[of].assignment.shares)


def reason(decision, of=WEB_KEY):
    return decision.bindings[of].assignment.reason


def world(placement, replicas=6, annotations=None):
    rules = policy("web", "apps/v1 Deployment", placement=placement)
    if annotations:
        rules = rules.replace("metadata:\n", f"metadata:\n  annotations: {annotations}\n", 1)
    return World(CLUSTERS | {"policy.yaml": rules, "web.yaml": deployment("web", replicas)})


def spread_by(field, least):
    return {
        "spreadConstraints": [
            {"spreadByField": field, "minGroups": least},
            {"spreadByField": "cluster", "minGroups": 1},
        ],
        **divided(),
    }


def test_what_finds_no_room_goes_as_soon_as_there_is_some():
    worlds = world(divided())
    for name in ("eu", "us"):
        worlds.observe(name, resource_summary=room("1"))

    full = worlds.turn()
    worlds.observe("us", resource_summary=room("9"))

    assert reason(full) == "Unschedulable"
    assert sum(shares(worlds.turn()).values()) == 6


def test_what_cannot_be_spread_goes_as_soon_as_a_cluster_is_added():
    worlds = world(spread_by("region", 3))

    short = worlds.turn()
    worlds.files["ap.yaml"] = cluster("ap")
    worlds.say_anew("ap")

    assert reason(short) != "Success"
    assert shares(short) == {}
    assert set(shares(worlds.turn())) == {"ap", "eu", "us"}


def test_what_no_member_serves_goes_as_soon_as_one_does():
    worlds = World(
        CLUSTERS
        | {
            "policy.yaml": policy("all", "v1 ConfigMap", placement={}),
            "page.yaml": config_map("page", word="hello"),
        }
    )
    fewer = tuple(
        ApiEnablement(version, tuple(ApiResource(f"{each.lower()}s", each) for each in found))
        for version, found in APIS.items()
        if version != "v1"
    )
    whole = worlds.reports["us"].facts.api_enablements
    for name in ("eu", "us"):
        worlds.observe(name, api_enablements=fewer)

    without = worlds.turn()
    worlds.observe("us", api_enablements=whole)

    assert reason(without, PAGE_KEY) == "NoClusterFit"
    assert set(shares(worlds.turn(), PAGE_KEY)) == {"us"}


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [(None, "us"), ('{gitopsd.io/failback: "true"}', "eu")],
)
def test_a_workload_returns_from_its_fallback_group_where_the_policy_asks(annotations, expected):
    worlds = world(GROUPS, annotations=annotations)
    worlds.observe("eu", resource_summary=room("1"))
    away = worlds.turn()
    worlds.deliver()

    worlds.observe("eu", resource_summary=room("100"))

    assert shares(away) == {"us": 6}
    assert away.bindings[WEB_KEY].assignment.passed[0][0] == "near"
    assert shares(worlds.turn()) == {expected: 6}


def test_zero_replicas_stay_where_the_workload_was():
    worlds = world(divided())
    before = shares(worlds.turn())
    worlds.deliver()

    worlds.files["web.yaml"] = deployment("web", 0)

    assert shares(worlds.turn()) == dict.fromkeys(before, 0)


def test_a_spread_without_a_maximum_takes_every_group_that_is_needed():
    worlds = world(spread_by("region", 1))
    for name in ("eu", "us"):
        worlds.observe(name, resource_summary=room("4"))

    assert set(shares(worlds.turn())) == {"eu", "us"}
