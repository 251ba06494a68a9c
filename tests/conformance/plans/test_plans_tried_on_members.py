"""What a plan says after it was tried on the members themselves."""

from typing import Any

from fakes.delivery import Delivery
from gitopsd.kube.body import Body
from servers.objects import config_map, everywhere, namespace
from servers.repository import manifests

WEB = config_map("shop", "web", word="ours")


async def there(desk, *bodies: Body, manager: str = "kubectl") -> None:
    """Somebody else made these on one member."""
    delivery = Delivery(None, desk.config.kubeconfig, "eu")
    for body in (namespace("shop"), *bodies):
        await delivery.made(body, manager)
    await delivery.close()


def overwriting(desk) -> dict[str, str]:
    found: dict[str, Any] = everywhere("shop", sorted(desk.members))
    spec = {**found["spec"], "conflictResolution": "Overwrite"}
    return {**desk.fleet(), "policy.yaml": manifests({**found, "spec": spec})}


async def test_an_adoption_is_told_with_what_it_removes(desk) -> None:
    await there(desk, config_map("shop", "web", word="theirs", more="old"))
    desk.repository.push({**overwriting(desk), "web.yaml": manifests(WEB)})

    seen = await desk.plan(live=True)

    words = "it is there already and would be adopted, which removes /data/more"
    assert f"ConfigMap shop/web on eu: {words}" in seen.warnings


async def test_what_is_not_adopted_is_told_with_what_would_adopt_it(desk) -> None:
    helm = config_map("shop", "helm", word="theirs")
    labels = {"app.kubernetes.io/managed-by": "Helm"}
    marked = {**helm, "metadata": {**helm["metadata"], "labels": labels}}
    await there(desk, WEB, marked)
    desk.repository.push({**desk.fleet(), "web.yaml": manifests(WEB, helm)})

    seen = await desk.plan(live=True)

    said = "\n".join(seen.warnings)
    assert "shop/web on eu: NotOwned: it was there before; conflictResolution" in said
    assert "shop/helm on eu: OwnershipConflict: it belongs to app.kubernetes.io" in said


async def test_fields_of_others_and_refusals_are_told_before_anything_happens(desk) -> None:
    desk.repository.push({**desk.fleet(), "web.yaml": manifests(WEB)})
    assert await desk.sync() == 0
    delivery = Delivery(None, desk.config.kubeconfig, "us")
    await delivery.patched(WEB, {"data": {"word": "theirs"}})
    await delivery.close()
    desk.repository.push({"web.yaml": manifests(config_map("shop", "web", word="newer"))})

    seen = await desk.plan(live=True)

    words = "taken from others: .data.word (kubectl-edit)"
    assert seen.warnings == (f"ConfigMap shop/web on us: {words}",)
    assert desk.members["us"].get("", "configmaps", "shop", "web")["data"] == {"word": "theirs"}
