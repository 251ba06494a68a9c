"""Unreadable is not absent, and one bad template holds only itself."""

from dataclasses import replace

import pytest

from fakes.commits import (
    World,
    cluster,
    config_map,
    deployment,
    key,
    namespace,
    override,
    places,
    policy,
)
from gitopsd.core.decide import Cache, decide
from gitopsd.model.memory import Memory

WEB_KEY, API_KEY = key("Deployment", "web"), key("Deployment", "api")
PAGES_KEY, SHOP_KEY = key("ConfigMap", "pages"), key("Namespace", "shop", "")
MOUNTS = [{"name": "pages", "configMap": {"name": "pages"}}]
BROKEN = "kind: [\n"
APPS = ("api.yaml", "ns.yaml", "pages.yaml", "web.yaml")
FILES = {
    "eu.yaml": cluster("eu"),
    "us.yaml": cluster("us"),
    "policy.yaml": policy("all", "apps/v1 Deployment", propagateDeps=True),
    "ns.yaml": namespace(),
    "web.yaml": deployment("web", volumes=MOUNTS),
    "api.yaml": deployment("api"),
    "pages.yaml": config_map("pages"),
}
EVERYTHING = {
    "ConfigMap shop/pages": {"eu": None, "us": None},
    "Deployment.apps shop/api": {"eu": None, "us": None},
    "Deployment.apps shop/web": {"eu": None, "us": None},
    "Namespace shop": {"eu": None, "us": None},
}


def running(files=FILES):
    """A world in which everything was delivered and remembered."""
    world = World(files)
    world.turn()
    world.deliver()
    world.remember()
    return world


def configuration(*paths):
    return (
        "apiVersion: gitopsd.io/v1alpha1\nkind: Configuration\nmetadata: {name: gitopsd}\n"
        f"spec: {{paths: [{', '.join(paths)}]}}\n"
    )


def with_body(world, where, body):
    """The snapshot with one template's body replaced by one that no schema would let through."""
    snapshot = world.snapshot
    template = replace(snapshot.loaded.templates[where], body=body)
    templates = {**snapshot.loaded.templates, where: template}
    return replace(snapshot, loaded=replace(snapshot.loaded, templates=templates))


def test_a_file_that_breaks_changes_nothing():
    world = running()
    before = dict(world.decision.manifests["eu"])

    world.files["web.yaml"] = BROKEN
    decision = world.turn()

    assert places(decision) == EVERYTHING
    assert decision.manifests["eu"] == before


def test_an_object_that_becomes_invalid_changes_nothing():
    world = running()

    world.files["web.yaml"] = deployment("web", "many", volumes=MOUNTS)

    assert places(world.turn()) == EVERYTHING


def test_a_policy_or_a_cluster_that_breaks_changes_nothing():
    world = running()

    world.files["policy.yaml"] = world.files["us.yaml"] = BROKEN

    assert places(world.turn()) == EVERYTHING


def test_a_removed_template_is_neither_wanted_nor_held():
    world = running()

    del world.files["api.yaml"]
    decision = world.turn()

    assert API_KEY not in decision.manifests["eu"]
    assert decision.held == {"eu": {}, "us": {}}


def test_a_new_process_leaves_alone_what_stands_in_a_file_it_cannot_read():
    world = running()
    world.files["web.yaml"] = BROKEN
    world.restart()

    decision = world.turn()

    assert decision.held["eu"] == {
        WEB_KEY: "it stands in web.yaml:2, which cannot be read",
        PAGES_KEY: "what needs it may stand in web.yaml:2, which cannot be read",
    }
    assert API_KEY in decision.manifests["eu"]


def test_a_new_process_leaves_alone_what_stood_in_a_configured_folder_that_is_gone():
    settings = {"gitopsd.yaml": configuration("fleet", "apps/shop")}
    folders = {path: "apps/shop" if path in APPS else "fleet" for path in FILES}
    world = running(settings | {f"{folders[path]}/{path}": FILES[path] for path in FILES})
    for path in APPS:
        del world.files[f"apps/shop/{path}"]
    world.files["apps/README.yaml"] = ""
    world.restart()

    held = world.turn().held["eu"]

    assert held.keys() == {WEB_KEY, API_KEY, PAGES_KEY, SHOP_KEY}
    assert held[API_KEY] == "it stands in apps/shop, which cannot be read"


