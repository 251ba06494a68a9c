"""A repository in memory and members that say what they hold: what decisions are made of."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from fakes.fleet import NOW
from gitopsd.core.decide import Cache, decide
from gitopsd.core.load import LoadCache, Means, load
from gitopsd.core.summary.memory import remembered
from gitopsd.kube.yaml import dump
from gitopsd.model.cluster import ApiEnablement, ApiResource, Condition, Facts, ResourceSummary
from gitopsd.model.decision import Decision
from gitopsd.model.delivery import Entry, Report
from gitopsd.model.memory import Memory
from gitopsd.model.resource import ResourceKey
from gitopsd.model.snapshot import Known, Snapshot, Tree, TreeEntry

APIS = {
    "v1": (
        "ConfigMap",
        "Namespace",
        "PersistentVolumeClaim",
        "Secret",
        "Service",
        "ServiceAccount",
    ),
    "apps/v1": ("Deployment", "StatefulSet"),
    "batch/v1": ("Job",),
    "apiextensions.k8s.io/v1": ("CustomResourceDefinition",),
}
CREATED = "2026-01-02T03:04:05Z"
READY = (Condition("Ready", "True", "ClusterReady"),)


class World:
    """Files, members and a process that decides: turn after turn, or started anew.

    Blobs are the files' own text, so a file that does not change keeps its objects.
    """

    def __init__(self, files: Mapping[str, str], members: tuple[str, ...] = ("eu", "us")) -> None:
        self.files = dict(files)
        self.reports: dict[str, Report] = {}
        for name in members:
            self.say_anew(name)
        self.memory = Memory()
        self.cache = Cache()
        self.decision: Decision | None = None
        self.means = Means()
        self._loading = LoadCache()

    @property
    def snapshot(self) -> Snapshot:
        entries = {path: TreeEntry(0o100644, text, len(text)) for path, text in self.files.items()}
        tree = Tree("file:///srv/fleet.git", "main", "c0ffee", entries)
        loaded, self._loading = load(tree, str.encode, self._loading, self.means)
        return Snapshot(tree, loaded)

    @property
    def known(self) -> Known:
        return Known(dict(self.reports), self.memory, NOW)

    def turn(self) -> Decision:
        """The decision on the files as they are."""
        self.decision, self.cache = decide(self.snapshot, self.known, self.cache)
        for name in self.reports.keys() - self.decision.clusters.keys():
            self.say(name, inventory=None)
        return self.decision

    def afresh(self) -> Decision:
        """What a process that has just started would decide."""
        known = self.known
        return decide(self.snapshot, replace(known, reports=self._heard_anew()), Cache())[0]

    def restart(self) -> None:
        """The process starts anew: what it knows is in memory and in the members it reaches."""
        self.cache, self._loading = Cache(), LoadCache()
        self.reports = self._heard_anew()

    def _heard_anew(self) -> dict[str, Report]:
        return {
            name: report if report.reachable else replace(report, inventory=None)
            for name, report in self.reports.items()
        }

    def remember(self) -> None:
        """The status branch has the last decision, and what members hold besides."""
        assert self.decision is not None
        applied = {
            name: {key: entry.hash for key, entry in report.inventory.items()}
            if report.inventory is not None
            else self.memory.applied.get(name, {})
            for name, report in self.reports.items()
        }
        held = {key for own in applied.values() for key in own}
        self.memory = Memory(
            clusters=self.decision.clusters,
            templates={key: each for key, each in self.memory.templates.items() if key in held}
            | {
                key: remembered(each, {"created": CREATED}, self.memory.templates.get(key))
                for key, each in self.decision.bindings.items()
            },
            applied=applied,
        )

    def deliver(self, *names: str) -> None:
        """These members, or all, hold what the last decision wants of them, if there is one."""
        for name in names or tuple(self.reports):
            if self.decision is None or not self.reports[name].reachable:
                continue
            if name not in self.decision.manifests:
                continue
            kept = {
                key: entry
                for key, entry in (self.reports[name].inventory or {}).items()
                if key in self.decision.held[name]
            }
            own = {
                key: Entry(
                    key,
                    each.version,
                    hash=each.hash,
                    path=each.origin.path,
                    share=each.share,
                )
                for key, each in self.decision.manifests[name].items()
            }
            self.say(name, inventory=kept | own)

    def say(self, name: str, **changed: Any) -> None:
        """What a member reports from now on."""
        self.reports[name] = replace(self.reports[name], **changed)

    def say_anew(self, name: str) -> None:
        """A member that was not there reports for the first time."""
        self.reports[name] = Report(name, True, facts=facts(), inventory={})

    def observe(self, name: str, **changed: Any) -> None:
        """What is observed of a member from now on."""
        known = self.reports[name].facts
        assert known is not None
        self.say(name, facts=msgspec.structs.replace(known, **changed))


def facts(cpu: str = "1000") -> Facts:
    """A ready member that has the usual kinds and so many CPUs free."""
    return Facts(
        kubernetes_version="v1.36.3",
        api_enablements=tuple(
            ApiEnablement(version, tuple(ApiResource(f"{kind.lower()}s", kind) for kind in kinds))
            for version, kinds in APIS.items()
        ),
        conditions=READY,
        resource_summary=room(cpu),
    )


def room(cpu: str) -> ResourceSummary:
    return ResourceSummary(allocatable={"cpu": cpu, "memory": "1Ti", "pods": "100000"})


def places(decision: Decision) -> dict[str, dict[str, int | None]]:
    """By object and cluster the share of every manifest: where everything goes."""
    found: dict[str, dict[str, int | None]] = {}
    for cluster, manifests in decision.manifests.items():
        for key, manifest in manifests.items():
            found.setdefault(str(key), {})[cluster] = manifest.share
    return dict(sorted(found.items()))


def key(kind: str, name: str, namespace: str = "shop") -> ResourceKey:
    group = next((version for version, kinds in APIS.items() if kind in kinds), "v1")
    return ResourceKey(group.rpartition("/")[0], kind, namespace, name)


def cluster(name: str, **labels: str) -> str:
    return dump(
        {
            "apiVersion": "cluster.karmada.io/v1alpha1",
            "kind": "Cluster",
            "metadata": {"name": name, **({"labels": labels} if labels else {})},
            "spec": {"syncMode": "Push", "region": name},
        }
    )


def config_map(name: str, **data: str) -> str:
    return _namespaced("v1", "ConfigMap", name, {"data": data})


def deployment(name: str, replicas: int = 2, **pod: Any) -> str:
    container = {
        "name": "app",
        "image": "nginx:1",
        "resources": {"requests": {"cpu": "1"}},
        **pod.pop("container", {}),
    }
    return _namespaced(
        "apps/v1",
        "Deployment",
        name,
        {
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {"labels": {"app": name}},
                    "spec": {"containers": [container], **pod},
                },
            }
        },
    )


def job(name: str, parallelism: int, completions: int) -> str:
    pod = {"restartPolicy": "Never", "containers": [{"name": "app", "image": "busybox:1"}]}
    spec = {"parallelism": parallelism, "completions": completions, "template": {"spec": pod}}
    return _namespaced("batch/v1", "Job", name, {"spec": spec})


def namespace(name: str = "shop") -> str:
    return dump({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def crd() -> str:
    """The definition of `Campaign`."""
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object"}},
    }
    names = {"kind": "Campaign", "plural": "campaigns"}
    return dump(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "campaigns.shop.example.com"},
            "spec": {
                "group": "shop.example.com",
                "scope": "Namespaced",
                "names": names,
                "versions": [version],
            },
        }
    )


def campaign(name: str) -> str:
    return _namespaced("shop.example.com/v1", "Campaign", name, {})


def policy(name: str, *selects: str, **spec: Any) -> str:
    """A PropagationPolicy of `shop` for these `apiVersion Kind [name]`."""
    return _policy("PropagationPolicy", {"name": name, "namespace": "shop"}, selects, spec)


def cluster_policy(name: str, *selects: str, **spec: Any) -> str:
    return _policy("ClusterPropagationPolicy", {"name": name}, selects, spec)


def override(name: str, api_version: str, kind: str, *rules: Mapping[str, Any]) -> str:
    return dump(
        {
            "apiVersion": "policy.karmada.io/v1alpha1",
            "kind": "OverridePolicy",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {
                "resourceSelectors": [{"apiVersion": api_version, "kind": kind}],
                "overrideRules": list(rules),
            },
        }
    )


def on(*names: str) -> dict[str, Any]:
    """A placement on these clusters."""
    return {"clusterAffinity": {"clusterNames": list(names)}}


def divided(**weights: int) -> dict[str, Any]:
    """A placement with static weights; by free room without any."""
    preference: dict[str, Any] = {"dynamicWeight": "AvailableReplicas"}
    if weights:
        preference = {
            "staticWeightList": [
                {"targetCluster": {"clusterNames": [name]}, "weight": weight}
                for name, weight in weights.items()
            ]
        }
    return {
        "replicaScheduling": {
            "replicaSchedulingType": "Divided",
            "replicaDivisionPreference": "Weighted",
            "weightPreference": preference,
        }
    }


def _namespaced(api_version: str, kind: str, name: str, rest: Mapping[str, Any]) -> str:
    metadata = {"name": name, "namespace": "shop"}
    return dump({"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest})


def _policy(
    kind: str, metadata: Mapping[str, Any], selects: tuple[str, ...], spec: Mapping[str, Any]
) -> str:
    selectors = []
    for each in selects:
        api_version, selected, *name = each.split()
        selector = {"apiVersion": api_version, "kind": selected}
        selectors.append({**selector, **({"name": name[0]} if name else {})})
    return dump(
        {
            "apiVersion": "policy.karmada.io/v1alpha1",
            "kind": kind,
            "metadata": dict(metadata),
            "spec": {"resourceSelectors": selectors, "placement": {}, **spec},
        }
    )
