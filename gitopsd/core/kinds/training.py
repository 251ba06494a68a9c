"""What training jobs of Kubeflow have in common: several kinds of replicas, one end."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gitopsd.core.kinds.custom_workload import collected
from gitopsd.core.kinds.kind import Dependency, Items, Status, integer, mappings, namespace
from gitopsd.core.kinds.pods import dependencies, requirements
from gitopsd.core.kinds.statuses import with_status
from gitopsd.kube.body import Body, dig
from gitopsd.model.decision import Component

_STATES = ("active", "failed", "succeeded")


def components_of(
    specs: tuple[str, ...], roles: tuple[str, ...]
) -> Callable[[Body], tuple[Component, ...]]:
    """A component for each role that is there, one replica where that is not written."""

    def components(body: Body) -> tuple[Component, ...]:
        there = [(role, dig(body, *specs, role)) for role in roles]
        return tuple(
            Component(role.lower(), number(spec.get("replicas"), 1), _asked(spec))
            for role, spec in there
            if spec is not None
        )

    return components


def dependencies_of(
    specs: tuple[str, ...], roles: tuple[str, ...]
) -> Callable[[Body], tuple[Dependency, ...]]:
    """What the pods of each role name, each once."""

    def found(body: Body) -> tuple[Dependency, ...]:
        templates = (dig(body, *specs, role, "template") for role in roles)
        where = namespace(body) or "default"
        named = {
            each: None
            for template in templates
            if template is not None
            for each in dependencies(template.get("spec") or {}, where)
        }
        return tuple(named)

    return found


def is_not_failed(body: Body) -> bool:
    """It has conditions, and none says that it failed."""
    conditions = dig(body, "status", "conditions")
    return conditions is not None and not any(
        each.get("type") == "Failed" and each.get("status") == "True"
        for each in mappings(body, "status", "conditions")
    )


def aggregate_of(name: str, roles: tuple[str, ...]) -> Callable[[Body, Items, str], Body]:
    """Sums by role; failed with any member, succeeded with the last; nothing that is empty."""

    def aggregate(body: Body, items: Items, now: str) -> Body:
        old: Status = body.get("status") or {}
        if items is None:
            kept = {key: old[key] for key in old if key not in ("startTime", "completionTime")}
            return with_status(body, {**kept, "replicaStatuses": {}, "conditions": []})
        statuses = collected(items)
        conditions = [
            {**each, "status": "True", "lastProbeTime": now, "lastTransitionTime": now}
            for each in _conditions(name, items)
        ]
        status = {
            **old,
            "startTime": earliest(statuses, "startTime"),
            "lastReconcileTime": latest(statuses, "lastReconcileTime"),
            "replicaStatuses": {role: _states(statuses, role) for role in roles},
            "conditions": conditions,
        }
        if any(each["type"] == "Succeeded" for each in conditions):
            status["completionTime"] = latest(statuses, "completionTime")
        return with_status(body, without_empty(status))

    return aggregate


def _conditions(name: str, items: Items) -> Iterator[Mapping[str, str]]:
    ends = [(item.cluster, _end(item.status or {})) for item in items or ()]
    failed = [cluster for cluster, end in ends if end == "Failed"]
    if failed:
        message = f"{name} executed failed in member clusters: {', '.join(failed)}"
        yield {"type": "Failed", "reason": f"{name}Failed", "message": message}
    if ends and all(end == "Succeeded" for _, end in ends):
        yield {
            "type": "Succeeded",
            "reason": "Completed",
            "message": f"{name} completed successfully",
        }


def _end(status: Status) -> str:
    """Succeeded or Failed, whichever condition comes last; empty while it runs."""
    ends = [
        str(each["type"])
        for each in mappings(status, "conditions")
        if each.get("type") in ("Succeeded", "Failed") and each.get("status") == "True"
    ]
    return ends[-1] if ends else ""


def _states(statuses: list[Status], role: str) -> dict[str, int]:
    return {
        state: sum(integer(each, "replicaStatuses", role, state) for each in statuses)
        for state in _STATES
    }


def _asked(spec: Body) -> Any:
    template = spec.get("template")
    return None if template is None else requirements(template)


def earliest(statuses: list[Status], name: str) -> Any:
    """The earliest of the members' times, None for none."""
    return min((each[name] for each in statuses if each.get(name)), default=None)


def latest(statuses: list[Status], name: str) -> Any:
    """The latest of the members' times, None for none."""
    return max((each[name] for each in statuses if each.get(name)), default=None)


def number(value: Any, default: int) -> int:
    """A whole number that may be written as text; the default for none."""
    try:
        return default if value in (None, "") else int(float(value))
    except (TypeError, ValueError):
        return default


def without_empty(value: Any) -> Any:
    """The same without zeros, empty texts, empty mappings and lists, in any depth."""
    if isinstance(value, Mapping):
        kept = {key: without_empty(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if not _is_empty(each)}
    if isinstance(value, list):
        return [each for each in map(without_empty, value) if not _is_empty(each)]
    return value


def _is_empty(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return value in (None, 0, "", "0s") or value == {} or value == []
