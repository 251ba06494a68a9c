"""A plan as a value: what it compares, which differences it can show, what it says of guards."""

from dataclasses import replace

import msgspec

from fakes import commits
from fakes.commits import World, deployment, divided, on, policy
from gitopsd.core.decide import Cache, decide
from gitopsd.core.review.compare import Compared, compare
from gitopsd.kube.yaml import dump
from gitopsd.model.decision import Share
from gitopsd.model.memory import Memory
from gitopsd.model.resource import ResourceKey

WEB = ResourceKey("apps", "Deployment", "shop", "web")
FILES = {
    "eu.yaml": commits.cluster("eu"),
    "us.yaml": commits.cluster("us"),
    "web.yaml": deployment("web", 4),
    "policy.yaml": policy(
        "all", "apps/v1 Deployment", placement=on("eu", "us") | divided(eu=1, us=1)
    ),
}


def settled() -> World:
    """A fleet that holds all it is to hold, and a status branch that says so."""
    world = World(FILES)
    world.turn()
    world.deliver()
    world.remember()
    return world


def test_nothing_changes_where_all_is_applied():
    world = settled()

    seen = compare(Compared(None, world.snapshot, world.known, False))

    assert (seen.changes.changes, seen.changes.moves, seen.guards) == ((), (), ())


def test_a_difference_is_shown_only_where_the_commit_before_is_what_is_there():
    world = settled()
    before = world.snapshot
    world.files["web.yaml"] = deployment("web", 4, container={"image": "nginx:2"})
    held = world.reports["us"].inventory or {}
    older = {key: msgspec.structs.replace(entry, hash="older") for key, entry in held.items()}
    world.say("us", inventory=older)

    seen = compare(Compared(before, world.snapshot, world.known, False))

    assert [change.cluster for change in seen.changes.changes] == ["eu", "us"]
    assert {cluster: set(own) for cluster, own in seen.changes.before.items()} == {"eu": {WEB}}


def test_with_a_base_commit_what_is_applied_does_not_count():
    world = settled()
    before = world.snapshot
    world.files["api.yaml"] = deployment("api")
    world.say("eu", inventory={})
    world.say("us", inventory={})
    world.memory = Memory()

    seen = compare(Compared(before, world.snapshot, world.known, True))

    assert {change.key.name for change in seen.changes.changes} == {"api"}
    assert [move.key.name for move in seen.changes.moves] == ["api"]


def test_a_move_is_told_from_what_members_say_where_nothing_is_remembered():
    world = settled()
    world.memory = Memory()
    world.files["policy.yaml"] = policy(
        "all", "apps/v1 Deployment", placement=on("eu", "us") | divided(eu=3, us=1)
    )

    seen = compare(Compared(None, world.snapshot, world.known, False))

    (move,) = seen.changes.moves
    assert move.before == (Share("eu", 2), Share("us", 2))
    assert move.after == (Share("eu", 3), Share("us", 1))


def test_a_guard_is_said_once_for_all_clusters_that_trip_it_alike():
    world = settled()
    del world.files["web.yaml"]

    seen = compare(Compared(None, world.snapshot, world.known, False))

    assert seen.guards == (
        "EmptySet on eu, us: nothing is wanted any more, the only object would go",
    )
    assert [change.held for change in seen.changes.changes] == ["EmptySet", "EmptySet"]


def claim(**annotations: str) -> str:
    metadata = {"name": "data", "namespace": "shop", "annotations": annotations}
    body = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata}
    return dump(body | {"spec": {"accessModes": ["ReadWriteOnce"]}})


