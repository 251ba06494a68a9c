"""What a member says wrongly of an object is mended though no event contradicts it."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from importlib import import_module
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
    liar.lie(told_of_web(uid="0000"))
    behind.want(manifest(WEB))
    await behind.finished()

    behind.want(manifest(config_map("shop", "web", word="new")))
    await until(lambda: behind.outcome(key_of(WEB)).reason == "Conflict", 5)
    liar.be_honest()

    await until(lambda: behind.value(WEB) == "new", 5)


async def test_an_object_that_is_not_being_deleted_at_all_is_looked_at_again(
    behind, liar, monkeypatch
) -> None:
    monkeypatch.setattr(
        import_module("gitopsd.core.plan.step"), "LONGEST_DELETION", timedelta(seconds=0.1)
    )
    liar.lie(told_of_web(deletionTimestamp="2026-01-02T03:04:05Z"))
    behind.want(manifest(WEB))
    await until(lambda: behind.value(WEB) == "old", 5)

    behind.want(manifest(config_map("shop", "web", word="new")))
    await until(lambda: behind.outcome(key_of(WEB)).reason == "DependencyNotReady", 5)
    liar.be_honest()

    await until(lambda: behind.value(WEB) == "new", 5)


async def test_a_kind_whose_scope_was_a_lie_is_asked_for_again(behind, liar) -> None:
    liar.lie(without_scopes, lambda request: request.path == "/api")
    await behind.stop()
    behind.start()
    behind.want(manifest(WEB))
    await until(lambda: "has no namespaces here" in behind.outcome(key_of(WEB)).message, 5)
    liar.be_honest()

    behind.want(manifest(config_map("shop", "web", word="new")))

    await until(lambda: behind.value(WEB) == "new", 5)


def without_scopes(body: Any) -> Any:
    """All that a discovery lists is of the whole cluster."""
    for version in (each for group in body["items"] for each in group["versions"]):
        for resource in version["resources"]:
            resource["scope"] = "Cluster"
    return body


def told_of_web(**metadata: str) -> Callable[[Any], Any]:
    """Whatever is told of the object says this of it."""

    def change(body: Any) -> Any:
        if dig(body, "metadata", "name") == "web":
            return {**body, "metadata": {**body["metadata"], **metadata}}
        return {**body, "object": change(body["object"])} if "object" in body else body

    return change
