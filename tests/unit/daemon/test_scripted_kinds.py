"""A kind that only scripts of the repository know: from one commit to what is told of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitopsd.daemon.loop import turns
from gitopsd.daemon.preview import Asked
from gitopsd.daemon.viewing import preview
from gitopsd.daemon.wiring import running
from gitopsd.edge.credentials import from_kubeconfig
from gitopsd.edge.member import Member
from gitopsd.kube.body import dig
from gitopsd.kube.wire import encode
from gitopsd.model.config import Config
from gitopsd.sim import SimulatedMember, write_kubeconfig
from servers.objects import namespace, policy
from servers.repository import Repository, cluster, manifests
from servers.waiting import until

GROUP, NAMES = "example.io", ("eu", "us")
WIDGET = {
    "apiVersion": f"{GROUP}/v1",
    "kind": "Widget",
    "metadata": {"name": "one", "namespace": "shop"},
    "spec": {"size": 6, "tuning": "by-hand"},
}
ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"widgets.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"spec": ANYTHING, "status": ANYTHING},
                    }
                },
            }
        ],
    },
}
SCRIPTS = {
    "replicaResource": """
        function GetReplicas(obj) return obj.spec.size, nil end
    """,
    "replicaRevision": """
        function ReviseReplica(obj, replicas) obj.spec.size = replicas; return obj end
    """,
    "healthInterpretation": """
        function InterpretHealth(obj)
          return obj.status ~= nil and obj.status.made == obj.spec.size
        end
    """,
    "statusReflection": """
        function ReflectStatus(obj)
          if obj.status == nil then return {} end
          return {made = obj.status.made, asked = obj.spec.size}
        end
    """,
    "statusAggregation": """
        function AggregateStatus(template, items)
          local sum = 0
          for i = 1, #items do
            if items[i].status ~= nil then sum = sum + (items[i].status.made or 0) end
          end
          template.status = {made = sum}
          return template
        end
    """,
    "retention": """
        function Retain(desired, observed)
          desired.spec.tuning = observed.spec.tuning
          return desired
        end
    """,
}
EVENLY = {
    "replicaSchedulingType": "Divided",
    "replicaDivisionPreference": "Weighted",
    "weightPreference": {
        "staticWeightList": [
            {"targetCluster": {"clusterNames": [name]}, "weight": weight}
            for name, weight in zip(NAMES, (2, 1), strict=True)
        ]
    },
}


def customization(**scripts: str) -> dict[str, Any]:
    return {
        "apiVersion": "config.karmada.io/v1alpha1",
        "kind": "ResourceInterpreterCustomization",
        "metadata": {"name": "widgets"},
        "spec": {
            "target": {"apiVersion": WIDGET["apiVersion"], "kind": "Widget"},
            "customizations": {name: {"luaScript": text} for name, text in scripts.items()},
        },
    }


FILES = {
    "clusters.yaml": manifests(*map(cluster, NAMES)),
    "policies.yaml": manifests(
        policy("shop", "widgets", [{"apiVersion": f"{GROUP}/v1", "kind": "Widget"}], NAMES, EVENLY),
        {
            "apiVersion": "policy.karmada.io/v1alpha1",
            "kind": "ClusterPropagationPolicy",
            "metadata": {"name": "widgets"},
            "spec": {
                "resourceSelectors": [
                    {
                        "apiVersion": DEFINITION["apiVersion"],
                        "kind": DEFINITION["kind"],
                        "name": f"widgets.{GROUP}",
                    }
                ],
                "placement": {"clusterAffinity": {"clusterNames": list(NAMES)}},
            },
        },
    ),
    "namespace.yaml": manifests(namespace("shop")),
    "definition.yaml": manifests(DEFINITION),
    "scripts.yaml": manifests(customization(**SCRIPTS)),
    "widget.yaml": manifests(WIDGET),
}


class Fleet:
    """Two members and the daemon that follows a repository."""

    def __init__(self, members: dict[str, SimulatedMember], folder: Path) -> None:
        self.members = members
        self.repository = Repository(folder)
        self.kubeconfig = write_kubeconfig(members.values(), folder / "kubeconfig")
        self.config = Config(
            repo=self.repository.url,
            branch="main",
            kubeconfig=self.kubeconfig,
            cache=folder / "cache",
            interval_s=0.1,
            publish_interval_s=0.1,
        )

    def widget(self, name: str) -> Any:
        return self.members[name].get(GROUP, "widgets", "shop", "one")

    @property
    def sizes(self) -> list[Any]:
        return [dig(self.widget(name) or {}, "spec", "size") for name in NAMES]

    async def says(self, name: str, patch: dict[str, Any], subresource: str = "") -> None:
        """The widget's controller, or a person, writes something on a member."""
        member = Member(name, from_kubeconfig(self.kubeconfig, name), "widgets-controller")
        path = f"/apis/{GROUP}/v1/namespaces/shop/widgets/one{subresource}"
        try:
            await member.patch(path, encode(patch), "application/merge-patch+json")
        finally:
            await member.close()

    async def made(self, *counts: int) -> None:
        for name, count in zip(NAMES, counts, strict=True):
            await self.says(name, {"status": {"made": count}}, "/status")

    @property
    def told(self) -> dict[str, Any]:
        files = self.repository.files("gitopsd/status")
        text = files.get(f"bindings/shop/widget.{GROUP}-one.yaml", "")
        return yaml.safe_load(text) or {}

    @property
    def items(self) -> list[dict[str, Any]]:
        return dig(self.told, "status", "aggregatedStatus", default=[])

    @property
    def health(self) -> list[str]:
        return [item["health"] for item in self.items]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        members = {
            name: await stack.enter_async_context(SimulatedMember(name, nodes=1)) for name in NAMES
        }
        shop = Fleet(members, tmp_path)
        shop.repository.push(FILES)
        daemon = await stack.enter_async_context(running(shop.config))
        task = asyncio.create_task(turns(daemon.world, daemon.news, lambda turn: False))
        stack.callback(task.cancel)
        await until(lambda: shop.sizes == [4, 2], 20)
        yield shop