def with_claim(text: str) -> World:
    """The settled fleet with a claim that its Deployment draws along."""
    world = World(
        FILES
        | {
            "claim.yaml": text,
            "web.yaml": deployment(
                "web", 4, volumes=[{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]
            ),
            "policy.yaml": policy(
                "all",
                "apps/v1 Deployment",
                placement=on("eu", "us") | divided(eu=1, us=1),
                propagateDeps=True,
            ),
        }
    )
    world.turn()
    world.deliver()
    world.remember()
    return world


def lost(world: World) -> tuple[str, ...]:
    """What a plan says of losses when the Deployment is removed."""
    before = world.snapshot
    del world.files["web.yaml"]
    return compare(Compared(before, world.snapshot, world.known, False)).losses


def test_a_claim_whose_data_nobody_gave_up_is_said_beside_the_guards():
    assert lost(with_claim(claim())) == (
        "PersistentVolumeClaim shop/data on eu, us holds data: besides an approval, its deletion "
        'needs gitopsd.io/allow-data-loss: "true" committed on it, before it is removed or while '
        "it still stands in the repository",
    )


def test_a_claim_that_says_so_before_it_goes_needs_no_more_words():
    assert lost(with_claim(claim(**{"gitopsd.io/allow-data-loss": "true"}))) == ()


def test_a_claim_that_is_left_in_the_repository_may_say_so_then():
    world = with_claim(claim())
    before = world.snapshot
    del world.files["web.yaml"]
    world.files["claim.yaml"] = claim(**{"gitopsd.io/allow-data-loss": "true"})

    assert compare(Compared(before, world.snapshot, world.known, False)).losses == ()


def test_a_guard_that_held_the_same_before_is_no_new_trouble():
    world = settled()
    del world.files["web.yaml"]
    before = world.snapshot
    world.files["other.yaml"] = commits.config_map("other")

    seen = compare(Compared(before, world.snapshot, world.known, False))

    assert (seen.guards != (), seen.brings_trouble) == (True, False)


def test_a_guard_that_a_commit_trips_is():
    world = settled()
    before = world.snapshot
    del world.files["web.yaml"]

    assert compare(Compared(before, world.snapshot, world.known, False)).brings_trouble


def test_a_problem_that_only_moved_down_its_file_is_no_new_trouble():
    world = settled()
    world.files["bad.yaml"] = "apiVersion: v1\nkind: Servize\nmetadata: {name: a, namespace: b}\n"
    before = world.snapshot
    world.files["bad.yaml"] = "# a remark\n" + world.files["bad.yaml"]

    seen = compare(Compared(before, world.snapshot, world.known, False))

    assert (len(seen.changes.problems), seen.brings_trouble) == (1, False)


def test_a_cluster_that_leaves_and_said_prune_loses_all_without_a_guard():
    told = {"metadata": {"name": "eu", "annotations": {"gitopsd.io/on-remove": "prune"}}}
    cluster = {"apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster", **told}
    world = World(FILES | {"eu.yaml": dump(cluster | {"spec": {"syncMode": "Push"}})})
    world.turn()
    world.deliver()
    world.say("eu", source="file:///srv/fleet.git")
    world.remember()
    before = world.snapshot
    del world.files["eu.yaml"]

    seen = compare(Compared(before, world.snapshot, world.known, False))

    assert [(each.cluster, each.key, each.action.value) for each in seen.changes.changes] == [
        ("eu", WEB, "Prune"),
        ("us", WEB, "Configure"),
    ]
    assert seen.guards == ()


def test_what_moves_is_said_to_be_deleted_only_when_its_copy_is_well():
    files = FILES | {
        "map.yaml": commits.config_map("stays"),
        "maps.yaml": policy("maps", "v1 ConfigMap", placement=on("eu", "us")),
        "policy.yaml": policy("all", "apps/v1 Deployment", placement=on("eu")),
    }
    world = World(files)
    world.turn()
    world.deliver()
    world.remember()
    before = world.snapshot
    world.files["policy.yaml"] = policy("all", "apps/v1 Deployment", placement=on("us"))

    seen = compare(Compared(before, world.snapshot, world.known, True))

    assert seen.warnings == (
        "Deployment.apps shop/web is deleted on eu only once it is well where it moves to",
    )


def test_what_a_turn_has_decided_is_not_decided_again_and_gives_the_same_plan():
    world = settled()
    before = world.snapshot
    turned, cache = decide(before, world.known, Cache())
    world.files["web.yaml"] = deployment("web", 6)
    asked = Compared(before, world.snapshot, world.known, False)

    anew, seen = compare(asked), compare(replace(asked, cache=cache))

    assert (seen.changes.plan_hash, seen.changes.moves) == (
        anew.changes.plan_hash,
        anew.changes.moves,
    )
    assert seen.changes.before["eu"][WEB] is turned.manifests["eu"][WEB]
