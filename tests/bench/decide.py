"""CPU seconds of whole decisions: first, again, and after one thing changed.

    python tests/bench/decide.py [--templates 1000,10000] [--clusters 100]

A quarter of the templates are Deployments divided by free room over ten clusters, a quarter
Deployments with static weights on a third of the fleet, a quarter Services on all clusters, a
quarter ConfigMaps on half of them; twenty to a namespace, a policy for each quarter of it, and
image overrides for every other cluster. `again` with new inventories is what a report costs that
says nothing new; `restart` is a first decision with inventories and memory of the last.
"""

import argparse
import gc
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from gitopsd.core.decide import Cache, decide
from gitopsd.core.summary.memory import remembered
from gitopsd.model.cluster import (
    ApiEnablement,
    ApiResource,
    Cluster,
    Condition,
    Facts,
    ResourceSummary,
    read_cluster,
)
from gitopsd.model.decision import Decision
from gitopsd.model.delivery import Entry, Report
from gitopsd.model.memory import Memory
from gitopsd.model.policy import read_override_policy, read_propagation_policy
from gitopsd.model.resource import Origin, Resource, ResourceKey
from gitopsd.model.snapshot import Known, Loaded, Snapshot, Tree

NOW = datetime(2026, 1, 2, tzinfo=UTC)
APIS = (
    ApiEnablement("apps/v1", (ApiResource("deployments", "Deployment"),)),
    ApiEnablement(
        "v1", (ApiResource("services", "Service"), ApiResource("configmaps", "ConfigMap"))
    ),
)
PER_SPACE = 20


def cluster(number: int) -> Cluster:
    return read_cluster(
        {
            "metadata": {
                "name": f"cluster-{number:04}",
                "labels": {
                    "half": str(number % 2),
                    "third": str(number % 3),
                    "tenth": str(number % 10),
                },
            },
            "spec": {"region": f"region-{number % 12}", "provider": "aws"},
        }
    )


def facts(chance: random.Random) -> Facts:
    return Facts(
        api_enablements=APIS,
        conditions=(Condition("Ready", "True"),),
        resource_summary=ResourceSummary(
            allocatable={"cpu": "16000", "memory": "64Ti", "pods": "100000"},
            allocated={"cpu": str(chance.randint(1, 999)), "memory": "1Ti", "pods": "1000"},
        ),
    )


def template(number: int, image: str = "nginx:1") -> Resource:
    space, sort = f"space-{number // PER_SPACE:04}", number % 4
    kind, group = (
        ("Deployment", "apps"), ("Deployment", "apps"), ("Service", ""), ("ConfigMap", "")
    )[sort]  # fmt: skip
    labels = {"sort": str(sort), "app": f"app-{number}"}
    name = f"app-{number:05}"
    pods = {
        "metadata": {"labels": labels},
        "spec": {
            "containers": [
                {
                    "name": "app",
                    "image": f"docker.io/library/{image}",
                    "resources": {"requests": {"cpu": f"{10 + number % 90}m", "memory": "64Mi"}},
                }
            ]
        },
    }
    spec: Mapping[str, Mapping[str, Any]] = {
        "Deployment": {"spec": {"replicas": 3 + number % 17, "template": pods}},
        "Service": {"spec": {"selector": labels, "ports": [{"port": 80}]}},
        "ConfigMap": {"data": {"image": image}},
    }
    body = {
        "apiVersion": f"{group}/v1" if group else "v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": space, "labels": labels},
        **spec[kind],
    }
    origin = Origin(f"{space}/{name}.yaml", 0, 1, f"{number}-{image}")
    return Resource(ResourceKey(group, kind, space, name), "v1", body, origin)


PLACEMENTS: tuple[Mapping[str, Any], ...] = (
    {
        "clusterAffinity": {"labelSelector": {"matchLabels": {"tenth": "3"}}},
        "replicaScheduling": {
            "replicaSchedulingType": "Divided",
            "replicaDivisionPreference": "Weighted",
            "weightPreference": {"dynamicWeight": "AvailableReplicas"},
        },
    },
    {
        "clusterAffinity": {"labelSelector": {"matchLabels": {"third": "1"}}},
        "replicaScheduling": {
            "replicaSchedulingType": "Divided",
            "replicaDivisionPreference": "Weighted",
        },
    },
    {},
    {"clusterAffinity": {"labelSelector": {"matchLabels": {"half": "1"}}}},
)
KINDS = (
    ("apps/v1", "Deployment"),
    ("apps/v1", "Deployment"),
    ("v1", "Service"),
    ("v1", "ConfigMap"),
)


def policy(space: str, sort: int, priority: int = 0) -> Any:
    api_version, kind = KINDS[sort]
    selector = {
        "apiVersion": api_version,
        "kind": kind,
        "labelSelector": {"matchLabels": {"sort": str(sort)}},
    }
    return read_propagation_policy(
        {
            "metadata": {"name": f"policy-{sort}", "namespace": space},
            "spec": {
                "resourceSelectors": [selector],
                "placement": PLACEMENTS[sort],
                "priority": priority,
            },
        }
    )


