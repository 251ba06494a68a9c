"""What a member says of the identity of an object is not held against it once it says otherwise."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from conformance.hostile.conftest import kubeconfig
from fakes.delivery import Delivery, key_of, manifest
from fakes.liar import Liar
from gitopsd.kube.body import dig
from gitopsd.sim import SimulatedMember
from servers.objects import config_map, namespace
from servers.waiting import until

WEB = config_map("shop", "web", word="old")


@pytest.fixture
async def liar(member: SimulatedMember) -> AsyncIterator[Liar]:
    async with Liar(member.url) as liar:
        yield liar


@pytest.fixture
async def behind(member: SimulatedMember, liar: Liar, tmp_path: Path) -> AsyncIterator[Delivery]:
    """The member, followed through the liar."""
    delivery = Delivery(member, kubeconfig({"eu": liar.url}, tmp_path / "kubeconfig"))
    await delivery.made(namespace("shop"))
    delivery.start()
    yield delivery
    await delivery.close()


async def test_an_object_whose_uid_was_a_lie_is_mended_without_another_event(behind, liar) -> None:
    liar.lie(with_another_uid)
    behind.want(manifest(WEB))
    await behind.finished()

    behind.want(manifest(config_map("shop", "web", word="new")))
    await until(lambda: behind.outcome(key_of(WEB)).reason == "Conflict", 5)
    liar.be_honest()

    await until(lambda: behind.value(WEB) == "new", 5)


def with_another_uid(body: Any) -> Any:
    """Whatever is told of the object is told of another one."""
    if dig(body, "metadata", "name") == "web":
        return {**body, "metadata": {**body["metadata"], "uid": "0000"}}
    return {**body, "object": with_another_uid(body["object"])} if "object" in body else body
