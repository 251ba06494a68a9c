"""What becomes of the objects on a cluster that leaves."""

from datetime import timedelta

import pytest

from fakes.commits import World, config_map, key, on, places, policy
from fakes.fleet import NOW
from gitopsd.kube.yaml import dump
from gitopsd.model.cluster import Condition
from gitopsd.model.memory import Memory

SETTINGS = key("ConfigMap", "settings")
ELSEWHERE = {
    "policy.yaml": policy("all", "v1 ConfigMap", placement=on("eu", "us")),
    "settings.yaml": config_map("settings"),
}


def cluster(name: str, **annotations: str) -> str:
    return dump(
        {
            "apiVersion": "cluster.karmada.io/v1alpha1",
            "kind": "Cluster",
            "metadata": {"name": name, "annotations": annotations},
            "spec": {"syncMode": "Push"},
        }
    )


def fleet(**annotations: str) -> World:
    """Two clusters that hold a ConfigMap; `eu` has these annotations."""
    world = World(ELSEWHERE | {"eu.yaml": cluster("eu", **annotations), "us.yaml": cluster("us")})
    world.turn()
    world.deliver()
    world.say("eu", source="file:///srv/fleet.git")
    return world


def removed(how: str) -> World:
    world = fleet(**{"gitopsd.io/on-remove": how})
    del world.files["eu.yaml"]
    return world


def test_what_a_cluster_holds_stays_when_its_file_is_gone() -> None:
    world = removed("orphan")

    assert "eu" not in world.turn().clusters


def test_a_cluster_that_said_prune_is_emptied_first() -> None:
    decided = removed("prune").turn()

    assert decided.clusters["eu"].leaving
    assert (decided.manifests["eu"], decided.held["eu"]) == ({}, {})
    assert places(decided) == {"ConfigMap shop/settings": {"us": None}}


def test_it_is_let_go_once_nothing_is_left() -> None:
    world = removed("prune")
    world.turn()
    world.say("eu", inventory={})
    emptied = world.turn()
    world.say("eu", source="")

    gone = world.turn()

    assert ("eu" in emptied.clusters, "eu" in gone.clusters) == (True, False)


def test_what_is_not_read_yet_is_waited_for() -> None:
    world = removed("prune")
    world.say("eu", inventory=None, source="")

    assert "eu" in world.turn().clusters


@pytest.mark.parametrize(
    ("how", "lost_s", "stays"),
    [("prune", 299, True), ("prune", 300, False), ("prune-and-wait", 9000, True)],
)
def test_one_that_does_not_answer_is_let_go_or_waited_for(how, lost_s, stays) -> None:
    world = removed(how)
    since = (NOW - timedelta(seconds=lost_s)).isoformat()
    world.observe("eu", conditions=(Condition("Ready", "Unknown", last_transition_time=since),))
    world.say("eu", reachable=False)

    assert ("eu" in world.turn().clusters) is stays


def test_one_of_which_nothing_is_known_is_let_go_when_it_does_not_answer() -> None:
    world = removed("prune")
    world.say("eu", reachable=False, facts=None)

    assert "eu" not in world.turn().clusters


def test_a_new_process_knows_by_memory_who_is_leaving() -> None:
    world = removed("prune")
    world.memory = Memory(clusters=fleet(**{"gitopsd.io/on-remove": "prune"}).decision.clusters)
    world.restart()

    assert world.turn().clusters["eu"].leaving


def test_a_leaving_cluster_of_the_repository_gives_up_all_it_has() -> None:
    world = fleet()
    world.files["eu.yaml"] = cluster("eu", **{"gitopsd.io/leaving": "true"})

    decided = world.turn()

    assert places(decided) == {"ConfigMap shop/settings": {"us": None}}


def test_one_that_comes_back_is_a_member_like_all_others() -> None:
    world = removed("prune")
    world.turn()
    world.files["eu.yaml"] = cluster("eu")

    decided = world.turn()

    assert not decided.clusters["eu"].leaving
    assert SETTINGS in decided.manifests["eu"]
