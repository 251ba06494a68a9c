"""CPU seconds of the scheduler: 1000 bindings on 10 to 1000 clusters, strategy by strategy.

    python tests/bench/schedule.py [--clusters 10,100] [--bindings 1000] [--distinct 1000]

First decision, the decision of the same bindings after one cluster changed (a new fleet, every
binding with what it has), and the re-decision of one binding among 10 000 on a fleet that knows
all the others. `--distinct` is the number of different needs among the bindings: 1000 means that
no two bindings ask for the same.
"""

import argparse
import random
import time
from collections.abc import Callable
from dataclasses import replace

from gitopsd.core.schedule import GITOPSD, KARMADA, Fleet, Options, schedule
from gitopsd.model.cluster import (
    ApiEnablement,
    ApiResource,
    Cluster,
    Facts,
    ModelCount,
    ResourceModel,
    ResourceRange,
    ResourceSummary,
    Taint,
)
from gitopsd.model.decision import Need, Request, Requirements
from gitopsd.model.policy import (
    ClusterAffinity,
    LabelSelector,
    Placement,
    ReplicaScheduling,
    SpreadConstraint,
    StaticWeight,
    Toleration,
    WeightPreference,
)
from gitopsd.model.resource import ResourceKey

APIS = (ApiEnablement("apps/v1", (ApiResource("deployments", "Deployment"),)),)
GRADES = ((0, 0), (1, 4), (2, 16), (4, 32), (8, 64), (16, 128), (32, 256), (64, 512), (128, 1024))
MODELS = tuple(
    ResourceModel(
        grade, (ResourceRange("cpu", cpu, 10**6), ResourceRange("memory", f"{memory}Gi", "8Pi"))
    )
    for grade, (cpu, memory) in enumerate(GRADES)
)
TOLERATIONS = (Toleration("cluster.karmada.io/not-ready", "Exists", effect="NoExecute"),)

PROD = ClusterAffinity(label_selector=LabelSelector({"env": "prod"}))
WEIGHTS = WeightPreference(
    tuple(
        StaticWeight(ClusterAffinity(label_selector=LabelSelector({"tier": tier})), weight)
        for weight, tier in enumerate(("bronze", "silver", "gold"), start=1)
    )
)
DYNAMIC = ReplicaScheduling("Divided", "Weighted", WeightPreference(None, "AvailableReplicas"))
REGIONS = (
    SpreadConstraint("region", min_groups=2, max_groups=3),
    SpreadConstraint("cluster", min_groups=2, max_groups=8),
)
PLACEMENTS = {
    "duplicated by label": Placement(PROD, cluster_tolerations=TOLERATIONS),
    "static weight": Placement(
        cluster_tolerations=TOLERATIONS,
        replica_scheduling=ReplicaScheduling("Divided", "Weighted", WEIGHTS),
    ),
    "dynamic weight": Placement(cluster_tolerations=TOLERATIONS, replica_scheduling=DYNAMIC),
    "aggregated, 2-3 regions": Placement(
        cluster_tolerations=TOLERATIONS,
        spread_constraints=REGIONS,
        replica_scheduling=ReplicaScheduling("Divided", "Aggregated"),
    ),
    "default resource models": Placement(
        cluster_tolerations=TOLERATIONS, replica_scheduling=DYNAMIC
    ),
}


