"""A plan names the stages: which cluster gets the change when, and what waits for a person."""

from typing import Any

from fakes import commits
from fakes.commits import World, deployment, on, policy
from gitopsd.core.gate.differing import hash_of_stage, intent_of
from gitopsd.core.review.comment import Terms, comment
from gitopsd.core.review.compare import Compared, compare
from gitopsd.core.review.text import text
from gitopsd.core.review.value import value
from gitopsd.kube.yaml import dump
from gitopsd.model.gating import Gating
from gitopsd.model.memory import Memory
from gitopsd.model.rollout import Rolling

CANARY = {"name": "canary", "clusters": {"clusterNames": ["us"]}, "minSuccessTime": "0s"}
REST = {
    "name": "rest",
    "approval": True,
    "minSuccessTime": "10m",
    "windows": [{"days": ["Mon"], "start": "09:00", "end": "17:00"}],
}


def rollout(*stages: dict[str, Any], **more: Any) -> str:
    kind = {"apiVersion": "gitopsd.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "fleet"}}
    return dump({**kind, "spec": {"stages": list(stages), **more}})


def fleet(*names: str) -> World:
    """Clusters that all run `web`, with no stages yet."""
    world = World(
        {
            **{f"{name}.yaml": commits.cluster(name) for name in names},
            "web.yaml": deployment("web", 4),
            "policy.yaml": policy("all", "apps/v1 Deployment", placement=on(*names)),
        },
        members=names,
    )
    world.turn()
    world.deliver()
    world.remember()
    return world


def planned(world: World, image: str = "nginx:2"):
    """The plan of another image."""
    before = world.snapshot
    world.files["web.yaml"] = deployment("web", 4, container={"image": image})
    return compare(Compared(before, world.snapshot, world.known, False))


def test_without_stages_nothing_is_said_of_them() -> None:
    seen = planned(fleet("eu", "us"))

    assert seen.stages == ()
    assert "Stages" not in text(seen) + comment(seen, Terms())


def test_every_stage_says_its_clusters_and_what_opens_it() -> None:
    world = fleet("eu", "us")
    world.files["rollout.yaml"] = rollout(CANARY, REST)

    seen = planned(world)

    hashed = hash_of_stage(intent_of(world.snapshot.loaded), "rest")
    asks = f"waits for a person: `Gitopsd-Approve: {hashed}` in a commit message"
    words = f"once canary is done; only Mon 09:00–17:00 UTC; done when well for 10m; {asks}"
    assert f"Stages\n  canary: us\n      at once\n  rest: eu\n      {words}\n\n" in text(seen)
    assert "### Stages\n\n- canary: us  \n  at once\n- rest: eu  \n  once canary" in (
        comment(seen, Terms())
    )
    assert value(seen)["stages"] == [
        {"name": "canary", "clusters": ["us"], "atATime": 1, "wellForSeconds": 0},
        {
            "name": "rest",
            "clusters": ["eu"],
            "atATime": 1,
            "wellForSeconds": 600,
            "after": "canary",
            "windows": "Mon 09:00–17:00 UTC",
            "approve": hashed,
        },
    ]


def test_stages_are_no_part_of_the_plan_hash() -> None:
    plain, staged = fleet("eu", "us"), fleet("eu", "us")
    staged.files["rollout.yaml"] = rollout(CANARY, REST)

    assert planned(plain).changes.plan_hash == planned(staged).changes.plan_hash


def test_clusters_of_one_stage_come_so_many_at_a_time() -> None:
    world = fleet("a", "b", "c", "d")
    world.files["rollout.yaml"] = rollout({"name": "all", "maxUnavailable": "50%"})

    (stage,) = planned(world).stages

    assert (stage.clusters, stage.at_a_time) == (("a", "b", "c", "d"), 2)
    assert "at once; 2 at a time" in text(planned(world, "nginx:3"))


def test_a_stage_that_the_change_does_not_touch_is_not_named() -> None:
    world = fleet("eu", "us")
    world.files["rollout.yaml"] = rollout(CANARY, {"name": "rest"})
    world.files["map.yaml"] = commits.config_map("page")
    world.files["maps.yaml"] = policy("maps", "v1 ConfigMap", placement=on("eu"))

    seen = compare(Compared(None, world.snapshot, world.known, False))

    assert [(each.name, each.clusters, each.after) for each in seen.stages] == [
        ("rest", ("eu",), "")
    ]


def test_a_paused_rollout_says_so() -> None:
    world = fleet("eu", "us")
    world.files["rollout.yaml"] = rollout(CANARY, paused=True)

    assert "not before it goes on: it is paused" in text(planned(world))


def test_what_is_under_way_asks_no_more_for_what_was_given() -> None:
    world = fleet("eu", "us")
    world.files["rollout.yaml"] = rollout(CANARY, REST)
    (_, before) = planned(world).stages
    loaded = world.snapshot.loaded
    touched = frozenset(loaded.templates)
    rolling = Rolling(intent_of(loaded), touched, approved=frozenset({before.hashed}))
    world.memory = Memory(applied=world.memory.applied, gating=Gating(rolling=rolling))

    (_, now) = compare(Compared(None, world.snapshot, world.known, False)).stages

    assert (before.asks, now.asks, now.windows) == (True, False, "")


def test_a_change_that_is_through_goes_through_no_stages_again() -> None:
    world = fleet("eu", "us")
    world.files["rollout.yaml"] = rollout(CANARY, REST)
    rolling = Rolling(intent_of(world.snapshot.loaded), is_over=True)
    world.memory = Memory(applied=world.memory.applied, gating=Gating(rolling=rolling))
    world.say("eu", inventory={})

    seen = compare(Compared(None, world.snapshot, world.known, False))

    assert len(seen.changes.changes) == 1
    assert seen.stages == ()
