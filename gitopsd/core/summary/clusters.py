"""`clusters/<name>.yaml`: the Cluster with its status, as Karmada shows it.

Comes in: a Cluster of the decision and the last report. Goes out: a body; what could hold a
password (the proxy's headers and URL) is masked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec

from gitopsd.core.summary.rendered import LAST_APPLIED
from gitopsd.kube import yaml
from gitopsd.kube.body import Body, dig, laid
from gitopsd.model.cluster import Cluster, Condition, Facts
from gitopsd.model.decision import Decision
from gitopsd.model.delivery import Report
from gitopsd.model.snapshot import Known

MASK = "***"


@dataclass(frozen=True, slots=True, eq=False)
class ClusterFile:
    """One file, kept while the Cluster and its facts are the same objects."""

    cluster: Cluster
    facts: Facts | None
    created: str
    data: bytes

    @property
    def shown(self) -> Cluster:
        """The Cluster as the next process remembers it."""
        body = laid(self.cluster.body, self.created, "metadata", "creationTimestamp")
        return replace(self.cluster, facts=self.facts, body=body)


def files(
    decision: Decision, known: Known, before: Mapping[str, ClusterFile]
) -> Mapping[str, ClusterFile]:
    """The file of every Cluster of the decision, by name."""
    now = known.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    found = {}
    for name, cluster in sorted(decision.clusters.items()):
        report, last = known.reports.get(name), before.get(name)
        remembered = known.memory.clusters.get(name)
        previous = last.facts if last else (remembered.facts if remembered else None)
        facts = facts_of(cluster, report, previous)
        if (
            last is not None
            and last.cluster is cluster
            and (last.facts is facts or last.facts == facts)
        ):
            found[name] = last
            continue
        created = last.created if last else (created_at(remembered) if remembered else "")
        created = created or now
        data = yaml.dump(body_of(cluster, facts, created)).encode()
        found[name] = ClusterFile(cluster, facts, created, data)
    return found


def body_of(cluster: Cluster, facts: Facts | None, created: str) -> Body:
    """The file's content; `created` is when the Cluster was first seen, empty for unknown."""
    metadata: dict[str, Any] = {"name": cluster.name}
    if cluster.labels:
        metadata["labels"] = dict(cluster.labels)
    if annotations := {k: v for k, v in cluster.annotations.items() if k != LAST_APPLIED}:
        metadata["annotations"] = annotations
    if created:
        metadata["creationTimestamp"] = created
    body: dict[str, Any] = {
        "apiVersion": "cluster.karmada.io/v1alpha1",
        "kind": "Cluster",
        "metadata": metadata,
        "spec": _spec(cluster),
    }
    if facts is not None and not facts.assumed:
        body["status"] = msgspec.to_builtins(facts)
    return body


def facts_of(cluster: Cluster, report: Report | None, last: Facts | None) -> Facts | None:
    """What to show of a member: the newest facts known, never Ready where it is not reachable."""
    facts = (report.facts if report else None) or cluster.facts or last
    if report is None or report.reachable:
        return facts
    if facts is not None and not facts.is_ready:
        return facts
    away = Condition(
        type="Ready",
        status="False",
        reason=report.reason or "ClusterNotReachable",
        message=report.message,
    )
    if facts is None:
        return Facts(conditions=(away,))
    others = tuple(each for each in facts.conditions if each.type != "Ready")
    return msgspec.structs.replace(facts, conditions=(away, *others))


def created_at(cluster: Cluster) -> str:
    """When a Cluster read from the status branch was first seen."""
    created: str = dig(cluster.body, "metadata", "creationTimestamp", default="")
    return created


def _spec(cluster: Cluster) -> Body:
    spec: dict[str, Any] = dict(dig(cluster.body, "spec", default={}))
    if "proxyHeader" in spec:
        spec["proxyHeader"] = dict.fromkeys(spec["proxyHeader"] or (), MASK)
    for field in ("proxyURL", "apiEndpoint"):
        if isinstance(spec.get(field), str):
            spec[field] = _without_password(spec[field])
    return spec


def _without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=f"{MASK}@{parts.netloc.rpartition('@')[2]}"))