def cluster(chance: random.Random, number: int, models: tuple[ResourceModel, ...]) -> Cluster:
    nodes = chance.randint(3, 60)
    counts = [0] * len(GRADES)
    for _ in range(nodes):
        counts[chance.randint(1, 6)] += 1
    region = f"region-{number % 12}"
    return Cluster(
        name=f"cluster-{number:04}",
        labels={
            "env": chance.choice(("prod", "prod", "dev")),
            "tier": chance.choice(("gold", "silver", "bronze")),
        },
        provider=chance.choice(("aws", "gcp", "onprem")),
        region=region,
        zones=(f"{region}-a", f"{region}-b"),
        taints=(Taint("cluster.karmada.io/not-ready", "NoExecute"),) if number % 10 == 0 else (),
        models=models,
        facts=Facts(
            api_enablements=APIS,
            resource_summary=ResourceSummary(
                allocatable={
                    "cpu": str(16 * nodes),
                    "memory": f"{64 * nodes}Gi",
                    "pods": str(110 * nodes),
                },
                allocated={
                    "cpu": f"{chance.randint(0, 8000 * nodes)}m",
                    "memory": f"{chance.randint(0, 32 * nodes)}Gi",
                    "pods": str(10 * nodes),
                },
                allocatable_modelings=tuple(
                    ModelCount(grade, count) for grade, count in enumerate(counts)
                )
                if models
                else (),
            ),
        ),
    )


def requests(
    chance: random.Random, count: int, distinct: int, placement: Placement
) -> list[Request]:
    sizes = [
        (f"{10 * chance.randint(1, 200)}m", f"{chance.randint(16, 4096)}Mi")
        for _ in range(distinct)
    ]
    replicas = [chance.randint(1, 50) for _ in range(distinct)]
    return [
        Request(
            key=ResourceKey("apps", "Deployment", "default", f"web-{n}"),
            api_version="apps/v1",
            uid=f"00000000-0000-0000-0000-{n:012}",
            need=Need(
                replicas[n % distinct],
                Requirements(
                    resource_request=dict(zip(("cpu", "memory"), sizes[n % distinct], strict=True))
                ),
                is_scalable=True,
            ),
            placement=placement,
        )
        for n in range(count)
    ]


def timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def measure(arguments: argparse.Namespace, options: Options) -> None:
    for count in arguments.clusters:
        for title, placement in PLACEMENTS.items():
            chance = random.Random(count)
            models = MODELS if title == "default resource models" else ()
            clusters = [cluster(chance, n, models) for n in range(count)]
            asked = requests(chance, arguments.bindings, arguments.distinct, placement)
            found = []

            def first(clusters=clusters, asked=asked, found=found) -> None:
                fleet = Fleet(clusters)
                found.extend(schedule(each, fleet, options) for each in asked)

            seconds = timed(first)
            bound = [
                replace(each, previous=result.shares)
                for each, result in zip(asked, found, strict=True)
            ]
            changed = [replace(clusters[0], labels={"env": "dev"}), *clusters[1:]]

            def again(changed=changed, bound=bound) -> None:
                fleet = Fleet(changed)
                for each in bound:
                    schedule(each, fleet, options)

            print(f"{count:>8} {title:<26} {seconds:>8.3f} {timed(again):>8.3f}", flush=True)


def one_of_many(arguments: argparse.Namespace, options: Options) -> float:
    """Seconds to decide one binding anew, after 10 000 others on 100 clusters."""
    chance = random.Random(7)
    fleet = Fleet([cluster(chance, n, ()) for n in range(100)])
    asked = requests(chance, 10_000, 10_000, PLACEMENTS["dynamic weight"])
    found = [schedule(each, fleet, options) for each in asked]
    need = Need(99, Requirements(resource_request={"cpu": "333m", "memory": "333Mi"}))
    changed = replace(asked[0], need=need, previous=found[0].shares)
    return timed(lambda: schedule(changed, fleet, options))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    numbers = {"type": lambda text: [int(each) for each in text.split(",")]}
    parser.add_argument("--clusters", default=[10, 100, 500, 1000], **numbers)
    parser.add_argument("--bindings", default=1000, type=int)
    parser.add_argument("--distinct", default=1000, type=int)
    parser.add_argument("--options", default="gitopsd", choices=("gitopsd", "karmada"))
    arguments = parser.parse_args()
    options = {"gitopsd": GITOPSD, "karmada": KARMADA}[arguments.options]
    print(f"{'clusters':>8} {'strategy':<26} {'first s':>8} {'again s':>8}")
    measure(arguments, options)
    print(f"one of 10 000 on 100 clusters: {1000 * one_of_many(arguments, options):.2f} ms")


if __name__ == "__main__":
    main()
