"""What a template has is kept: through new rooms, members that are away, and new processes."""

from fakes.commits import (
    World,
    cluster,
    config_map,
    deployment,
    divided,
    key,
    on,
    places,
    policy,
    room,
)
from gitopsd.model.cluster import Condition
from gitopsd.model.decision import Share
from gitopsd.model.delivery import Entry
from gitopsd.model.memory import Memory, Remembered

WEB_KEY = key("Deployment", "web")
WEB = {
    "eu.yaml": cluster("eu"),
    "us.yaml": cluster("us"),
    "policy.yaml": policy("web", "apps/v1 Deployment", placement=divided()),
    "web.yaml": deployment("web", 6),
}


def shares(decision):
    return dict(decision.bindings[WEB_KEY].assignment.shares)


def held(share):
    return {WEB_KEY: Entry(WEB_KEY, "v1", hash="h", path="web.yaml", share=share)}


def test_shares_stay_when_room_changes():
    world = World(WEB)
    before = shares(world.turn())

    world.observe("us", resource_summary=room("3000"))
    after = shares(world.turn())

    assert before == after == {"eu": 3, "us": 3}


def test_more_replicas_go_by_room_and_take_nothing_away():
    world = World(WEB)
    world.turn()

    world.observe("us", resource_summary=room("3000"))
    world.files["web.yaml"] = deployment("web", 10)

    assert shares(world.turn()) == {"eu": 4, "us": 6}


def test_another_placement_is_answered_anew():
    world = World(WEB)
    world.turn()

    world.files["policy.yaml"] = policy(
        "web", "apps/v1 Deployment", placement={**divided(), **on("us")}
    )

    assert shares(world.turn()) == {"us": 6}


def test_a_new_process_keeps_what_the_inventories_say():
    world = World(WEB)
    world.say("eu", inventory=held(5))
    world.say("us", inventory=held(1))

    assert shares(world.turn()) == {"eu": 5, "us": 1}


def test_a_new_process_keeps_what_memory_says_where_no_inventory_was_read():
    world = World(WEB)
    world.say("eu", inventory=None)
    world.say("us", inventory=None)
    kept = (Share("eu", 2), Share("us", 4))
    world.memory = Memory(templates={WEB_KEY: Remembered(WEB_KEY, shares=kept)})

    assert shares(world.turn()) == {"eu": 2, "us": 4}


def test_an_inventory_knows_better_than_memory():
    world = World(WEB)
    world.say("eu", inventory=held(5))
    world.say("us", inventory=held(1))
    kept = (Share("eu", 2), Share("us", 4))
    world.memory = Memory(templates={WEB_KEY: Remembered(WEB_KEY, shares=kept)})

    assert shares(world.turn()) == {"eu": 5, "us": 1}


def test_an_inventory_that_is_read_later_is_heard_once():
    world = World(WEB)
    world.say("us", inventory=None)
    world.say("eu", inventory=None)
    first = shares(world.turn())

    world.say("eu", inventory=held(5))
    world.say("us", inventory=held(1))
    second = shares(world.turn())
    world.say("eu", inventory=held(3))
    third = shares(world.turn())

    assert (first, second, third) == ({"eu": 3, "us": 3}, {"eu": 5, "us": 1}, {"eu": 5, "us": 1})


def test_an_inventory_that_lags_behind_moves_nothing():
    world = World(WEB)
    first = world.turn()

    world.deliver("eu")
    second = world.turn()

    assert second is first


def test_a_member_that_is_not_ready_keeps_what_it_has_and_gets_nothing_new():
    everywhere = policy("web", "apps/v1 Deployment", "v1 ConfigMap")
    world = World({**WEB, "policy.yaml": everywhere})
    world.turn()

    world.observe("us", conditions=(Condition("Ready", "False"),))
    world.files["new.yaml"] = config_map("new")

    assert places(world.turn()) == {
        "ConfigMap shop/new": {"eu": None},
        "Deployment.apps shop/web": {"eu": None, "us": None},
    }


def test_a_member_that_cannot_be_reached_keeps_what_it_has_and_gets_nothing_new():
    everywhere = policy("web", "apps/v1 Deployment", "v1 ConfigMap")
    world = World({**WEB, "policy.yaml": everywhere})
    world.turn()

    world.say("us", reachable=False)
    world.files["new.yaml"] = config_map("new")

    assert places(world.turn()) == {
        "ConfigMap shop/new": {"eu": None},
        "Deployment.apps shop/web": {"eu": None, "us": None},
    }


def test_a_toleration_lets_new_things_onto_a_member_that_is_not_ready():
    tolerations = [{"key": "cluster.karmada.io/not-ready", "operator": "Exists"}]
    world = World(
        {
            **WEB,
            "policy.yaml": policy(
                "web", "apps/v1 Deployment", placement={"clusterTolerations": tolerations}
            ),
        }
    )
    world.say("us", reachable=False)

    assert places(world.turn())["Deployment.apps shop/web"] == {"eu": None, "us": None}


def test_a_member_of_which_nothing_is_known_keeps_what_memory_says():
    everywhere = policy("web", "apps/v1 Deployment", "v1 ConfigMap")
    world = World({**WEB, "policy.yaml": everywhere, "new.yaml": config_map("new")})
    del world.reports["us"]
    kept = (Share("eu", 6), Share("us", 6))
    world.memory = Memory(templates={WEB_KEY: Remembered(WEB_KEY, shares=kept)})

    assert places(world.turn()) == {
        "ConfigMap shop/new": {"eu": None},
        "Deployment.apps shop/web": {"eu": None, "us": None},
    }


def test_the_last_known_facts_serve_until_a_member_reports():
    world = World(WEB)
    world.turn()
    world.remember()
    world.restart()
    known = dict(world.reports)
    world.reports.clear()

    decision = world.turn()

    assert shares(decision) == {"eu": 3, "us": 3}
    assert decision.clusters["eu"].facts is known["eu"].facts


def test_a_cluster_that_is_removed_is_not_in_the_decision_and_its_share_goes_elsewhere():
    world = World(WEB)
    world.turn()

    del world.files["us.yaml"]
    decision = world.turn()

    assert list(decision.manifests) == ["eu"]
    assert shares(decision) == {"eu": 6}


def test_a_failed_attempt_leaves_the_shares_and_is_made_again():
    world = World(WEB)
    world.turn()
    world.observe("eu", resource_summary=room("0"))
    world.observe("us", resource_summary=room("0"))
    world.files["web.yaml"] = deployment("web", 8)

    short = world.turn()
    world.observe("us", resource_summary=room("2"))
    enough = world.turn()

    assert short.bindings[WEB_KEY].assignment.reason == "Unschedulable"
    assert shares(short) == {"eu": 3, "us": 3}
    assert [each.reason for each in short.problems] == ["Unschedulable"]
    assert shares(enough) == {"eu": 3, "us": 5}
    assert enough.problems == ()
