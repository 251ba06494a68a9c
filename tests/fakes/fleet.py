"""A small decided world as literal values: clusters, one policy, templates, reports."""

from datetime import UTC, datetime

from gitopsd.kube.body import Body
from gitopsd.kube.wire import hash_of
from gitopsd.model.cluster import Cluster, Condition, Facts, read_cluster
from gitopsd.model.decision import Assignment, Binding, Decision, Manifest, Need, Share, Wanted
from gitopsd.model.delivery import ActionKind, Entry, Health, Outcome, Report
from gitopsd.model.memory import Memory
from gitopsd.model.policy import PropagationPolicy, PropagationSpec
from gitopsd.model.resource import Origin, Resource, ResourceKey
from gitopsd.model.snapshot import Known, Loaded, Snapshot, Tree

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
COMMIT = "c0ffee" * 6 + "abcd"
WEB = ResourceKey("apps", "Deployment", "shop", "web")
PASSWORD = ResourceKey("", "Secret", "shop", "password")
CANARY = "Y2FuYXJ5LXNlY3JldA=="


def cluster(name: str, **spec: object) -> Cluster:
    """A Cluster with nothing known of it."""
    return read_cluster(
        {
            "apiVersion": "cluster.karmada.io/v1alpha1",
            "kind": "Cluster",
            "metadata": {"name": name, "labels": {"environment": "production"}},
            "spec": {"syncMode": "Push", **spec},
        }
    )


def facts(version: str = "v1.36.3") -> Facts:
    return Facts(kubernetes_version=version, conditions=(Condition("Ready", "True"),))


def policy(name: str = "web") -> PropagationPolicy:
    origin = Origin("shop/policies.yaml", 0, 2, "b1")
    return PropagationPolicy("shop", name, PropagationSpec(), {}, origin)


def web(image: str = "nginx:1") -> Resource:
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 2, "template": {"spec": {"containers": [{"image": image}]}}},
    }
    return Resource(WEB, "v1", body, Origin("shop/web.yaml", 0, 3, "b0"))


def secret() -> Resource:
    body: Body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "password",
            "namespace": "shop",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": CANARY},
        },
        "data": {"password": CANARY},
        "stringData": {"user": CANARY},
    }
    return Resource(PASSWORD, "v1", body, Origin("shop/secret.yaml", 1, 9, "b2"))


def manifest(template: Resource, share: int | None = None) -> Manifest:
    digest = hash_of(template.body)
    return Manifest(template.key, template.version, template.body, digest, template.origin, share)


def binding(template: Resource, clusters: tuple[str, ...], replicas: int = 0) -> Binding:
    """One template on these clusters by the policy `web`, so many replicas on each."""
    one = manifest(template, replicas or None)
    return Binding(
        template=template,
        policy=policy(),
        refused=(),
        need=Need(replicas),
        assignment=Assignment(tuple(Share(name, replicas) for name in clusters)),
        required_by={},
        manifests=dict.fromkeys(clusters, one),
    )


def decision(*bindings: Binding, clusters: tuple[str, ...] = ("eu-1", "us-1")) -> Decision:
    return Decision(
        commit=COMMIT,
        clusters={name: cluster(name) for name in clusters},
        bindings={each.template.key: each for each in bindings},
        manifests={
            name: {
                each.template.key: each.manifests[name]
                for each in bindings
                if name in each.manifests
            }
            for name in clusters
        },
        held={name: {} for name in clusters},
    )


def wanted(decided: Decision) -> dict[str, Wanted]:
    return {
        name: Wanted(name, decided.commit, manifests)
        for name, manifests in decided.manifests.items()
    }


def outcome(one: Manifest, health: Health = Health.CURRENT, **more: object) -> Outcome:
    """What was applied, healthy unless said otherwise."""
    return Outcome(
        one.key,
        ActionKind.UNCHANGED,
        health=health,
        hash=one.hash,
        **more,  # type: ignore[arg-type]
    )


def report(asked: Wanted, *outcomes: Outcome, reachable: bool = True) -> Report:
    """A finished member that says this of its objects, and holds all that was applied."""
    return Report(
        cluster=asked.cluster,
        reachable=reachable,
        reason="" if reachable else "ClusterNotReachable",
        message="" if reachable else "connection refused",
        facts=facts(),
        commit=asked.commit,
        inventory={
            each.key: Entry(each.key, "v1", hash=each.hash) for each in outcomes if each.hash
        },
        outcomes={each.key: each for each in outcomes},
        is_finished=True,
    )


def snapshot(decided: Decision, title: str = "First") -> Snapshot:
    tree = Tree(
        url="file:///srv/fleet.git",
        branch="main",
        commit=decided.commit,
        entries={},
        message=f"{title}\n\nMore words.",
        author="ann",
        time=NOW,
    )
    templates = {key: each.template for key, each in decided.bindings.items()}
    return Snapshot(tree, Loaded(templates=templates))


def known(*reports: Report, memory: Memory | None = None, now: datetime = NOW) -> Known:
    return Known({each.cluster: each for each in reports}, memory or Memory(), now)
