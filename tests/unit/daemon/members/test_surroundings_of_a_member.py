"""The health of an object that depends on what else is on its member."""

from fakes.delivery import key_of, manifest
from gitopsd.model.delivery import Health
from servers.objects import definition
from servers.waiting import until

OPEN = {"type": "object", "properties": {"spec": {"type": "object"}}}
TOLD = {"type": "object", "properties": {**OPEN["properties"], "status": {"type": "object"}}}
DEFINITION = definition("shop.example", "Cake", OPEN)
CAKE = {
    "apiVersion": "shop.example/v1",
    "kind": "Cake",
    "metadata": {"name": "birthday", "namespace": "shop"},
}


async def test_what_cannot_have_a_status_is_current_at_once(eu) -> None:
    eu.want(manifest(DEFINITION), manifest(CAKE))
    await eu.finished()

    assert eu.outcome(key_of(CAKE)).health is Health.CURRENT


async def test_what_is_known_later_counts_for_what_is_there(eu) -> None:
    with_status = definition("shop.example", "Cake", TOLD)
    eu.want(manifest(with_status), manifest(CAKE))
    await until(lambda: eu.outcome(key_of(CAKE)).health is Health.IN_PROGRESS)

    eu.want(manifest(DEFINITION), manifest(CAKE))

    await until(lambda: eu.outcome(key_of(CAKE)).health is Health.CURRENT)
