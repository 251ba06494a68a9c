"""A policy says that its objects stay while a member is away, which so cannot record it.

When the template is gone before the member is back, its objects stay there as everywhere.
"""

import pytest

from fakes.commits import World, cluster, config_map, deployment, key, namespace, on, policy
from gitopsd.core.changes import applied, changes
from gitopsd.core.gate import gate
from gitopsd.core.review import remarks
from gitopsd.core.summary import renewed
from gitopsd.core.summary.memory import file, line, read

WEB, PAGES, SHOP = key("Deployment", "web"), key("ConfigMap", "pages"), key("Namespace", "shop", "")
MOUNTS = deployment("web", volumes=[{"name": "c", "configMap": {"name": "pages"}}])


def claims(**more):
    return policy("web", "apps/v1 Deployment", propagateDeps=True, **more)


def world_of(**more):
    """`web` with what it draws along on both members, of which `us` has gone away since."""
    world = World(
        {
            "eu.yaml": cluster("eu"),
            "us.yaml": cluster("us"),
            "policy.yaml": claims(**more),
            "web.yaml": MOUNTS,
            "pages.yaml": config_map("pages"),
            "ns.yaml": namespace(),
        }
    )
    turn(world)
    world.deliver()
    world.say("us", reachable=False)
    return world


def turn(world):
    known, last = world.known, world.decision
    world.turn()
    world.memory = renewed(known, world.decision, last)


def go_on(world):
    """The same process."""


def start_anew(world):
    """Another process, which reads what this one told, and what `us` holds when it is back."""
    there = world.reports["us"].inventory
    world.remember()
    lines = [
        line(key, each, {"eu": "h", "us": "h"}) for key, each in world.memory.templates.items()
    ]
    told = {key: known for key, known, _ in read(file(lines))}
    assert told == world.memory.templates
    world.restart()
    world.say("us", inventory=there, reachable=True)


def asked_of_us(world):
    """What `us` is to delete and to let go, and the same as a plan says it."""
    decision = world.turn()
    gated = gate(world.snapshot, decision, world.known, None)
    base = applied(world.known)
    planned = {each.key for each in changes(base, decision).changes if each.cluster == "us"}
    asked = gated.wanted["us"]
    deletions = {*asked.deletions, *asked.guarded}
    assert planned == deletions
    return deletions, set(asked.releases), tuple(remarks.released(base, decision))


@pytest.mark.parametrize("meanwhile", [go_on, start_anew])
def test_it_stays_where_a_member_was_away(meanwhile) -> None:
    world = world_of()
    world.files["policy.yaml"] = claims(preserveResourcesOnDeletion=True)
    turn(world)
    for path in ("web.yaml", "pages.yaml"):
        del world.files[path]
    turn(world)
    meanwhile(world)

    deletions, releases, words = asked_of_us(world)

    assert (deletions - {SHOP}, releases - {SHOP}) == (set(), {WEB, PAGES})
    assert any("shop/web stays on" in each and "us" in each for each in words)


@pytest.mark.parametrize("meanwhile", [go_on, start_anew])
def test_it_stays_when_its_policy_goes_first(meanwhile) -> None:
    world = world_of()
    world.files["policy.yaml"] = claims(preserveResourcesOnDeletion=True)
    turn(world)
    del world.files["policy.yaml"]
    turn(world)
    meanwhile(world)
    turn(world)

    assert {WEB, PAGES} <= asked_of_us(world)[1]


def test_it_stays_where_the_same_commit_sends_it_elsewhere() -> None:
    world = world_of()
    world.files["policy.yaml"] = claims(preserveResourcesOnDeletion=True, placement=on("eu"))

    assert {WEB, PAGES} <= asked_of_us(world)[1]


@pytest.mark.parametrize("meanwhile", [go_on, start_anew])
def test_the_last_word_counts(meanwhile) -> None:
    world = world_of()
    world.files["policy.yaml"] = claims(preserveResourcesOnDeletion=True)
    turn(world)
    world.files["policy.yaml"] = claims()
    turn(world)
    del world.files["web.yaml"]
    turn(world)
    meanwhile(world)

    deletions, releases, _ = asked_of_us(world)

    assert WEB in deletions
    assert not releases
