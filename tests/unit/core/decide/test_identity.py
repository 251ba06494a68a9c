"""Cost follows change: what did not change is the very same object."""

import dataclasses

from fakes.commits import (
    World,
    cluster,
    config_map,
    deployment,
    divided,
    key,
    namespace,
    on,
    override,
    policy,
    room,
)
from gitopsd.model.cluster import Condition

WEB_KEY, API_KEY, PAGES_KEY = (
    key("Deployment", "web"),
    key("Deployment", "api"),
    key("ConfigMap", "pages"),
)
FILES = {
    "eu.yaml": cluster("eu"),
    "us.yaml": cluster("us"),
    "web-policy.yaml": policy("web", "apps/v1 Deployment web", placement=divided()),
    "policy.yaml": policy("rest", "apps/v1 Deployment api", "v1 ConfigMap", placement=on("us")),
    "ns.yaml": namespace(),
    "web.yaml": deployment("web", 4),
    "api.yaml": deployment("api", 3),
    "pages.yaml": config_map("pages", a="1"),
}


def kept(before, after):
    """The names of the bindings that are the very same as before."""
    return {
        each.name
        for each, binding in after.bindings.items()
        if before.bindings.get(each) is binding
    }


def test_nothing_new_is_the_very_same_decision():
    world = World(FILES)

    assert world.turn() is world.turn()


def test_reports_that_say_nothing_new_of_shares_change_nothing():
    world = World(FILES)
    before = world.turn()

    world.deliver()
    world.say("eu", outcomes={}, is_finished=True)
    after = world.turn()

    assert after is before


def test_another_commit_with_the_same_objects_keeps_everything_but_its_name():
    world = World(FILES)
    before = world.turn()

    world.files["README.md"] = "words"
    after = world.turn()

    assert after is before


def test_a_changed_template_leaves_all_others():
    world = World(FILES)
    before = world.turn()

    world.files["pages.yaml"] = config_map("pages", a="2")
    after = world.turn()

    assert kept(before, after) == {"api", "web", "shop"}
    assert after.manifests["eu"] is before.manifests["eu"]
    assert after.manifests["us"] is not before.manifests["us"]
    assert after.manifests["us"][API_KEY] is before.manifests["us"][API_KEY]


def test_room_concerns_only_what_is_divided_by_it_and_not_settled():
    world = World(FILES)
    before = world.turn()

    world.observe("eu", resource_summary=room("7"))
    after = world.turn()

    assert kept(before, after) == {"api", "pages", "web", "shop"}
    assert after.manifests is before.manifests
    assert after.clusters["eu"] is not before.clusters["eu"]
    assert after.clusters["us"] is before.clusters["us"]


def test_a_member_that_fails_changes_no_manifest_where_it_is_refused_in_other_words():
    world = World(FILES)
    before = world.turn()

    world.observe("eu", conditions=(Condition("Ready", "False"),))
    after = world.turn()

    assert after.manifests is before.manifests
    assert kept(before, after) == {"api", "pages", "web", "shop"}


def test_an_override_of_one_kind_leaves_the_others():
    world = World(FILES)
    before = world.turn()
    rule = {"overriders": {"labelsOverrider": [{"operator": "add", "value": {"a": "b"}}]}}

    world.files["o.yaml"] = override("labels", "apps/v1", "Deployment", rule)
    after = world.turn()

    assert kept(before, after) == {"pages", "shop"}
    assert after.manifests["us"][PAGES_KEY] is before.manifests["us"][PAGES_KEY]
    assert after.manifests["us"][API_KEY].applied[0].rule == 0


def test_an_edited_policy_leaves_what_it_does_not_claim():
    world = World(FILES)
    before = world.turn()

    world.files["web-policy.yaml"] += "# a comment\n"
    after = world.turn()

    assert kept(before, after) == {"api", "pages", "shop"}
    assert after.manifests is before.manifests


def test_a_cache_is_not_changed_by_the_turns_that_use_it():
    world = World(FILES)
    before = world.turn()
    cache = world.cache

    world.files["web.yaml"] = deployment("web", 9)
    del world.files["api.yaml"]
    world.turn()
    world.files |= {"web.yaml": FILES["web.yaml"], "api.yaml": FILES["api.yaml"]}
    world.cache = cache
    again = world.turn()

    assert list(again.bindings) == list(before.bindings)
    assert dict(again.bindings[WEB_KEY].assignment.shares) == {"eu": 2, "us": 2}
    assert kept(before, again) == {"pages", "shop"}


def test_another_commit_id_is_another_decision_of_the_same_parts():
    world = World(FILES)
    before = world.turn()
    snapshot = world.snapshot
    tree = dataclasses.replace(snapshot.tree, commit="beef")

    from gitopsd.core.decide import decide

    after, _ = decide(dataclasses.replace(snapshot, tree=tree), world.known, world.cache)

    assert (before.commit, after.commit) == ("c0ffee", "beef")
    assert after.bindings is before.bindings
    assert after.manifests is before.manifests
    assert after.held is before.held