def loaded(count: int, clusters: int) -> Loaded:
    templates = sorted((template(n) for n in range(count)), key=lambda each: each.key)
    spaces = sorted({each.key.namespace for each in templates})
    overrides = [
        read_override_policy(
            {
                "metadata": {"name": "registry"},
                "spec": {
                    "resourceSelectors": [{"apiVersion": "apps/v1", "kind": "Deployment"}],
                    "overrideRules": [
                        {
                            "targetCluster": {"labelSelector": {"matchLabels": {"half": "1"}}},
                            "overriders": {
                                "imageOverrider": [
                                    {
                                        "component": "Registry",
                                        "operator": "replace",
                                        "value": "m.io",
                                    }
                                ]
                            },
                        }
                    ],
                },
            }
        )
    ]
    return Loaded(
        templates={each.key: each for each in templates},
        clusters={each.name: each for each in map(cluster, range(clusters))},
        policies=tuple(policy(space, sort) for space in spaces for sort in range(4)),
        overrides=tuple(overrides),
    )


def known(names: tuple[str, ...]) -> Known:
    chance = random.Random(1)
    reports = {name: Report(name, True, facts=facts(chance), inventory={}) for name in names}
    return Known(reports, Memory(), NOW)


def delivered(now: Known, decision: Decision) -> Known:
    """The same, and every member says that it holds all that was decided; memory too."""
    reports = {}
    for name, manifests in decision.manifests.items():
        inventory = {
            key: Entry(key, each.version, hash=each.hash, share=each.share)
            for key, each in manifests.items()
        }
        reports[name] = replace(now.reports[name], inventory=inventory)
    memory = Memory(
        templates={
            key: remembered(each, {"created": "2026-01-02T00:00:00Z"})
            for key, each in decision.bindings.items()
        }
    )
    return replace(now, reports=reports, memory=memory)


def again(now: Known) -> Known:
    """Reports that say the same as before, as new values."""
    return replace(
        now,
        reports={
            name: replace(each, inventory=dict(each.inventory or {}))
            for name, each in now.reports.items()
        },
    )


def with_facts(now: Known, name: str, **changed: Any) -> Known:
    report = now.reports[name]
    assert report.facts is not None
    new = msgspec.structs.replace(report.facts, **changed)
    return replace(now, reports={**now.reports, name: replace(report, facts=new)})


def with_template(snapshot: Snapshot, new: Resource) -> Snapshot:
    templates = dict(sorted({**snapshot.loaded.templates, new.key: new}.items()))
    return replace(snapshot, loaded=replace(snapshot.loaded, templates=templates))


def timed(title: str, work: Callable[[], tuple[Decision, Cache]]) -> tuple[Decision, Cache]:
    gc.collect()
    start = time.process_time()
    found = work()
    print(f"  {title:<44} {1000 * (time.process_time() - start):>10.2f} ms", flush=True)
    return found


def measure(count: int, clusters: int) -> None:
    commit = Tree("", "main", "c0", {})
    first = Snapshot(commit, loaded(count, clusters))
    now = known(tuple(first.loaded.clusters))
    decision, cache = timed("first decision", lambda: decide(first, now, Cache()))
    total = sum(len(each) for each in decision.manifests.values())
    distinct = len({id(m) for own in decision.manifests.values() for m in own.values()})
    print(f"  {'':<8}{total} objects on members, {distinct} manifests")
    now = delivered(now, decision)
    timed("restart: the first of a process", lambda: decide(first, now, Cache()))
    same = again(now)
    timed("again, inventories new", lambda: decide(first, same, cache))
    _, cache = decide(first, now, cache)
    timed("again, nothing new", lambda: decide(first, now, cache))
    for sort, title in enumerate(("10 clusters", "a third", "all clusters", "half of them")):
        changed = with_template(first, template(40 + sort, "nginx:2"))
        timed(f"one template changed, on {title}", lambda c=changed: decide(c, now, cache))
    other = template(42)
    added = with_template(first, replace(other, key=other.key._replace(name="another")))
    timed("one template more, on all clusters", lambda: decide(added, now, cache))
    name = next(iter(now.reports))
    summary = ResourceSummary(allocatable={"cpu": "9999", "memory": "64Ti", "pods": "100000"})
    roomy = with_facts(now, name, resource_summary=summary)
    timed("one member's free room changed", lambda: decide(first, roomy, cache))
    away = with_facts(now, name, conditions=(Condition("Ready", "False"),))
    timed("one member not ready", lambda: decide(first, away, cache))
    edited = replace(
        first.loaded, policies=(policy("space-0000", 0, 1), *first.loaded.policies[1:])
    )
    timed("one policy changed", lambda: decide(replace(first, loaded=edited), now, cache))
    rules = tuple(replace(each) for each in first.loaded.overrides)
    ruled = replace(first, loaded=replace(first.loaded, overrides=rules))
    timed("an override of half the templates changed", lambda: decide(ruled, now, cache))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--templates",
        default=[1000, 10_000],
        type=lambda text: [int(each) for each in text.split(",")],
    )
    parser.add_argument("--clusters", default=100, type=int)
    arguments = parser.parse_args()
    for count in arguments.templates:
        print(f"{count} templates, {arguments.clusters} clusters")
        measure(count, arguments.clusters)


if __name__ == "__main__":
    main()