async def test_its_replicas_its_health_and_its_status_are_those_of_its_scripts(
    shop: Fleet,
) -> None:
    await until(lambda: shop.health == ["Unhealthy", "Unhealthy"], 20)

    await shop.made(4, 1)

    await until(lambda: shop.health == ["Healthy", "Unhealthy"], 20)
    assert [item["status"] for item in shop.items] == [
        {"made": 4, "asked": 4},
        {"made": 1, "asked": 2},
    ]
    assert shop.told["templateStatus"] == {"made": 5}


async def test_another_script_judges_what_is_there_anew(shop: Fleet) -> None:
    await shop.made(4, 1)
    await until(lambda: shop.health == ["Healthy", "Unhealthy"], 20)
    always = SCRIPTS | {"healthInterpretation": "function InterpretHealth(obj) return true end"}

    shop.repository.push({"scripts.yaml": manifests(customization(**always))})

    await until(lambda: shop.health == ["Healthy", "Healthy"], 20)

    shop.repository.push({"scripts.yaml": None})

    await until(lambda: shop.sizes == [6, 6], 20)
    await until(lambda: [item.get("status") for item in shop.items] == [{"made": 4}, {"made": 1}])


async def test_a_script_that_fails_makes_the_health_unknown_and_says_why(shop: Fleet) -> None:
    await until(lambda: shop.health == ["Unhealthy", "Unhealthy"], 20)
    broken = SCRIPTS | {"healthInterpretation": "function InterpretHealth(obj) error('no') end"}

    shop.repository.push({"scripts.yaml": manifests(customization(**broken))})

    await until(lambda: shop.health == ["Unknown", "Unknown"], 20)
    assert "scripts.yaml" in shop.told["members"][0]["message"]
    assert "InterpretHealth" in shop.told["members"][0]["message"]


async def test_a_member_keeps_what_its_retain_script_leaves_to_it(shop: Fleet) -> None:
    await shop.says("eu", {"spec": {"tuning": "by-controller"}})
    larger = {**WIDGET, "spec": {"size": 9, "tuning": "by-hand"}}

    shop.repository.push({"widget.yaml": manifests(larger)})

    await until(lambda: shop.sizes == [6, 3], 20)
    tunings = [shop.widget(name)["spec"]["tuning"] for name in NAMES]
    assert tunings == ["by-controller", "by-hand"]


async def test_what_a_retain_script_cannot_say_is_not_changed(shop: Fleet) -> None:
    broken = SCRIPTS | {"retention": "function Retain(desired, observed) return nil end"}

    shop.repository.push(
        {
            "scripts.yaml": manifests(customization(**broken)),
            "widget.yaml": manifests({**WIDGET, "spec": {"size": 9}}),
        }
    )

    await until(lambda: [line["state"] for line in shop.told["members"]] == ["Failed"] * 2, 20)
    assert "scripts.yaml" in shop.told["members"][0]["message"]
    assert shop.sizes == [4, 2]


async def test_a_plan_asks_the_scripts_too(shop: Fleet) -> None:
    await until(lambda: len(shop.items) == 2 and all(i["applied"] for i in shop.items), 20)
    base = shop.repository.head()
    shop.repository.push({"widget.yaml": manifests({**WIDGET, "spec": {"size": 3}})})

    seen = await preview(shop.config, Asked(base, shop.repository.head()))

    after = {each.cluster: each.after for each in seen.changes.changes}
    assert {name: each.body["spec"]["size"] for name, each in after.items()} == {"eu": 2, "us": 1}
