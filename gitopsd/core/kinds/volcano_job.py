"""Job of Volcano: several tasks that start together."""

import re
from typing import Any

from gitopsd.core.kinds.custom_workload import collected, fields_of, list_of
from gitopsd.core.kinds.kind import Items, Kind, Misread, Status, integer, mappings
from gitopsd.core.kinds.pods import requirements
from gitopsd.core.kinds.statuses import with_status
from gitopsd.core.kinds.training import number, without_empty
from gitopsd.kube.body import Body, dig
from gitopsd.model.decision import Component

_HEALTHY = frozenset(
    {
        "Running",
        "Completed",
        "Pending",
        "Aborting",
        "Aborted",
        "Restarting",
        "Completing",
        "Terminating",
        "Terminated",
    }
)
_COUNTERS = (
    "minAvailable",
    "pending",
    "running",
    "succeeded",
    "failed",
    "terminating",
    "unknown",
    "retryCount",
)
_SECONDS = {"h": 3600, "m": 60, "s": 1}


def components(body: Body) -> tuple[Component, ...]:
    """A component for each task, as many as must be there at least."""
    found = []
    for task in mappings(body, "spec", "tasks"):
        if task.get("template") is None:
            raise Misread("a task has no template")
        least = number(task.get("minAvailable"), 1)
        found.append(Component(task.get("name") or "", least, requirements(task["template"])))
    return tuple(found)


def is_healthy(body: Body) -> bool:
    """Its phase is no failure."""
    return dig(body, "status", "state", "phase") in _HEALTHY


def aggregate(body: Body, items: Items, now: str) -> Body:
    """The status of the only member; of several sums, the longest run, the newest conditions."""
    if items is None:
        return body
    if len(items) == 1:
        return with_status(body, items[0].status or {})
    statuses = collected(items)
    status: dict[str, Any] = {
        **{name: sum(integer(each, name) for each in statuses) for name in _COUNTERS},
        "version": max((integer(each, "version") for each in statuses), default=0),
        "runningDuration": _longest(statuses),
        "taskStatusCount": _tasks(statuses),
        "controlledResources": {
            name: value
            for each in statuses
            for name, value in (each.get("controlledResources") or {}).items()
        },
        "conditions": _newest(list_of(statuses, "conditions")),
    }
    return with_status(body, without_empty(status))


def _tasks(statuses: list[Status]) -> dict[str, Any]:
    tasks: dict[str, dict[str, int]] = {}
    for status in statuses:
        for name, task in (status.get("taskStatusCount") or {}).items():
            phases = tasks.setdefault(name, {})
            for phase, count in (task.get("phase") or {}).items():
                phases[phase] = phases.get(phase, 0) + count
    return {name: {"phase": phases} for name, phases in tasks.items()}


def _newest(conditions: list[Status]) -> list[Status]:
    """Of each status of a condition the newest."""
    newest: dict[Any, Status] = {}
    for each in conditions:
        known = newest.setdefault(each.get("status"), each)
        if str(each.get("lastTransitionTime", "")) > str(known.get("lastTransitionTime", "")):
            newest[each.get("status")] = each
    return list(newest.values())


def _longest(statuses: list[Status]) -> Any:
    longest: Any = "0s"
    for status in statuses:
        if _seconds(status.get("runningDuration")) > _seconds(longest):
            longest = status.get("runningDuration")
    return longest


def _seconds(duration: Any) -> float:
    if isinstance(duration, (int, float)):
        return float(duration)
    parts = re.findall(r"([0-9.]+)([hms])", duration) if isinstance(duration, str) else ()
    return sum(float(amount) * _SECONDS[unit] for amount, unit in parts)


KIND = Kind(
    group="batch.volcano.sh",
    version="v1alpha1",
    name="Job",
    components=components,
    reflect=fields_of(
        *_COUNTERS,
        "version",
        "runningDuration",
        "taskStatusCount",
        "controlledResources",
        "state",
        "conditions",
    ),
    aggregate=aggregate,
    is_healthy=is_healthy,
)
