"""Killed at each step and started again: nothing is lost, nothing is done twice."""

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from zlib import decompress

import pytest

from servers.gate import Gate
from servers.objects import config_map
from servers.repository import manifests
from servers.waiting import wait_until

NAMES = [f"map-{n}" for n in range(4)]
STAYS = NAMES[2:]


@pytest.fixture
def gate(member1) -> Iterator[Gate]:
    gate = Gate(member1)
    yield gate
    gate.close()


@pytest.fixture
def shop(member1, story_on):
    """A story on one member: its repository has four ConfigMaps."""
    story = story_on([member1])
    maps = {f"{name}.yaml": manifests(config_map(story.namespace, name)) for name in NAMES}
    story.repository.push(story.fleet() | maps)
    return story


def on_inventory(*methods: str):
    """A request that writes the inventory, by one of these methods."""
    return lambda method, path: method in methods and "/gitopsd-system/configmaps" in path


def on_map(method: str):
    """A request of this method for one of the ConfigMaps."""
    return lambda asked, path: asked == method and "/configmaps/map-" in path


DELIVERING = {
    "before the inventory is made": (on_inventory("POST"), False),
    "after the inventory is made": (on_inventory("POST"), True),
    "before the first apply": (on_map("PATCH"), False),
    "after the first apply": (on_map("PATCH"), True),
    "before the inventory says what was applied": (on_inventory("PUT"), False),
}
ADDING = {
    "before the inventory names what is new": (on_inventory("PUT"), False),
    "after the inventory names what is new": (on_inventory("PUT"), True),
    "after the first apply": (on_map("PATCH"), True),
}
REMOVING = {
    "before the first deletion": (on_map("DELETE"), False),
    "after the first deletion": (on_map("DELETE"), True),
    "before the inventory forgets": (on_inventory("PUT"), False),
}


@pytest.mark.parametrize(("asked", "after"), DELIVERING.values(), ids=DELIVERING)
def test_killed_while_it_delivers(shop, gate, tmp_path, asked, after) -> None:
    (member,) = shop.members
    before = len(member.writes())
    gate.hold(asked, after=after)

    kill_at(gate, shop, tmp_path)
    shop.run()
    wait_until(lambda: shop.names(member, "configmaps") == NAMES and recorded(shop) == NAMES)

    done = Counter(
        write.name
        for write in member.writes()[before:]
        if write.resource == "configmaps" and write.name in NAMES and write.status == 201
    )
    assert done == dict.fromkeys(NAMES, 1)


@pytest.mark.parametrize(("asked", "after"), ADDING.values(), ids=ADDING)
def test_killed_while_it_adds_to_a_set(shop, gate, tmp_path, asked, after) -> None:
    (member,) = shop.members
    added = small(shop)
    before = len(member.writes())
    shop.repository.push(added)
    gate.hold(asked, after=after)

    kill_at(gate, shop, tmp_path)
    shop.run()
    wait_until(lambda: shop.names(member, "configmaps") == NAMES and recorded(shop) == NAMES)

    done = Counter(write.name for write in member.writes()[before:] if write.status == 201)
    assert done == dict.fromkeys(NAMES[:2], 1)


def test_what_it_made_when_it_was_killed_goes_with_the_commit_that_takes_it_back(
    shop, gate, tmp_path
) -> None:
    (member,) = shop.members
    shop.repository.push(small(shop))
    gate.hold(on_map("PATCH"), after=True)

    kill_at(gate, shop, tmp_path)
    shop.repository.push({f"{name}.yaml": None for name in NAMES[:2]})
    shop.run()

    wait_until(lambda: shop.names(member, "configmaps") == STAYS and recorded(shop) == STAYS)


@pytest.mark.parametrize(("asked", "after"), REMOVING.values(), ids=REMOVING)
def test_killed_while_it_removes(shop, gate, tmp_path, asked, after) -> None:
    (member,) = shop.members
    daemon = shop.run()
    wait_until(lambda: recorded(shop) == NAMES and "status.yaml" in shop.status())
    daemon.stop()
    before = len(member.writes())
    shop.repository.push({f"{name}.yaml": None for name in NAMES[:2]})
    gate.hold(asked, after=after)

    kill_at(gate, shop, tmp_path)
    shop.run()
    wait_until(lambda: shop.names(member, "configmaps") == STAYS and recorded(shop) == STAYS)

    gone = Counter(
        write.name
        for write in member.writes()[before:]
        if write.verb == "delete" and write.status == 200
    )
    assert gone == dict.fromkeys(NAMES[:2], 1)


def small(shop) -> dict[str, str]:
    """The member holds two of the ConfigMaps; the files of the other two are given back."""
    files = {f"{name}.yaml": manifests(config_map(shop.namespace, name)) for name in NAMES[:2]}
    shop.repository.push(dict.fromkeys(files))
    daemon = shop.run()
    wait_until(lambda: recorded(shop) == STAYS and "status.yaml" in shop.status())
    daemon.stop()
    return files


def kill_at(gate: Gate, shop, tmp_path) -> None:
    """Runs the daemon through the gate and kills it once its request is held there."""
    daemon = shop.daemons.run(
        shop.repository.url, gate.kubeconfig(tmp_path / "gate.yaml"), f"--instance={shop.instance}"
    )
    wait_until(gate.is_holding.is_set)
    daemon.kill()


def recorded(shop) -> list[str]:
    """The ConfigMaps that the inventory names, once each has its uid there."""
    (member,) = shop.members
    path = f"/api/v1/namespaces/gitopsd-system/configmaps/gitopsd-inventory-{shop.instance}"
    found = member.get(path)
    if found is None:
        return []
    entries = json.loads(decompress(b64decode(found["data"]["entries-0"])))
    return sorted(key[3] for key, _, uid, *_ in entries if uid and key[1] == "ConfigMap")
