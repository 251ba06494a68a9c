"""What an autoscaler of the member sets stays, where the template's label says so."""

from fakes.delivery import Delivery, key_of, manifest
from gitopsd.model.delivery import ActionKind
from servers.objects import deployment
from servers.waiting import until

RETAIN = {"labels": {"resourcetemplate.karmada.io/retain-replicas": "true"}}


def web(image: str = "nginx:1", **metadata: object) -> dict[str, object]:
    body = deployment("shop", "web", image, replicas=2)
    return {**body, "metadata": {**body["metadata"], **metadata}}


def replicas(eu: Delivery) -> int:
    live = eu.live(web())
    assert live is not None
    return live["spec"]["replicas"]


async def test_replicas_are_the_members_where_the_label_says_so(eu: Delivery) -> None:
    eu.want(manifest(web(**RETAIN)))
    await eu.finished()
    await eu.patched(web(), {"spec": {"replicas": 5}}, manager="autoscaler")
    await until(lambda: eu.outcome(key_of(web())).generation == 2)

    assert replicas(eu) == 5

    eu.want(manifest(web("nginx:2", **RETAIN)))
    await eu.finished()

    assert replicas(eu) == 5
    assert eu.outcome(key_of(web())).action is ActionKind.CONFIGURE


async def test_replicas_are_the_commits_everywhere_else(eu: Delivery) -> None:
    eu.want(manifest(web()))
    await eu.finished()
    await eu.patched(web(), {"spec": {"replicas": 5}}, manager="kubectl-edit")

    await until(lambda: replicas(eu) == 2)
