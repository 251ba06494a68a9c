"""Killed at any point and started again, the daemon converges: nothing twice, nothing left over."""

from collections import Counter

import pytest

from servers.objects import config_map, deployment, service
from servers.repository import manifests
from servers.waiting import wait_until

SIZE = 12


@pytest.mark.parametrize("writes", [5, 23])
def test_a_kill_in_the_middle_of_the_first_delivery_creates_nothing_twice(story, writes) -> None:
    story.repository.push(story.fleet() | applications(story, SIZE))
    first = story.members[0]
    before = {member.name: len(member.writes()) for member in story.members}

    daemon = story.run()
    wait_until(lambda: len(first.writes()) - before[first.name] >= writes)
    daemon.kill()
    story.run()

    story.everywhere(lambda member: len(story.names(member, "services")) == SIZE)
    story.everywhere(lambda member: len(story.names(member, "deployments")) == SIZE)
    for member in story.members:
        created = Counter(
            (write.resource, write.name)
            for write in member.writes()[before[member.name] :]
            if write.status == 201 and write.namespace == story.namespace
        )
        assert set(created.values()) == {1}


def test_a_restart_on_a_settled_fleet_writes_nothing(story) -> None:
    story.repository.push(story.fleet() | applications(story, SIZE))
    daemon = story.run()
    story.everywhere(lambda member: len(story.names(member, "services")) == SIZE)
    story.everywhere(lambda _: "status.yaml" in story.status())
    daemon.stop()
    before = [len(member.writes()) for member in story.members]

    story.run()
    mark = {"mark.yaml": manifests(config_map(story.namespace, "mark", seen="yes"))}
    story.repository.push(mark)
    story.everywhere(lambda member: story.get(member, "configmaps", "mark"))

    written = [
        {write.name for write in member.writes()[count:]}
        for member, count in zip(story.members, before, strict=True)
    ]
    inventory = f"gitopsd-inventory-{story.instance}"
    assert written == [{"mark", inventory}] * len(story.members)


def applications(story, size: int) -> dict[str, str]:
    return {
        f"app-{n}.yaml": manifests(
            deployment(story.namespace, f"app-{n}", replicas=0),
            service(story.namespace, f"app-{n}"),
        )
        for n in range(size)
    }
