"""MPIJob of Kubeflow: a launcher and workers that talk by MPI."""

from typing import Any

from gitopsd.core.kinds.custom_workload import collected, list_of
from gitopsd.core.kinds.kind import Items, Kind, Status, integer, mappings
from gitopsd.core.kinds.pods import requirements
from gitopsd.core.kinds.statuses import status_of, with_status
from gitopsd.core.kinds.training import earliest, is_not_failed, latest, number
from gitopsd.kube.body import Body, dig
from gitopsd.model.decision import Component

_STATES = ("active", "succeeded", "failed")
_TIMES = ("startTime", "completionTime", "lastReconcileTime")


def components(body: Body) -> tuple[Component, ...]:
    """A component for each role with a template; no workers where that is not written."""
    roles: Body = dig(body, "spec", "mpiReplicaSpecs", default={})
    return tuple(
        Component(
            role,
            number(spec.get("replicas"), 0 if role.lower() == "worker" else 1),
            requirements(spec["template"]),
        )
        for role, spec in roles.items()
        if spec is not None and spec.get("template") is not None
    )


def is_healthy(body: Body) -> bool:
    """It has a condition, and none says that it failed."""
    return bool(mappings(body, "status", "conditions")) and is_not_failed(body)


def reflect(body: Body) -> Status:
    """States by role, conditions and times; nothing for no status."""
    status = status_of(body) or {}
    roles: Body = status.get("replicaStatuses") or {}
    states = {
        role: {name: each[name] for name in (*_STATES, "selector") if name in each}
        for role, each in roles.items()
        if each is not None
    }
    times = {name: status[name] for name in _TIMES if name in status}
    return {"replicaStatuses": states, "conditions": status.get("conditions") or [], **times}


def aggregate(body: Body, items: Items, now: str) -> Body:
    """The status of the only member; of several the sums, and of each condition the newest."""
    if not items:
        return body
    if len(items) == 1:
        return with_status(body, items[0].status or {})
    statuses = collected(items)
    roles = {role for each in statuses for role in each.get("replicaStatuses") or {}}
    status: dict[str, Any] = {
        "replicaStatuses": {
            role: {
                state: sum(integer(each, "replicaStatuses", role, state) for each in statuses)
                for state in _STATES
            }
            for role in sorted(roles)
        },
        "conditions": _newest(statuses),
        "startTime": earliest(statuses, "startTime"),
        "completionTime": latest(statuses, "completionTime"),
        "lastReconcileTime": latest(statuses, "lastReconcileTime"),
    }
    return with_status(body, {name: value for name, value in status.items() if value})


def _newest(statuses: list[Status]) -> list[Status]:
    newest: dict[Any, Status] = {}
    for condition in list_of(statuses, "conditions"):
        kind = condition.get("type")
        if _time(condition) and (kind not in newest or _time(condition) > _time(newest[kind])):
            newest[kind] = condition
    return list(newest.values())


def _time(condition: Status) -> str:
    found = condition.get("lastUpdateTime", condition.get("lastTransitionTime"))
    return str(found or "")


KIND = Kind(
    group="kubeflow.org",
    version="v2beta1",
    name="MPIJob",
    components=components,
    reflect=reflect,
    aggregate=aggregate,
    is_healthy=is_healthy,
)
