"""The health of an object that depends on what else is on its member."""

from fakes.delivery import key_of, manifest
from gitopsd.model.delivery import Health
from servers.waiting import until

OPEN = {"type": "object", "properties": {"spec": {"type": "object"}}}
TOLD = {"type": "object", "properties": {**OPEN["properties"], "status": {"type": "object"}}}
CAKE = {
    "apiVersion": "shop.example/v1",
    "kind": "Cake",
    "metadata": {"name": "birthday", "namespace": "shop"},
}


def definition(schema):
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "cakes.shop.example"},
        "spec": {
            "group": "shop.example",
            "scope": "Namespaced",
            "names": {"kind": "Cake", "plural": "cakes", "singular": "cake"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                }
            ],
        },
    }


async def test_what_cannot_have_a_status_is_current_at_once(eu) -> None:
    eu.want(manifest(definition(OPEN)), manifest(CAKE))
    await eu.finished()

    assert eu.outcome(key_of(CAKE)).health is Health.CURRENT


async def test_what_is_known_later_counts_for_what_is_there(eu) -> None:
    eu.want(manifest(definition(TOLD)), manifest(CAKE))
    await until(lambda: eu.outcome(key_of(CAKE)).health is Health.IN_PROGRESS)

    eu.want(manifest(definition(OPEN)), manifest(CAKE))

    await until(lambda: eu.outcome(key_of(CAKE)).health is Health.CURRENT)