@pytest.mark.parametrize("restarts", [False, True])
def test_paths_that_name_what_is_not_there_let_nothing_go(restarts):
    world = running(
        {"gitopsd.yaml": configuration("fleet", "apps")}
        | {f"{'apps' if path in APPS else 'fleet'}/{path}": FILES[path] for path in FILES}
    )
    world.files["gitopsd.yaml"] = configuration("fleet", "aps")
    if restarts:
        world.restart()

    decision = world.turn()

    assert {*decision.held["eu"], *decision.manifests["eu"]} >= {WEB_KEY, API_KEY}
    if restarts:
        assert decision.held["eu"][API_KEY] == "it may stand in aps, which cannot be read"


def test_a_new_process_leaves_alone_what_an_override_shaped_in_a_folder_that_is_gone():
    settings = {"gitopsd.yaml": configuration("rules", "apps")}
    rule = {"overriders": {"labelsOverrider": [{"operator": "add", "value": {"a": "b"}}]}}
    rules = {"rules/o.yaml": override("labels", "apps/v1", "Deployment", rule)}
    world = running(settings | rules | {f"apps/{path}": FILES[path] for path in FILES})
    del world.files["rules/o.yaml"]
    world.restart()

    decision = world.turn()

    assert decision.held["eu"][WEB_KEY] == "a rule that shaped it cannot be read"
    assert WEB_KEY not in decision.manifests["eu"]


def test_a_new_process_makes_nothing_new_while_what_says_which_files_count_cannot_be_read():
    settings = {"gitopsd.yaml": configuration("prod"), "staging/b.yaml": deployment("b")}
    world = running(settings | {f"prod/{path}": FILES[path] for path in FILES})
    world.files["gitopsd.yaml"] = BROKEN
    world.restart()

    decision = world.turn()
    world.files["gitopsd.yaml"] = configuration("prod", "staging")

    assert places(decision) == EVERYTHING
    assert decision.bindings.keys().isdisjoint({key("Deployment", "b")})
    assert "Deployment.apps shop/b" in places(world.turn())


def test_where_nothing_was_known_everything_counts_though_the_configuration_is_broken():
    world = World(FILES | {"gitopsd.yaml": BROKEN})

    assert places(world.turn()) == EVERYTHING


def test_a_new_process_leaves_alone_an_invalid_object_and_what_it_may_need():
    world = running()
    world.files["web.yaml"] = deployment("web", "many", volumes=MOUNTS)
    world.restart()

    assert world.turn().held["eu"] == {
        WEB_KEY: "its object is invalid: web.yaml:7",
        PAGES_KEY: "Deployment.apps shop/web may need it",
    }


def test_a_new_process_leaves_alone_what_a_policy_shaped_that_it_cannot_read():
    world = running()
    world.files["policy.yaml"] = BROKEN
    world.restart()

    decision = world.turn()

    assert places(decision) == {}
    assert decision.held["eu"] == {
        PAGES_KEY: "Deployment.apps shop/web may need it",
        SHOP_KEY: "Deployment.apps shop/web may need it",
        API_KEY: "a rule that shaped it cannot be read",
        WEB_KEY: "a rule that shaped it cannot be read",
    }


def test_without_memory_nothing_unclaimed_goes_while_a_file_cannot_be_read():
    world = running()
    world.files["policy.yaml"] = BROKEN
    world.memory = Memory()
    world.restart()

    decision = world.turn()

    assert set(decision.held["eu"]) == {PAGES_KEY, SHOP_KEY, API_KEY, WEB_KEY}
    assert decision.held["eu"][API_KEY] == (
        "what needs it may stand in policy.yaml:2, which cannot be read"
    )


def test_what_was_held_is_decided_on_as_soon_as_it_can_be_read():
    world = running()
    world.files["policy.yaml"] = BROKEN
    world.restart()
    world.turn()

    world.files["policy.yaml"] = FILES["policy.yaml"]
    decision = world.turn()

    assert places(decision) == EVERYTHING
    assert decision.held == {"eu": {}, "us": {}}


