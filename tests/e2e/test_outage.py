"""A member that is away delays nobody and catches up when it is back."""

import json
import time

from servers.objects import config_map, policy
from servers.repository import manifests


def test_the_others_finish_and_the_lost_one_catches_up(fleet, new_member, story_on) -> None:
    lost = new_member("lost")
    story = story_on([*fleet[:2], lost])
    story.repository.push(
        story.fleet() | {"a.yaml": manifests(config_map(story.namespace, "a", word="old"))}
    )
    story.run()
    story.everywhere(lambda member: story.get(member, "configmaps", "a"))

    lost.down()
    story.repository.push({"a.yaml": manifests(config_map(story.namespace, "a", word="new"))})
    began = time.monotonic()
    story.members = fleet[:2]
    story.everywhere(lambda member: word(story, member) == "new")
    took = time.monotonic() - began
    lost.up()
    story.members = [lost]

    story.everywhere(lambda member: word(story, member) == "new", 30)
    assert took < 3


def test_a_member_that_was_never_reached_gets_all_once_it_answers(
    fleet, new_member, story_on
) -> None:
    late = new_member("late")
    late.down()
    story = story_on([fleet[0], late])
    story.repository.push(
        story.fleet() | {"a.yaml": manifests(config_map(story.namespace, "a", word="new"))}
    )
    story.run()
    story.members = fleet[:1]
    story.everywhere(lambda member: story.get(member, "configmaps", "a"))

    late.up()

    story.members = [late]
    story.everywhere(lambda member: story.get(member, "configmaps", "a"), 30)


def test_what_was_to_be_preserved_stays_where_the_member_was_away(
    fleet, new_member, story_on
) -> None:
    lost = new_member("lost")
    story = story_on([fleet[0], lost])
    names = [member.name for member in story.members]
    claims = policy(
        story.namespace, "kept", [{"apiVersion": "v1", "kind": "ConfigMap", "name": "kept"}], names
    )
    maps = {f"{name}.yaml": manifests(config_map(story.namespace, name)) for name in ("a", "b")}
    kept = {"kept.yaml": manifests(config_map(story.namespace, "kept"))}
    story.repository.push(story.fleet(claims) | maps | kept)
    assert story.call("sync").code == 0
    before = story.get(lost, "configmaps", "kept")["metadata"]

    lost.down()
    claims["spec"]["preserveResourcesOnDeletion"] = True
    story.repository.push(story.fleet(claims))
    assert story.call("sync").code == 1
    story.repository.push(dict.fromkeys(kept))
    assert story.call("sync").code == 1
    lost.up()
    planned = story.call("plan", "--format=json")

    assert json.loads(planned.out)["changes"] == []
    assert story.call("sync").code == 0
    after = story.get(lost, "configmaps", "kept")["metadata"]
    assert after["uid"] == before["uid"]
    assert "applyset.kubernetes.io/part-of" not in after.get("labels", {})


def word(story, member) -> str:
    found = story.get(member, "configmaps", "a")
    return found["data"]["word"] if found else ""
