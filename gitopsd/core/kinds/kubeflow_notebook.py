"""Notebook of Kubeflow: a pod to work in."""

from collections.abc import Iterator
from typing import Any

from gitopsd.core.kinds.custom_workload import collected
from gitopsd.core.kinds.kind import Item, Items, Kind, Status, integer
from gitopsd.core.kinds.pods import requirements
from gitopsd.core.kinds.statuses import status_of, with_status
from gitopsd.kube.body import Body, dig
from gitopsd.model.decision import Need

_FAILURES = ("Error", "OOMKilled", "ContainerCannotRun")


def need(body: Body) -> Need:
    """One replica."""
    return Need(1, requirements(dig(body, "spec", "template", default={})))


def is_healthy(body: Body) -> bool:
    """It runs, is being made, or has ended well."""
    state = dig(body, "status", "containerState", default={})
    if state.get("running") is not None:
        return True
    if state.get("waiting") is not None:
        return bool(state["waiting"].get("reason") == "ContainerCreating")
    ended = state.get("terminated")
    if ended is None:
        return False
    return ended.get("reason") not in _FAILURES and not ended.get("exitCode")


def reflect(body: Body) -> Status:
    """Whether it is ready, the state of its container and the conditions; nothing for no status."""
    status = status_of(body)
    if status is None:
        return {}
    return {
        "readyReplicas": integer(status, "readyReplicas"),
        "containerState": status.get("containerState") or {},
        "conditions": status.get("conditions") or [],
    }


def aggregate(body: Body, items: Items, now: str) -> Body:
    """The status of the only member; of several sums, and the last one's container."""
    if items is None:
        return body
    if len(items) == 1:
        return with_status(body, items[0].status or {})
    statuses = collected(items)
    status: dict[str, Any] = {
        "readyReplicas": sum(integer(each, "readyReplicas") for each in statuses),
        "containerState": (statuses[-1].get("containerState") or {}) if statuses else {},
        "conditions": list(_conditions(items, now)),
    }
    return with_status(body, status)


def _conditions(items: tuple[Item, ...], now: str) -> Iterator[dict[str, str]]:
    """Failed with any member whose container does not run."""
    failed = [
        item.cluster
        for item in items
        if item.status is not None and not is_healthy({"status": item.status})
    ]
    if failed:
        yield {
            "type": "Failed",
            "status": "True",
            "reason": "NotebookFailed",
            "message": f"Notebook executed failed in member clusters: {', '.join(failed)}",
            "lastProbeTime": now,
            "lastTransitionTime": now,
        }


KIND = Kind(
    group="kubeflow.org",
    version="v1",
    name="Notebook",
    need=need,
    reflect=reflect,
    aggregate=aggregate,
    is_healthy=is_healthy,
)
