"""A merge into a fleet of 30 clusters and 2000 objects: the comment is right, and then it happens.

The proposal edits a policy, an override and an image and deletes a namespace, while the branch that
it is merged into has moved on.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gitopsd.core.review.comment import Terms, comment, marker
from gitopsd.core.review.findings import approval
from gitopsd.core.review.markdown import length
from gitopsd.daemon.preview import Asked
from gitopsd.daemon.viewing import preview
from gitopsd.daemon.wiring import sync
from gitopsd.model.config import Config
from gitopsd.sim import SimulatedMember, write_kubeconfig
from servers.objects import config_map, deployment, namespace, policy, service
from servers.repository import Repository, cluster, manifests

# Long rather than real: not part of every run.
pytestmark = pytest.mark.e2e

CLUSTERS = tuple(f"c-{number:02}" for number in range(30))
SPACES = 40
KINDS = (
    ("apps", "deployments"),
    ("", "services"),
    ("", "configmaps"),
    ("", "namespaces"),
)
SELECTS = [
    {"apiVersion": version, "kind": kind}
    for version, kind in (("apps/v1", "Deployment"), ("v1", "Service"), ("v1", "ConfigMap"))
]


def space(number: int) -> dict[str, str]:
    """50 objects of a namespace, with a policy that brings them to one cluster."""
    name = f"space-{number:02}"
    bodies = [
        make(name, f"{kind}-{each:02}")
        for kind, make, count in (
            ("app", deployment, 20), ("app", service, 20), ("config", config_map, 9),
        )
        for each in range(count)
    ]  # fmt: skip
    home = [CLUSTERS[number % 30]]
    files = {
        f"{name}/{body['kind']}-{body['metadata']['name']}.yaml": manifests(body) for body in bodies
    }
    files[f"{name}/namespace.yaml"] = manifests(namespace(name))
    files[f"{name}/policy.yaml"] = manifests(policy(name, "home", SELECTS, home))
    return files


def mirror(registry: str) -> str:
    overrider: dict[str, Any] = {"component": "Registry", "operator": "replace", "value": registry}
    rule = {"overriders": {"imageOverrider": [overrider]}}
    return manifests(
        {
            "apiVersion": "policy.karmada.io/v1alpha1",
            "kind": "OverridePolicy",
            "metadata": {"name": "mirror", "namespace": "space-01"},
            "spec": {"resourceSelectors": SELECTS[:1], "overrideRules": [rule]},
        }
    )


@dataclass
class Wide:
    config: Config
    members: dict[str, SimulatedMember]

    def held(self) -> dict[str, Any]:
        """What the members hold of the repository, by `cluster/object id`."""
        return {
            f"{name}/{group}/{body['kind']}/{where(body)}": body.get("spec") or body.get("data")
            for name, member in self.members.items()
            for group, resource in KINDS
            for body in member.items(group, resource)
            if "space-" in where(body) and "kube-root-ca" not in where(body)
        }


@pytest.fixture
async def wide(repository: Repository, tmp_path: Path) -> AsyncIterator[Wide]:
    async with AsyncExitStack() as stack:
        members = {
            name: await stack.enter_async_context(SimulatedMember(name)) for name in CLUSTERS
        }
        config = Config(
            repo=repository.url,
            kubeconfig=write_kubeconfig(list(members.values()), tmp_path / "kubeconfig"),
            interval_s=0.2,
            publish_interval_s=0.2,
        )
        yield Wide(config, members)


def where(body: Any) -> str:
    return f"{body['metadata'].get('namespace', '')}/{body['metadata']['name']}"


async def test_a_comment_on_a_large_merge_is_what_then_happens(repository, wide) -> None:
    files = {
        "clusters.yaml": manifests(*map(cluster, CLUSTERS)),
        "mirror.yaml": mirror("a.example"),
    }
    for number in range(SPACES):
        files |= space(number)
    repository.push(files)
    proposal = {
        "space-00/policy.yaml": manifests(policy("space-00", "home", SELECTS, ["c-00", "c-05"])),
        "mirror.yaml": mirror("b.example"),
        "space-02/Deployment-app-00.yaml": manifests(
            deployment("space-02", "app-00", "nginx:1.30")
        ),
        **dict.fromkeys(space(3)),
    }
    git = repository._git
    git(repository._clone, "switch", "-q", "-c", "more")
    repository._change(proposal)
    git(repository._clone, "commit", "-q", "-m", "More")
    git(repository._clone, "push", "-q", "origin", "more")
    git(repository._clone, "switch", "-q", "--detach", "HEAD~1")
    repository.push({"late.yaml": manifests(config_map("space-04", "late"))})
    assert await sync(wide.config, False, 120.0) == 0

    seen = await preview(wide.config, Asked("main", "more"))

    said = comment(seen, Terms(marker("default/fleet/7")))
    counted = Counter((each.action.value, each.cluster) for each in seen.changes.changes)
    assert counted == {
        ("Create", "c-05"): 50,
        ("Configure", "c-01"): 20,
        ("Configure", "c-02"): 1,
        ("Prune", "c-03"): 50,
    }
    assert length(said) < 65_536
    assert "**50 create, 21 change, 0 recreate, 50 delete on 4 clusters; guards: " in said
    assert "<details><summary>change 20 Deployment.apps in space-01 on c-01</summary>" in said
    assert (
        "create 9 ConfigMap, 1 Namespace, 20 Service, 20 Deployment.apps in space-00 on c-05"
        in said
    )
    assert "late" not in said
    git(repository._clone, "merge", "-q", "--no-edit", "more")
    git(repository._clone, "push", "-q", "origin", "HEAD:main")
    merged = await preview(wide.config, Asked())
    assert merged.changes.plan_hash == seen.changes.plan_hash
    allowed = manifests(approval(merged.changes))
    git(repository._clone, "switch", "-q", "-C", "main", "HEAD")
    repository.push({"approvals/space-03.yaml": allowed})
    before = wide.held()
    assert await sync(wide.config, False, 60.0) == 0
    after = wide.held()
    assert {
        **dict.fromkeys(after.keys() - before.keys(), "Create"),
        **dict.fromkeys(before.keys() - after.keys(), "Prune"),
        **{id: "Configure" for id in before if id in after and before[id] != after[id]},
    } == {f"{each.cluster}/{each.key.id}": each.action for each in seen.changes.changes}
    assert (await preview(wide.config, Asked(live=True))).changes.changes == ()
