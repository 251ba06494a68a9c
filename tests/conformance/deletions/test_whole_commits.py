"""A member whose Cluster wants commits whole, beside one that takes what is right of them."""

from servers.objects import config_map
from servers.repository import cluster, manifests
from servers.waiting import until


async def test_a_broken_object_holds_the_whole_commit_on_that_member_alone(desk) -> None:
    eu = cluster("eu")
    eu["metadata"]["annotations"] = {"gitopsd.io/on-invalid": "refuse"}
    files = {**desk.files(3), "clusters.yaml": manifests(eu, cluster("us"))}
    async with desk.running() as daemon:
        await desk.is_done(desk.repository.push(files))
        broken = {"apps/new.yaml": manifests(config_map("shop", "new")), "bad.yaml": "kind: ["}
        await desk.is_done(desk.repository.push({**desk.removal(1), **broken}))
        assert desk.names("eu") == ["map-00", "map-01", "map-02"]
        assert "new" in desk.names("us")
        refused = [each for each in daemon.world.last.standing.failures if "refused here" in each]
        assert refused == [
            "eu: 2 objects wait: the commit is refused here: bad.yaml cannot be read"
        ]

        desk.repository.push({"bad.yaml": None})

        await until(lambda: desk.names("eu") == ["map-00", "map-02", "new"])