def test_what_an_unread_override_shaped_waits_for_it():
    rule = {"overriders": {"labelsOverrider": [{"operator": "add", "value": {"a": "b"}}]}}
    labels = override("labels", "apps/v1", "Deployment", rule)
    world = running({**FILES, "o.yaml": labels})
    world.files["o.yaml"] = BROKEN
    world.restart()

    waiting = world.turn()
    world.files["o.yaml"] = labels
    decided = world.turn()

    assert waiting.held["eu"][WEB_KEY] == "a rule that shaped it cannot be read"
    assert decided.held["eu"] == {}
    assert decided.manifests["eu"][WEB_KEY].body["metadata"]["labels"] == {"a": "b"}


def test_a_template_that_cannot_be_understood_holds_itself_and_what_it_may_need():
    world = running()
    body = {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"template": "?"}}

    decision, _ = decide(with_body(world, WEB_KEY, body), world.known, world.cache)

    assert list(decision.manifests["eu"]) == [SHOP_KEY, API_KEY]
    assert decision.held["eu"] == {
        PAGES_KEY: "Deployment.apps shop/web may need it",
        WEB_KEY: "it could not be decided",
    }
    [problem] = [each for each in decision.problems if each.reason == "Invalid"]
    assert (problem.path, problem.key) == ("web.yaml", WEB_KEY.id)


def test_a_bug_of_ours_holds_one_template_and_quotes_nothing_of_it():
    world = running()
    body = {"metadata": {"name": "web", "labels": "hunter2"}, "spec": {}}
    by_labels = FILES["policy.yaml"].replace(
        "kind: Deployment\n", "kind: Deployment\n    labelSelector: {}\n", 1
    )
    world.files["policy.yaml"] = (
        by_labels
        + "---\n"
        + policy("b", "apps/v1 Deployment").replace(
            "kind: Deployment\n",
            "kind: Deployment\n    labelSelector: {matchLabels: {a: b}}\n",
            1,
        )
    )

    decision, _ = decide(with_body(world, WEB_KEY, body), world.known, world.cache)

    [problem] = [each for each in decision.problems if each.reason == "Internal"]
    assert problem.message.startswith("gitopsd failed here with AttributeError at kube/selector.py")
    assert "hunter2" not in problem.message
    assert decision.held["us"][WEB_KEY] == "it could not be decided"
    assert API_KEY in decision.manifests["us"]


def test_an_unread_inventory_is_stood_in_for_by_memory():
    world = running()
    world.files["web.yaml"] = BROKEN
    world.restart()
    world.say("eu", inventory=None)

    decision = decide(world.snapshot, world.known, Cache())[0]

    assert decision.held["eu"][WEB_KEY] == "it stands in web.yaml:2, which cannot be read"


def test_a_broken_cluster_file_keeps_the_remembered_cluster():
    world = running()
    world.files["us.yaml"] = BROKEN
    world.restart()

    assert places(world.turn()) == EVERYTHING


IMAGE = override("image", "apps/v1", "Deployment", {"overriders": {}})
WAITING = FILES | {"policy.yaml": policy("all", "apps/v1 Deployment", dependentOverrides=["image"])}


def test_what_a_policy_claims_waits_for_the_overrides_that_it_depends_on():
    world = World(WAITING)

    decision = world.turn()

    assert "Deployment.apps shop/web" not in places(decision)
    [problem] = [each for each in decision.problems if each.reason == "OverrideMissing"]
    assert (problem.path, problem.pointer) == ("policy.yaml", "/spec/dependentOverrides/0")
    assert problem.message == (
        "there is no OverridePolicy 'image'; until there is, what PropagationPolicy shop/all "
        "claims stays as it is"
    )


def test_it_goes_out_as_soon_as_the_override_is_there():
    world = World(WAITING)
    world.turn()

    world.files["override.yaml"] = IMAGE
    decision = world.turn()

    assert WEB_KEY in decision.manifests["eu"]
    assert [each.reason for each in decision.problems] == ["Unclaimed"]


def test_where_the_override_goes_what_is_there_stays_as_it_is():
    world = running(WAITING | {"override.yaml": IMAGE})

    del world.files["override.yaml"]
    decision = world.turn()

    assert WEB_KEY not in decision.manifests["eu"]
    assert decision.held["eu"][WEB_KEY].startswith("there is no OverridePolicy 'image'")
