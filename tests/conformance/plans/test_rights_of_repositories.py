"""For what `gitopsd rbac` asks: all that a commit brings, and what it takes away."""

from fakes.commits import config_map, deployment
from gitopsd.core.rights import Right
from gitopsd.daemon.viewing import rights


async def test_what_is_applied_may_be_deleted_and_hooks_may_be_run(desk) -> None:
    hook = config_map("before").replace(
        "metadata:", "metadata:\n  annotations: {gitopsd.io/hook: pre-sync}", 1
    )
    desk.repository.push(desk.fleet(web=deployment("web")))
    assert await desk.sync() == 0
    desk.repository.push({"web.yaml": None, "hook.yaml": hook})

    found = await rights(desk.config, "")

    assert list(found) == ["eu", "us"]
    in_shop = {(each.resource, each.verb) for each in found["eu"] if each.namespace == "shop"}
    assert {("deployments", "delete"), ("configmaps", "create")} <= in_shop
    assert ("secrets", "get") not in in_shop


async def test_inventories_of_sets_that_come_first_may_be_read(desk) -> None:
    after = "apiVersion: gitopsd.io/v1alpha1\nkind: Configuration\nmetadata: {name: a}\n"
    after += "spec: {dependsOn: [{instance: platform}]}\n"
    desk.repository.push({**desk.fleet(web=deployment("web")), "gitopsd.yaml": after})

    found = await rights(desk.config, "")

    right = Right("gitopsd-system", "", "configmaps", "get", "gitopsd-inventory-platform")
    assert right in found["eu"]
