"""A process that ends says what it did, whatever members say of themselves just then."""

import asyncio

from gitopsd.daemon.loop import turns
from gitopsd.daemon.members import Members
from gitopsd.daemon.wiring import running
from gitopsd.model.config import Config
from gitopsd.sim import SimulatedMember, write_kubeconfig
from servers.objects import deployment, everywhere, namespace
from servers.repository import cluster, manifests
from servers.waiting import until

BRANCH = "gitopsd/status"


async def one_run(config, monkeypatch) -> None:
    """Turns until all is settled, then the end; members have news at that very moment."""
    async with running(config) as daemon:
        async with asyncio.timeout(30):
            await daemon.source.looked()
            await turns(
                daemon.world,
                daemon.news,
                lambda turn: turn.standing.is_finished and daemon.world.members.are_settled,
            )
        with monkeypatch.context() as patched:
            patched.setattr(Members, "are_settled", property(lambda members: False))
            await daemon.publisher.finish(30)


async def test_the_last_commit_is_not_held_back_for_news(repository, tmp_path, monkeypatch) -> None:
    async with SimulatedMember("eu", nodes=0) as eu:
        config = Config(
            repo=repository.url,
            kubeconfig=write_kubeconfig([eu], tmp_path / "kubeconfig"),
            publish_interval_s=600,
        )
        objects = (cluster("eu"), everywhere("shop", ["eu"]), namespace("shop"))
        repository.push({"all.yaml": manifests(*objects, deployment("shop", "web"))})
        await one_run(config, monkeypatch)
        first = repository.head(BRANCH)
        eu.add_node("late")
        await until(lambda: ready(eu) == 1)

        await one_run(config, monkeypatch)

    assert repository.head(BRANCH) != first


def ready(member: SimulatedMember) -> int:
    found = member.get("apps", "deployments", "shop", "web")
    return found["status"].get("readyReplicas", 0) if found else 0
