"""FlinkDeployment of Apache Flink: a job manager and task managers."""

from math import ceil
from typing import Any

from gitopsd.core.kinds.custom_workload import collected, fields_of
from gitopsd.core.kinds.kind import Items, Kind, Misread, Status
from gitopsd.core.kinds.statuses import with_status
from gitopsd.core.kinds.training import number
from gitopsd.kube.body import Body, dig
from gitopsd.kube.quantity import nano
from gitopsd.model.decision import Component, Need, NodeClaim, Requirements

_FIELDS = (
    "clusterInfo",
    "error",
    "jobManagerDeploymentStatus",
    "jobStatus",
    "lifecycleState",
    "observedGeneration",
    "reconciliationStatus",
    "taskManager",
)
_SHORT_LIVED = ("CREATED", "INITIALIZING", "RECONCILING")
_ERRORS = ("ErrImagePull", "ImagePullBackOff", "CrashLoopBackOff")


def need(body: Body) -> Need:
    """Job managers and task managers, each asking for as much as the greedier of them."""
    managers = (_resource(body, "jobManager"), _resource(body, "taskManager"))
    requests = {}
    for name in ("cpu", "memory"):
        amounts = [each[name] for each in managers if each.get(name) is not None]
        if len(amounts) < len(managers):
            raise Misread(f"a manager says no {name}")
        requests[name] = max(amounts, key=nano)
    replicas = number(dig(body, "spec", "jobManager", "replicas"), 1) + _task_managers(body)
    return Need(replicas, _requirements(body, requests), is_scalable=True)


def components(body: Body) -> tuple[Component, ...]:
    """The job managers and the task managers."""
    return (
        _component(body, "jobManager", number(dig(body, "spec", "jobManager", "replicas"), 1)),
        _component(body, "taskManager", _task_managers(body)),
    )


def is_healthy(body: Body) -> bool:
    """It runs or has ended; what is about to begin only where an image or a crash holds it."""
    status: Status = dig(body, "status", default={})
    state = dig(status, "jobStatus", "state")
    if state is None:
        return (
            status.get("jobManagerDeploymentStatus") == "READY"
            and status.get("lifecycleState") == "STABLE"
        )
    if state not in _SHORT_LIVED:
        return True
    error = status.get("error") or ""
    return any(each in error for each in _ERRORS)


def aggregate(body: Body, items: Items, now: str) -> Body:
    """What the last member says. No items at all: unchanged."""
    if items is None:
        return body
    statuses = collected(items)
    last: Status = (
        statuses[-1]
        if statuses
        else {
            "error": "",
            "jobManagerDeploymentStatus": "",
            "lifecycleState": "",
            "observedGeneration": 0,
        }
    )
    old = {name: value for name, value in (body.get("status") or {}).items() if name not in _FIELDS}
    return with_status(body, {**old, **{name: last.get(name) for name in _FIELDS}})


def _task_managers(body: Body) -> int:
    """As written; else as many as the job's parallelism needs."""
    written = dig(body, "spec", "taskManager", "replicas")
    if written not in (None, ""):
        return number(written, 1)
    parallelism = number(dig(body, "spec", "job", "parallelism"), 0)
    slots = number(dig(body, "spec", "flinkConfiguration", "taskmanager.numberOfTaskSlots"), 0)
    return ceil(parallelism / slots) if parallelism and slots else 1


def _component(body: Body, manager: str, replicas: int) -> Component:
    """Karmada counts the memory of a component in whole thousandths."""
    resource = _resource(body, manager)
    requests = {
        name: resource[name] for name in ("cpu", "memory") if resource.get(name) is not None
    }
    return Component(manager.lower(), replicas, _requirements(body, requests))


def _resource(body: Body, manager: str) -> Body:
    found: Body = dig(body, "spec", manager, "resource", default={})
    return found


def _requirements(body: Body, requests: dict[str, Any]) -> Requirements:
    spec: Body = dig(body, "spec", "podTemplate", "spec", default={})
    selector, tolerations = spec.get("nodeSelector") or None, spec.get("tolerations") or None
    claim = (
        NodeClaim(node_selector=selector, tolerations=tuple(tolerations) if tolerations else None)
        if selector or tolerations
        else None
    )
    return Requirements(node_claim=claim, resource_request=requests or None)


KIND = Kind(
    group="flink.apache.org",
    version="v1beta1",
    name="FlinkDeployment",
    need=need,
    components=components,
    reflect=fields_of(*_FIELDS),
    aggregate=aggregate,
    is_healthy=is_healthy,
)
