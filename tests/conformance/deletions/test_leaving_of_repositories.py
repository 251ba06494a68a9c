"""A cluster that leaves the repository: what it holds stays, unless its Cluster said otherwise."""

from datetime import timedelta

import pytest

from gitopsd.core.gate import canary
from servers.repository import cluster, manifests
from servers.waiting import until

NAMES = ["map-00", "map-01", "map-02"]


@pytest.fixture(autouse=True)
def no_quiet_time(monkeypatch) -> None:
    monkeypatch.setattr(canary, "QUIET_FOR", timedelta(seconds=0.1))


def clusters(**annotations: str) -> dict[str, str]:
    """Both Clusters; `eu` has these annotations."""
    eu = cluster("eu")
    eu["metadata"] = {**eu["metadata"], "annotations": annotations}
    return {"clusters.yaml": manifests(eu, cluster("us"))}


ONE = {"clusters.yaml": manifests(cluster("us"))}


def inventory(desk, name: str) -> bool:
    held = desk.members[name].items("", "configmaps", "gitopsd-system")
    return any(each["metadata"]["name"] == "gitopsd-inventory" for each in held)


async def test_what_it_holds_stays_and_so_does_its_inventory(desk) -> None:
    async with desk.running() as daemon:
        await desk.is_done(desk.repository.push(desk.files(3)))

        await desk.is_done(desk.repository.push(ONE))

        assert "eu" not in daemon.world.members.reports
    assert (desk.names("eu"), inventory(desk, "eu")) == (NAMES, True)


async def test_with_prune_it_is_emptied_and_its_inventory_goes_last(desk) -> None:
    gone = []
    desk.members["eu"].store.listeners.append(
        lambda change: gone.append(change.last.key.name) if change.kind == "DELETED" else None
    )
    async with desk.running() as daemon:
        await desk.is_done(desk.repository.push(desk.files(3)))
        await desk.is_done(desk.repository.push(clusters(**{"gitopsd.io/on-remove": "prune"})))

        desk.repository.push(ONE)
        await until(lambda: "eu" not in daemon.world.members.reports)

    named = [name for name in gone if name in (*NAMES, "shop", "gitopsd-inventory")]
    assert (sorted(named[:3]), named[-2:]) == (NAMES, ["shop", "gitopsd-inventory"])
    assert (desk.names("us"), inventory(desk, "us")) == (NAMES, True)


async def test_a_leaving_one_is_emptied_and_stays_a_cluster(desk) -> None:
    async with desk.running() as daemon:
        await desk.is_done(desk.repository.push(desk.files(3)))

        desk.repository.push(clusters(**{"gitopsd.io/leaving": "true"}))
        await until(lambda: desk.names("eu") == [] and not inventory(desk, "eu"))

        assert daemon.world.members.reports["eu"].reachable
    assert desk.names("us") == NAMES


async def test_a_daemon_that_starts_in_between_goes_on(desk) -> None:
    async with desk.running():
        await desk.is_done(desk.repository.push(desk.files(3)))
        told = desk.repository.push(clusters(**{"gitopsd.io/on-remove": "prune-and-wait"}))
        await desk.is_done(told)
        await until(lambda: told in desk.repository.files("gitopsd/status")["status.yaml"])
    desk.repository.push(ONE)

    async with desk.running() as daemon:
        await until(lambda: desk.names("eu") == [] and not inventory(desk, "eu"))
        await until(lambda: "eu" not in daemon.world.members.reports)
