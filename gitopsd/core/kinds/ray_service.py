"""RayService: a Ray cluster that serves applications."""

from collections.abc import Mapping, Sequence
from math import floor
from typing import Any

from gitopsd.core.kinds.kind import Dependency, Items, Kind, Status, integer, mappings, text
from gitopsd.core.kinds.pods import requirements
from gitopsd.core.kinds.ray_clusters import dependencies_of, pod_specs
from gitopsd.core.kinds.statuses import with_status
from gitopsd.kube.body import Body, dig, laid
from gitopsd.kube.quantity import nano
from gitopsd.model.decision import Need, Requirements

_CLUSTER = ("spec", "rayClusterConfig")
_GROUPS = (*_CLUSTER, "workerGroupSpecs")
_HEAD = (*_CLUSTER, "headGroupSpec", "template")
_WORST_LAST = ("RUNNING", "NOT_STARTED", "DEPLOYING", "DELETING", "UNHEALTHY", "DEPLOY_FAILED")


def need(body: Body) -> Need:
    """The head and all workers, each asking for as much as the greediest of them."""
    head = dig(body, *_HEAD)
    if head is None:
        return Need()
    groups = mappings(body, *_GROUPS)
    replicas = 1 + sum(integer(group, "replicas") for group in groups)
    asked = requirements(head)
    if asked is None:
        return Need(replicas, None, is_scalable=True)
    workers = [requirements(group["template"]) for group in groups if group.get("template")]
    requests = dict(asked.resource_request or {})
    for name in ("cpu", "memory"):
        amounts = [
            dict((each and each.resource_request) or {}).get(name) for each in (asked, *workers)
        ]
        written = [amount for amount in amounts if amount is not None]
        if written:
            requests[name] = max(written, key=nano)
    most = Requirements(node_claim=asked.node_claim, resource_request=requests or None)
    return Need(replicas, most, is_scalable=True)


def revise(body: Body, replicas: int) -> Body:
    """One replica is the head; the groups share the others as they do now, the last the rest."""
    groups = mappings(body, *_GROUPS)
    if not groups:
        return body
    shares = _shares(max(0, replicas - 1), [integer(group, "replicas") for group in groups])
    revised = [{**group, "replicas": n} for group, n in zip(groups, shares, strict=True)]
    return laid(body, revised, *_GROUPS)


def _shares(workers: int, current: Sequence[int]) -> list[int]:
    total = sum(current)
    if workers == 0:
        return [0] * len(current)
    shares: list[int] = []
    for number, share in enumerate(current[:-1], 1):
        if total == 0:
            extra = number <= workers % len(current)
            shares.append(workers // len(current) + extra)
        else:
            shares.append(floor(workers * (share / total) + 0.5))
    return [*shares, workers - sum(shares)]


def is_healthy(body: Body) -> bool:
    """It is Ready."""
    return any(
        each.get("type") == "Ready" and each.get("status") == "True"
        for each in mappings(body, "status", "conditions")
    )


def aggregate(body: Body, items: Items, now: str) -> Body:
    """The status of the only member; of several the sums, and each application's worst."""
    if items is None:
        return body
    if len(items) == 1:
        return with_status(body, items[0].status or {})
    return with_status(body, {**(body.get("status") or {}), **_together(items)})


def _together(items: Sequence[Any]) -> dict[str, Any]:
    statuses: list[Status] = [item.status for item in items if item.status is not None]
    updates = [text(each, "lastUpdateTime") for each in statuses if each.get("lastUpdateTime")]
    active = [each["activeServiceStatus"] for each in statuses if each.get("activeServiceStatus")]
    pending = [
        each["pendingServiceStatus"] for each in statuses if each.get("pendingServiceStatus")
    ]
    found: dict[str, Any] = {
        "conditions": [each for status in statuses for each in mappings(status, "conditions")],
        "numServeEndpoints": sum(integer(each, "numServeEndpoints") for each in statuses),
        "lastUpdateTime": max(updates, default=None),
        "observedGeneration": max(
            (integer(each, "observedGeneration") for each in statuses), default=0
        ),
        "serviceStatus": ""
        if any(each.get("serviceStatus") == "" for each in statuses)
        else "Running",
    }
    if active:
        found["activeServiceStatus"] = {**active[0], "applicationStatuses": _worst(active)}
    if pending:
        found["pendingServiceStatus"] = pending[0]
    return found


def _worst(services: list[Mapping[str, Any]]) -> dict[str, Any]:
    worst: dict[str, Any] = {}
    for service in services:
        for name, application in (service.get("applicationStatuses") or {}).items():
            if name not in worst or _badness(application) > _badness(worst[name]):
                worst[name] = application
    return worst


def _badness(application: Mapping[str, Any]) -> int:
    status = application.get("status")
    return _WORST_LAST.index(status) if status in _WORST_LAST else 0


def dependencies(body: Body) -> tuple[Dependency, ...]:
    """What the pods of the head and of all groups name."""
    return dependencies_of(pod_specs(dig(body, *_CLUSTER, default={})), body)


KIND = Kind(
    group="ray.io",
    version="v1",
    name="RayService",
    need=need,
    revise=revise,
    aggregate=aggregate,
    is_healthy=is_healthy,
    dependencies=dependencies,
)
