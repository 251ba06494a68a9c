"""What a process remembers of its own turns: as much as a new one would read."""

from dataclasses import replace

from fakes.commits import World, cluster, deployment, divided, key, on, policy
from gitopsd.core.summary import renewed
from gitopsd.model.decision import Share
from gitopsd.model.delivery import Entry
from gitopsd.model.memory import Memory, Remembered

WEB = key("Deployment", "web")
FILES = {
    "eu.yaml": cluster("eu"),
    "us.yaml": cluster("us"),
    "policy.yaml": policy("web", "apps/v1 Deployment", placement={**divided(), **on("us")}),
    "web.yaml": deployment("web", 6),
}
FORMER = Remembered(WEB, shares=(Share("eu", 6),), since={"created": "2025-01-01T00:00:00Z"})


def turn(world):
    """A turn of a process that goes on, and what it remembers after it."""
    known, last = world.known, world.decision
    decision = world.turn()
    world.memory = renewed(known, decision, last)
    return decision


def moved():
    """A Deployment that was on `eu` when the process began, and is on `us` now."""
    world = World(FILES)
    world.memory = Memory(templates={WEB: FORMER})
    turn(world)
    world.deliver()
    return world


def test_what_was_decided_last_is_remembered_with_its_clocks() -> None:
    world = moved()

    assert world.memory.templates[WEB].shares == (Share("us", 6),)
    assert world.memory.templates[WEB].since == FORMER.since


def test_without_news_it_is_the_very_same() -> None:
    world = moved()
    before = world.memory

    turn(world)

    assert world.memory is before


def test_a_template_that_comes_back_while_a_member_holds_it_stays_there() -> None:
    world = moved()
    world.files["policy.yaml"] = policy("web", "apps/v1 Deployment", placement=divided())
    del world.files["web.yaml"]
    turn(world)

    world.files["web.yaml"] = deployment("web", 6)

    assert turn(world).bindings[WEB].assignment.shares == (Share("us", 6),)


def test_what_is_still_left_where_it_moved_from_does_not_call_it_back() -> None:
    world = moved()
    left = {WEB: Entry(WEB, "v1", hash="h", path="web.yaml", share=6)}
    world.say("eu", inventory=left)
    world.files["policy.yaml"] = policy("web", "apps/v1 Deployment", placement=divided())
    del world.files["web.yaml"]
    turn(world)

    world.files["web.yaml"] = deployment("web", 6)

    assert turn(world).bindings[WEB].assignment.shares == (Share("us", 6),)


def test_a_template_that_is_claimed_again_while_a_member_holds_it_stays_there() -> None:
    world = moved()
    del world.files["policy.yaml"]
    turn(world)

    world.files["policy.yaml"] = policy("web", "apps/v1 Deployment", placement=divided())

    assert turn(world).bindings[WEB].assignment.shares == (Share("us", 6),)


def test_what_no_member_holds_any_more_is_forgotten() -> None:
    world = moved()
    del world.files["web.yaml"]
    turn(world)
    world.say("us", inventory={})

    turn(world)

    assert world.memory.templates == {}


def test_what_a_member_held_that_was_not_heard_of_yet_is_remembered() -> None:
    world = World({name: text for name, text in FILES.items() if name != "web.yaml"})
    world.say("eu", inventory=None)
    world.memory = Memory(templates={WEB: FORMER}, applied={"eu": {WEB: "h"}})

    turn(world)

    assert world.memory.templates == {WEB: FORMER}


def test_a_member_that_left_holds_nothing() -> None:
    world = moved()
    del world.files["web.yaml"], world.files["us.yaml"]
    world.reports = {"eu": replace(world.reports["eu"], inventory={})}

    turn(world)

    assert world.memory.templates == {}


def test_a_hook_is_remembered_while_a_run_of_it_is_recorded() -> None:
    world = moved()
    inventory = {WEB: Entry(WEB, "v1", flags=("done", "hook"))}
    for name in ("eu", "us"):
        world.say(name, inventory=inventory)
    del world.files["web.yaml"]

    turn(world)
    remembered = WEB in world.memory.templates
    for name in ("eu", "us"):
        world.say(name, inventory={})
    turn(world)

    assert remembered
    assert WEB not in world.memory.templates
