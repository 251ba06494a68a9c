"""Hooks are decided like any template, and are no part of what a member holds."""

from fakes.commits import World, cluster, config_map, key, policy
from gitopsd.core.changes import applied, changes
from gitopsd.core.decide import Cache, decide

NOTE = "  annotations:\n    gitopsd.io/hook: pre-sync\n"
HOOK = config_map("job").replace("  name: job\n", f"  name: job\n{NOTE}")
FILES = {
    "eu.yaml": cluster("eu"),
    "us.yaml": cluster("us"),
    "policy.yaml": policy("all", "v1 ConfigMap"),
    "web.yaml": config_map("web"),
    "job.yaml": HOOK,
}
WEB, JOB = key("ConfigMap", "web"), key("ConfigMap", "job")


def test_a_hook_is_apart_from_what_is_held():
    decided = World(FILES).turn()

    assert {name: set(own) for name, own in decided.manifests.items()} == {"eu": {WEB}, "us": {WEB}}
    assert {name: set(own) for name, own in decided.hooks.items()} == {"eu": {JOB}, "us": {JOB}}
    assert decided.hooks["eu"][JOB].hook == "pre-sync"


def test_what_becomes_a_hook_or_is_none_any_more_changes_sides():
    world = World(FILES)
    world.turn()

    world.files["job.yaml"] = config_map("job")
    kept = world.turn()
    world.files["job.yaml"] = HOOK
    again = world.turn()

    assert (set(kept.manifests["eu"]), set(kept.hooks["eu"])) == ({WEB, JOB}, set())
    assert (set(again.manifests["eu"]), set(again.hooks["eu"])) == ({WEB}, {JOB})
    assert world.afresh().hooks["eu"].keys() == {JOB}


def test_a_plan_neither_makes_nor_deletes_a_hook():
    world = World(FILES)
    decided = world.turn()
    world.deliver()

    assert changes(applied(world.known), decided).changes == ()


def test_a_name_can_be_left_to_each_run():
    generated = HOOK.replace("  name: job\n", "  generateName: job-\n")
    decided = World({**FILES, "job.yaml": generated}).turn()

    assert [each.name for each in decided.hooks["eu"]] == ["job-"]
    assert decided.problems == ()


def test_a_hook_whose_policy_broke_is_held_before_its_member_was_read():
    world = World(FILES)
    world.turn()
    world.deliver()
    world.remember()
    world.files["policy.yaml"] = "kind: [\n"
    world.restart()
    world.say("eu", inventory=None)

    decided = decide(world.snapshot, world.known, Cache())[0]

    assert decided.hooks["eu"] == {}
    assert decided.held["eu"][JOB] == "a rule that shaped it cannot be read"
