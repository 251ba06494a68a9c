"""Wall and CPU seconds of `gitopsd plan` for one changed file on many clusters, asking none.

    python tests/bench/plan.py [--clusters 500] [--objects 200]

A repository with a file per object and per Cluster, a policy that brings every object to every
cluster and an image override for half of them, and a status branch that says that all is applied.
`cold` is the first plan of a clone with an empty cache, `warm` the same again.
"""

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gitopsd.core.decide import Cache, decide
from gitopsd.core.gate import gate
from gitopsd.core.load import LoadCache, load
from gitopsd.core.summary import Cache as Told
from gitopsd.core.summary import message, summarise
from gitopsd.edge.git import Remote
from gitopsd.kube import yaml
from gitopsd.model.cluster import ApiEnablement, ApiResource, Condition, Facts
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import ActionKind, Entry, Health, Outcome, Report
from gitopsd.model.memory import Memory
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known, Snapshot

NOW = datetime(2026, 1, 2, tzinfo=UTC)
APIS = (
    ApiEnablement("apps/v1", (ApiResource("deployments", "Deployment"),)),
    ApiEnablement("v1", (ApiResource("configmaps", "ConfigMap"),)),
)
FACTS = Facts("v1.36.3", api_enablements=APIS, conditions=(Condition("Ready", "True"),))


def cluster(number: int) -> Mapping[str, Any]:
    name, half = f"cluster-{number:04}", str(number % 2)
    return {
        "apiVersion": "cluster.karmada.io/v1alpha1",
        "kind": "Cluster",
        "metadata": {"name": name, "labels": {"half": half}},
        "spec": {"syncMode": "Push", "region": f"region-{number % 12}"},
    }


def workload(number: int, image: str = "nginx:1") -> Mapping[str, Any]:
    name = f"app-{number:04}"
    labels = {"app": name}
    if number % 2:
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "shop", "labels": labels},
            "data": {"image": image, **{f"key-{n}": f"value {n}" for n in range(10)}},
        }
    container = {
        "name": "main",
        "image": image,
        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}},
        "ports": [{"containerPort": 80}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop", "labels": labels},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def rules() -> tuple[Mapping[str, Any], ...]:
    selectors = [
        {"apiVersion": "apps/v1", "kind": "Deployment"},
        {"apiVersion": "v1", "kind": "ConfigMap"},
    ]
    registry = {"component": "Registry", "operator": "replace", "value": "mirror.example"}
    return (
        {
            "apiVersion": "policy.karmada.io/v1alpha1",
            "kind": "PropagationPolicy",
            "metadata": {"name": "everywhere", "namespace": "shop"},
            "spec": {"resourceSelectors": selectors, "placement": {}},
        },
        {
            "apiVersion": "policy.karmada.io/v1alpha1",
            "kind": "OverridePolicy",
            "metadata": {"name": "mirror", "namespace": "shop"},
            "spec": {
                "resourceSelectors": selectors[:1],
                "overrideRules": [
                    {
                        "targetCluster": {"labelSelector": {"matchLabels": {"half": "1"}}},
                        "overriders": {"imageOverrider": [registry]},
                    }
                ],
            },
        },
    )


def write(folder: Path, clusters: int, objects: int) -> None:
    """The files of the repository."""
    files = {f"clusters/{n:04}.yaml": cluster(n) for n in range(clusters)}
    files |= {f"shop/{n:04}.yaml": workload(n) for n in range(objects)}
    files |= {f"shop/rules-{n}.yaml": body for n, body in enumerate(rules())}
    for path, body in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(yaml.dump(body))


def git(folder: Path, *arguments: str) -> str:
    who = {
        f"GIT_{part}_{field}": "a@b"
        for part in ("AUTHOR", "COMMITTER")
        for field in ("NAME", "EMAIL")
    }
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, **who},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


async def publish(url: str) -> int:
    """Makes the status branch of a fleet that holds all it is to hold; how many objects."""
    remote = Remote(url)
    try:
        tree = await remote.tree()
        loaded, _ = load(tree, remote.read, LoadCache())
        snapshot = Snapshot(tree, loaded)
        reports = {name: Report(name, True, facts=FACTS, inventory={}) for name in loaded.clusters}
        decision, _ = decide(snapshot, Known(reports, Memory(), NOW), Cache())
        reports = {name: applied(name, own) for name, own in decision.manifests.items()}
        known = Known(reports, Memory(), NOW)
        gated = gate(snapshot, decision, known, None)
        summary, _ = summarise(snapshot, decision, gated.wanted, known, Told())
        words = message(summary, tree.commit)
        await remote.push("gitopsd/status", summary.status, words, NOW)
        return sum(map(len, decision.manifests.values()))
    finally:
        remote.close()


def applied(name: str, manifests: Mapping[ResourceKey, Manifest]) -> Report:
    return Report(
        name,
        True,
        facts=FACTS,
        inventory={key: Entry(key, "v1", hash=each.hash) for key, each in manifests.items()},
        outcomes={
            key: Outcome(key, ActionKind.UNCHANGED, health=Health.CURRENT, hash=each.hash)
            for key, each in manifests.items()
        },
        is_finished=True,
    )


def measure(title: str, clone: Path, cache: Path, *arguments: str) -> None:
    program = str(Path(sys.executable).parent / "gitopsd")
    command = [program, "plan", "--cache", str(cache), *arguments]
    began, used = time.perf_counter(), spent()
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True)
    took, cpu = time.perf_counter() - began, spent() - used
    if done.returncode:
        sys.exit(f"{title}: {done.stdout[:2000]}{done.stderr[:2000]}")
    print(f"  {title:<32} {took:>8.2f} s {cpu:>8.2f} s CPU", flush=True)


def spent() -> float:
    """CPU seconds of all programs run so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clusters", default=500, type=int)
    parser.add_argument("--objects", default=200, type=int)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        bare, clone, cache = top / "fleet.git", top / "clone", top / "cache"
        git(top, "init", "-q", "--bare", "--initial-branch=main", str(bare))
        git(top, "clone", "-q", str(bare), str(clone))
        git(clone, "switch", "-q", "--orphan", "main")
        write(clone, arguments.clusters, arguments.objects)
        git(clone, "add", "-A")
        git(clone, "commit", "-q", "-m", "A fleet")
        git(clone, "push", "-q", "origin", "main")
        total = asyncio.run(publish(bare.as_uri()))
        print(f"{arguments.objects} objects on {arguments.clusters} clusters: {total} in all")
        git(clone, "switch", "-q", "-c", "change")
        (clone / "shop/0000.yaml").write_text(yaml.dump(workload(0, "nginx:2")))
        git(clone, "commit", "-q", "-a", "-m", "Change one")
        git(clone, "gc", "-q")
        refs = ("--base", "origin/main", "--head", "HEAD")
        measure("merge result, cold", clone, cache, *refs)
        measure("merge result, warm", clone, cache, *refs)
        measure("against what is applied, warm", clone, cache)
        measure("merge result, Markdown", clone, cache, *refs, "--format", "markdown")


if __name__ == "__main__":
    main()
